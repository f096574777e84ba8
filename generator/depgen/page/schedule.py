"""A cron schedule in words, as Argo reads it.

robfig's fields are sets by the time they are here, so `*/15` and `0,15,30,45` read alike. Of two day fields without a
star either one is enough, which people rarely mean: the words say so.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from depgen.cron import Schedule
from depgen.phrases import listed
from depgen.times import HOUR

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MOST_TIMES = 6


def in_words(schedule: Schedule) -> str:
    """`at 18:00 on Monday to Friday, Europe/Paris`."""
    zone = f", {schedule.zone.key}" if schedule.zone else ", UTC"
    if schedule.every:
        return f"every {_span(int(schedule.every.total_seconds()))}, counted from when Argo takes it up"
    parts = [_times(schedule), _days(schedule), _months(schedule.months)]
    return " ".join(part for part in parts if part) + zone


def _span(seconds: int) -> str:
    hours, minutes = seconds // HOUR, seconds % HOUR // 60
    parts = ((hours, "hour"), (minutes, "minute"), (seconds % 60, "second"))
    return " ".join(f"{number} {unit}{'s' * (number != 1)}" for number, unit in parts if number)


def _times(schedule: Schedule) -> str:
    minutes, hours = sorted(schedule.minutes), sorted(schedule.hours)
    if len(minutes) * len(hours) <= _MOST_TIMES:
        return "at " + listed([f"{hour:02}:{minute:02}" for hour in hours for minute in minutes], "and")
    step = _step(minutes, 60)
    if len(minutes) == 60:
        which = "every minute"
    elif len(minutes) == 1:
        which = f"at minute {minutes[0]} of every hour" if minutes[0] else "every hour"
    elif step and minutes[0] == 0:
        which = f"every {step} minutes"
    else:
        which = "at minutes " + listed(map(str, minutes), "and")
    return which if len(hours) == 24 else f"{which} in hours {_ranges(hours, tuple(map(str, range(24))))}"


def _step(values: list[int], of: int) -> int:
    """How far apart they are, if all are alike around the clock; else 0."""
    steps = {other - one for one, other in pairwise([*values, values[0] + of])}
    return steps.pop() if len(steps) == 1 else 0


def _days(schedule: Schedule) -> str:
    by_date = f"on day {_ranges(schedule.days, tuple(map(str, range(32))))} of the month"
    by_weekday = f"on {_ranges(schedule.weekdays, _DAYS)}"
    if schedule.any_day and schedule.any_weekday:
        return "every day" if len(schedule.hours) < 24 else ""
    if schedule.any_day or schedule.any_weekday:
        return by_weekday if schedule.any_day else by_date
    return f"{by_date}, and {by_weekday} too"


def _months(months: Collection[int]) -> str:
    return "" if len(months) == 12 else f"in {_ranges(months, ('', *_MONTHS))}"


def _ranges(values: Collection[int], names: tuple[str, ...]) -> str:
    """`Monday to Friday and Sunday`."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    told = []
    for run in runs:
        is_long = len(run) > 2
        told += [f"{names[run[0]]} to {names[run[-1]]}"] if is_long else [names[value] for value in run]
    return listed(told, "and")
