"""What a CronWorkflow's schedules say that is not what they seem to say.

Argo runs schedules with robfig/cron, which refuses some of what other crons take (7 for Sunday), and reads some of what it
takes in another way than people mean it. Here are both; `cron` is the reading itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from depgen import firings, keys
from depgen.cron import CronError, Schedule, parse
from depgen.diagnostics import Route, Severity
from depgen.manifests import Object, mapping
from depgen.phrases import quoted
from depgen.times import DAY, HOUR

SYNTAX, MEANING, CLOCK_CHANGE = "cron-syntax", "cron-meaning", "cron-clock-change"

# Source: argo-workflows v3.7.14, workflow/cron/controller.go: the informer's resync takes each CronWorkflow out of the
# schedule and puts it in again, and an interval begins anew.
_TAKEN_UP_AGAIN = 20 * 60
_LONGEST_CHANGE = 3 * HOUR

_SIZES = (("minutes", 60), ("hours", 24), ("days", 31), ("months", 12), ("days of the week", 7))
_STEP = re.compile(r"(?:\*|\?|[01](?:-\d+)?)/(\d+)")
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_SHORT_DAYS = tuple(day[:3] for day in _DAYS)


class Remark(NamedTuple):
    """`route` leads from the CronWorkflow to the schedule; `better` is what to write instead, where that is certain."""

    rule: str
    severity: Severity
    route: Route
    message: str
    hint: str
    better: str | None = None


def remarks(name: str, cron: Object) -> Iterator[Remark]:
    """Everything about the schedules of the CronWorkflow `name`; of a suspended one only what cannot be read."""
    spec = mapping(cron.get("spec"))
    given = list(zip(_routes(spec), firings.schedules(cron), strict=True))
    who = f'CronWorkflow "{name}"'
    if not given and "workflowSpec" in spec:  # what has neither is a part of one, such as a patch
        route: Route = ("spec",)
        yield Remark(SYNTAX, Severity.ERROR, route, f"{who} has no schedule", "write one, or suspend it")
    if spec.get("schedule") and spec.get("schedules"):
        message = f'{who} has both "schedule" and "schedules", which Argo refuses'
        yield Remark(SYNTAX, Severity.ERROR, ("spec", "schedules"), message, 'leave out "schedule"')
    for route, (text, whole) in given:
        has = f"{who} has the schedule {quoted(text)}"
        try:
            schedule = parse(whole)
        except CronError as error:
            better = corrected(text, whole)
            hint = f"write {quoted(better)}" if better else "correct it there"
            yield Remark(SYNTAX, Severity.ERROR, route, f"{has}: {error}", hint, better)
            continue
        if firings.never_fires(schedule):
            yield Remark(SYNTAX, Severity.ERROR, route, f"{has}, which never comes", "correct it there")
        elif spec.get("suspend") is not True:
            for message, hint in _meanings(text, schedule):
                yield Remark(MEANING, Severity.WARNING, route, f"{has}, {message}", hint)
            if days := _changes(schedule):
                message = f"{who} fires {' and '.join(days)}, when the clocks change"
                hint = "let it fire outside that hour"
                yield Remark(CLOCK_CHANGE, Severity.WARNING, route, message, hint)


def _routes(spec: Object) -> list[Route]:
    many = spec.get("schedules")
    if spec.get("schedule"):
        return [("spec", "schedule")]
    return [("spec", "schedules", number) for number in range(len(many))] if isinstance(many, list) else []


# ---- what is refused ----


def corrected(text: str, whole: str) -> str | None:
    """The schedule as robfig reads it, if it is one that others read, and only in one way; None if it is not."""
    parts = re.split(r"(\s+)", text)
    if len(parts) != 9:  # five fields and what is between them
        return None
    parts[8] = ",".join(map(_days, parts[8].split(",")))
    if parts[2] == "24" and parts[4] in ("*", "?") and parts[8] in ("*", "?"):
        parts[2] = "0"
    better = "".join(parts)
    try:
        parse(whole.removesuffix(text) + better)
    except CronError:
        return None
    return better


def _days(text: str) -> str:
    """A part of the field for days of the week with Sunday as 0 and short names, a range past it in two."""
    first, hyphen, last = text.partition("-")
    begin, end = _day(first), _day(last)
    if not hyphen:
        return text if begin is None or text in _SHORT_DAYS or text == str(begin) else _shown(begin, first)
    if begin is None or end is None or first == "7":
        return text
    if begin == 0 and last == "7":
        return f"{first}-6"
    if begin <= end:
        return f"{_shown(begin, first)}-{_shown(end, last)}"
    after = [_shown(end, last)] if end == 0 else [f"{_shown(0, first)}-{_shown(end, last)}"]
    before = _shown(6, first)
    return ",".join([before if begin == 6 else f"{_shown(begin, first)}-{before}", *after])


def _day(text: str) -> int | None:
    """Days since Sunday."""
    name = text.lower()
    if name in _DAYS:
        return _DAYS.index(name)
    if name in _SHORT_DAYS:
        return _SHORT_DAYS.index(name)
    return int(text) % 7 if re.fullmatch("[0-7]", text) else None


def _shown(day: int, like: str) -> str:
    """A day as a number or a name, like the text that it stands for."""
    return str(day) if like.isdecimal() else _SHORT_DAYS[day]


# ---- what is read otherwise ----


def _meanings(text: str, schedule: Schedule) -> Iterator[tuple[str, str]]:
    if schedule.every:
        yield from _intervals(int(schedule.every.total_seconds()))
        return
    fields = text.split()
    if len(fields) != len(_SIZES):
        return
    if not schedule.any_day and not schedule.any_weekday:
        yield (
            f"which fires on the days {quoted(fields[2])} of a month and on the days {quoted(fields[4])} of a week too, "
            "not only where both agree",
            'leave one of them at "*"',
        )
    for field, (noun, size) in zip(fields, _SIZES, strict=True):
        step = _STEP.fullmatch(field)
        if step and (message := _uneven(int(step[1]), noun, size)):
            yield message


def _intervals(seconds: int) -> Iterator[tuple[str, str]]:
    is_reached = seconds < _TAKEN_UP_AGAIN
    then = "so its minutes move" if is_reached else "so it may never come"
    better = _clocked(seconds)
    yield (
        "which counts from when Argo last took the CronWorkflow up: at its start, at a change, every 20 minutes; "
        + then,
        f"write {quoted(better)}" if better else "write times of the day",
    )


def _clocked(seconds: int) -> str | None:
    """The schedule of fixed times with the same interval, if there is one."""
    minutes, rest = divmod(seconds, 60)
    if rest or not minutes or (DAY // 60) % minutes:
        return None
    if minutes < 60:
        return None if 60 % minutes else "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, 60)
    if rest:
        return None
    return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")


def _uneven(step: int, noun: str, size: int) -> tuple[str, str] | None:
    if step >= size:
        return f"whose step of {step} {noun} goes past the last of them, so only the first counts", (
            "write the times themselves"
        )
    if noun == "days" and step > 1:
        return f"whose step of {step} days begins anew on the 1st of each month", "write the days themselves"
    if size % step:
        return (
            f"whose step of {step} {noun} begins anew after {(size - 1) // step * step}, {size % step} later",
            (f"write a step that divides {size}, or the times themselves"),
        )
    return None


def _changes(schedule: Schedule) -> list[str]:
    """On which day a time of the schedule does not come, and on which it comes twice."""
    if schedule.every or len(schedule.hours) == 24:
        return []
    gaps = firings.clock_gaps(firings.zone_of(schedule))
    skipped = next((low.date() for low, high in gaps if firings.fires_on_wall(schedule, low, high)), None)
    repeated = _repeated(schedule)
    return [f"not at all on {skipped}"] * bool(skipped) + [f"twice on {repeated}"] * bool(repeated)


def _repeated(schedule: Schedule) -> date | None:
    moments = firings.firings((schedule,))
    for previous, moment in pairwise(moments):
        if moment - previous <= _LONGEST_CHANGE and firings.is_repeated_hour(previous, moment, (schedule,)):
            return keys.wall(moment, firings.zone_of(schedule)).date()
    return None
