"""jq text: open days of a calendar, and the way from one to the next.

A day is its midnight in wall-clock seconds. The walks end only where some day of the week is open, which a rule holds of
every calendar that a node uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from depgen.calendars import Calendar
from depgen.keydefs import KeyDefs
from depgen.times import DAY

_UNFIT = re.compile("[^a-z0-9]")


def open_day(calendar: Calendar | None, defs: KeyDefs) -> str:
    """jq: whether a midnight in wall-clock seconds is of an open day."""
    assert calendar
    name = "open_" + _UNFIT.sub("_", calendar.name)
    opened = f'("{"".join(map(str, calendar.days))}" | contains($weekday))'
    if calendar.holidays:
        opened += f" and ({_dates(calendar.holidays)} | contains($date) | not)"
    if calendar.extra:
        opened = f"({opened}) or ({_dates(calendar.extra)} | contains($date))"
    dated = ' | strftime("%Y%m%d") as $date' if calendar.holidays or calendar.extra else ""
    defs.need(f"def {name}: ((. / {DAY} + 3) % 7 | tostring) as $weekday{dated} | {opened};")
    return name


def _dates(days: Iterable[date]) -> str:
    return '"' + " ".join(day.strftime("%Y%m%d") for day in days) + '"'


def before(calendar: Calendar, defs: KeyDefs) -> str:
    """jq: a midnight to that of the open day before it."""
    return f"(. - {DAY} | {upto(calendar, defs)})"


def upto(calendar: Calendar, defs: KeyDefs) -> str:
    """jq: a midnight to itself if its day is open, else to that of the open day before it."""
    return f"until({open_day(calendar, defs)}; . - {DAY})"


def after(calendar: Calendar, defs: KeyDefs) -> str:
    """jq: a midnight to that of the next open day."""
    return f"(. + {DAY} | until({open_day(calendar, defs)}; . + {DAY}))"


def steps(steps: int, calendar: Calendar, defs: KeyDefs) -> str:
    """jq: so many open days back, or if negative forth."""
    one = before(calendar, defs) if steps > 0 else after(calendar, defs)
    return one if abs(steps) == 1 else f"reduce range({abs(steps)}) as $_ (.; {one})"
