"""One value of a graph as text, as it could be written in a graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from depgen.model import Border, FromUpstream, KeyFormat, Literally, Match, Window
from depgen.times import HOUR, Duration, Period, WallTime


def text(value: Any) -> str:
    """A value as it could be written in a graph."""
    if isinstance(value, str):
        return value
    if isinstance(value, WallTime):
        return of_time(value)
    if isinstance(value, Duration):
        return of_duration(value)
    if isinstance(value, Period):
        return value.text
    if isinstance(value, Window):
        return f"{text(value.start)} to {text(value.end)}"
    if isinstance(value, Match):
        return _match(value)
    if isinstance(value, Literally | KeyFormat | Border | FromUpstream):
        return _param(value)
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if is_dataclass(value) or hasattr(value, "_fields"):
        given = ((name, item) for name, item, default in members(value) if item != default)
        return ", ".join(f"{written(name)} {text(item)}" for name, item in given if name != "place")
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def of_time(time: WallTime) -> str:
    """`02:00+1d`."""
    hours, rest = divmod(time.seconds, HOUR)
    minutes, seconds = divmod(rest, 60)
    days = f"+{time.open_days}bd" if time.open_days else f"+{time.days}d" if time.days else ""
    return (
        f"{hours:02}:{minutes:02}{f':{seconds:02}' if seconds else ''}{' end' if time.from_end else ''}{days}"
    )


def of_duration(duration: Duration) -> str:
    """`14d`."""
    if duration.months:
        return f"{duration.months}mo"
    return f"{duration.days}d" if duration.days else of_seconds(duration.seconds)


def of_seconds(number: int) -> str:
    """`1h30m`."""
    hours, rest = divmod(abs(number), HOUR)
    minutes, seconds = divmod(rest, 60)
    parts = "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n)
    return ("-" if number < 0 else "") + (parts or "0s")


def _match(match: Match) -> str:
    if match.kind in ("same", "containing"):
        return match.kind
    if match.kind == "since":
        return "{since: previous}"
    if match.kind == "within":
        return "{within: key}" if match.pick == "all" else "{within: key, pick: last}"
    return f"{{{match.kind}: {match.n}}}"


def _param(param: Literally | KeyFormat | Border | FromUpstream) -> str:
    if isinstance(param, Literally):
        return param.text
    if isinstance(param, KeyFormat):
        return f"{{key: {json.dumps(param.format)}}}"
    if isinstance(param, Border):
        return f"{{interval: {param.which}}}"
    what = f"output: {param.output}" if param.output else f"field: {param.field}"
    default = f", default: {param.default}" if param.default is not None else ""
    return f"{{from: {param.node}, {what}{default}}}"


def members(thing: Any) -> Iterator[tuple[str, Any, Any]]:
    """Of a dataclass or NamedTuple, each field's name, value and default."""
    if is_dataclass(thing):
        for field in fields(thing):
            if field.init:
                yield field.name, getattr(thing, field.name), field.default
    else:
        for name in thing._fields:
            yield name, getattr(thing, name), thing._field_defaults.get(name)


def written(name: str) -> str:
    """`runs_on` as `runsOn`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
