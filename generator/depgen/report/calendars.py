"""Calendars as they are read, and the changes of their lock: text for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from depgen.calendars import WEEK, Calendar
from depgen.locks import Change
from depgen.report.display import count

VERSION = 1
_CLOSED = " ·"


class Listed(NamedTuple):
    """A calendar of a graph; `nodes` follow it."""

    graph: str
    calendar: Calendar
    nodes: tuple[str, ...]


def text(listed: Sequence[Listed], first: date, length: int) -> str:
    """Each calendar with the days from `first` on, week by week."""
    return "\n".join("".join(f"{line}\n" for line in _calendar(each, first, length)) for each in listed)


def _calendar(each: Listed, first: date, length: int) -> Iterator[str]:
    made = each.calendar
    nodes = f"; {', '.join(each.nodes)}" if each.nodes else "; no node follows it"
    yield f"{each.graph}/{made.name}: {_rule(made)}{nodes}"
    yield "              " + " ".join(name[:2].capitalize() for name in WEEK)
    last = first + timedelta(days=length - 1)
    day = first - timedelta(days=first.weekday())
    while day <= last:
        week = [day + timedelta(days=number) for number in range(7)]
        cells = [_cell(made, each_day) if first <= each_day <= last else "  " for each_day in week]
        yield f"  {max(day, first):%Y-%m-%d}  {' '.join(cells)}".rstrip()
        day += timedelta(days=7)
    listed = sorted(one for one in (*made.holidays, *made.extra) if first <= one <= last)
    for is_open, days in groupby(listed, made.is_open):
        yield f"  {'open' if is_open else 'closed'} besides: {', '.join(f'{one:%a} {one}' for one in days)}"


def _cell(made: Calendar, day: date) -> str:
    return f"{day.day:2}" if made.is_open(day) else _CLOSED


def _rule(made: Calendar) -> str:
    """`mon tue wed thu fri but 12 dates, known through 2030-12-31`."""
    days = " ".join(WEEK[day] for day in made.days)
    week = "every day" if len(made.days) == len(WEEK) else days or "no day of the week"
    closed = f" but {count(len(made.holidays), 'date')}" if made.holidays else ""
    beside = f" and {count(len(made.extra), 'date')}" if made.extra else ""
    end = f", known through {made.valid_through}" if made.valid_through else ""
    return f"{week}{closed}{beside}{end}"


def as_json(listed: Sequence[Listed], first: date, length: int) -> str:
    """`{version, from, days, calendars: [{graph, name, days, holidays, extra, validThrough, nodes, open}]}`."""
    span = [first + timedelta(days=number) for number in range(length)]
    calendars = [
        {
            "graph": each.graph,
            "name": each.calendar.name,
            "days": [WEEK[day] for day in each.calendar.days],
            "holidays": [str(day) for day in each.calendar.holidays],
            "extra": [str(day) for day in each.calendar.extra],
            "validThrough": str(each.calendar.valid_through) if each.calendar.valid_through else None,
            "nodes": list(each.nodes),
            "open": [str(day) for day in span if each.calendar.is_open(day)],
        }
        for each in listed
    ]
    return _dumped({"version": VERSION, "from": str(first), "days": length, "calendars": calendars})


def locked(changes: Sequence[Change], is_done: bool) -> str:
    """A line a lock, and what is different in it."""
    lines = []
    for change in changes:
        lines.append(f"{change.path}: {_state(change, is_done)}")
        lines += [f"  {line}" for line in _difference(change.before or "", change.after or "")]
    return "".join(f"{line}\n" for line in lines)


def locked_json(changes: Sequence[Change]) -> str:
    """`{version, locks: [{path, state, difference}]}`; state: current, new, changed or unneeded."""
    locks = [
        {
            "path": change.path,
            "state": _STATES[change.before is None, change.after is None] if change.is_needed else "current",
            "difference": _difference(change.before or "", change.after or ""),
        }
        for change in changes
    ]
    return _dumped({"version": VERSION, "locks": locks})


_STATES = {(False, False): "changed", (True, False): "new", (False, True): "unneeded"}


def _state(change: Change, is_done: bool) -> str:
    if not change.is_needed:
        return "is current" if change.after is not None else "is not needed"
    if change.after is None:
        return "removed" if is_done else "is not needed any more"
    return "written" if is_done else "differs" if change.before is not None else "is missing"


def _difference(before: str, after: str) -> list[str]:
    """The lines that go and come, without what stands around them: each day says what it is."""
    from difflib import ndiff

    return [line.rstrip() for line in ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]


def _dumped(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
