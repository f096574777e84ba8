"""Which key a moment has, and where the period of a key begins and ends.

Keys are computed here only to judge a schedule before anything runs; in the cluster the record program does it, and a
test holds this against that program. A moment is in seconds since 1970; a wall clock is a datetime without a zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from depgen.model import KeyRule
from depgen.times import DAY, HOUR, Period, shift

# 2025 to 2037, the years for which zones have rules of their own.
_FIRST_DAY, _LAST_DAY = 20089, 24837


@dataclass(frozen=True, slots=True)
class KeyStart:
    """The wall-clock start of a key's period; `is_late` if it is the second of two equal ones."""

    wall: datetime
    is_late: bool = False


def key_start(rule: KeyRule, moment: int) -> KeyStart:
    """The key of a run that was scheduled at `moment`."""
    zone = ZoneInfo(rule.zone)
    moment += rule.offset.seconds
    clock = wall(moment, zone)
    if not rule.every.repeats(rule.zone):
        return KeyStart(_floor(_moved(clock - timedelta(seconds=rule.day_start), rule), rule.every))
    if rule.offset.days or rule.offset.months:
        moment = instant(_moved(clock, rule), zone)
    start = _floor(wall(moment, zone), rule.every)
    before = wall(moment - shift(rule.zone), zone)
    return KeyStart(start, is_late=_floor(before, rule.every) == start)


def moved_back(start: datetime, every: Period, steps: int) -> datetime:
    """The start of the key `steps` before the one that starts at `start`."""
    if every.kind == "month":
        return _months(start, -steps)
    length = {"week": 7 * DAY, "day": DAY, "slot": every.seconds}[every.kind]
    return start - timedelta(seconds=steps * length)


def starts(every: Period, first: date, last: date) -> Iterator[datetime]:
    """The starts of the periods that begin on these dates, both included."""
    start = _floor(midnight(first), every)
    end = midnight(last + timedelta(days=1))
    while start < end:
        if start >= midnight(first):
            yield start
        start = moved_back(start, every, -1)


def last_day(start: datetime, every: Period) -> date:
    """The last date of the period that starts at `start`."""
    if every.kind == "month":
        return (_months(start, 1) - timedelta(days=1)).date()
    return start.date() + timedelta(days=6 if every.kind == "week" else 0)


def midnight(day: date) -> datetime:
    """The wall-clock beginning of a date."""
    return datetime.combine(day, time())


def shown(moment: int, zone: str) -> str:
    """`2026-01-01 06:00`, in a zone."""
    return wall(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def wall(moment: int, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show."""
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None)


def instant(clock: datetime, zone: ZoneInfo) -> int:
    """The moment a wall clock shows a time, the first of two; where it never does, the first after the gap."""
    moment = int(clock.replace(tzinfo=zone).timestamp())
    return moment if wall(moment, zone) == clock else first_with_offset(moment - 3 * HOUR, moment, zone)


def first_with_offset(low: int, high: int, zone: ZoneInfo) -> int:
    """The first minute after `low` at which the zone's offset is that of `high`."""
    while high - low > 60:
        middle = (low + high) // 120 * 60
        low, high = (low, middle) if offset(middle, zone) == offset(high, zone) else (middle, high)
    return high


def gap_ends(zone: str, seconds: int) -> tuple[int, ...]:
    """What the clocks of a zone show, in seconds after midnight, at the end of each gap that swallows a time of day."""
    ends = {end for start, end in _gaps(zone) if _is_within(seconds, start, end)}
    return tuple(sorted(ends))


def _is_within(seconds: int, start: int, end: int) -> bool:
    return start <= seconds < end if start < end else seconds >= start or seconds < end


@lru_cache
def _gaps(zone: str) -> frozenset[tuple[int, int]]:
    """The times of day at which the clocks go forward, and what they show then.

    Of fixed years, because the output of a build does not depend on the day it is made.
    """
    there = ZoneInfo(zone)
    found = set()
    for day in range(_FIRST_DAY, _LAST_DAY):
        low, high = day * DAY, (day + 1) * DAY
        if offset(low, there) < offset(high, there):
            moment = first_with_offset(low, high, there)
            clock = wall(moment, there)
            jump = offset(high, there) - offset(low, there)
            found.add((_second_of_day(clock - jump), _second_of_day(clock)))
    return frozenset(found)


def _second_of_day(clock: datetime) -> int:
    return clock.hour * HOUR + clock.minute * 60 + clock.second


def offset(moment: int, zone: ZoneInfo) -> timedelta:
    """How far the clocks of the zone are before UTC."""
    return datetime.fromtimestamp(moment, zone).utcoffset() or timedelta()


def _moved(clock: datetime, rule: KeyRule) -> datetime:
    return _months(clock, rule.offset.months) + timedelta(days=rule.offset.days)


def _months(clock: datetime, number: int) -> datetime:
    """The same day and time so many months later, or the last day of that month."""
    if not number:
        return clock
    year, month = divmod(clock.year * 12 + clock.month - 1 + number, 12)
    first = clock.replace(year=year, month=month + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=min(clock.day, (following - first).days) - 1)


def _floor(clock: datetime, every: Period) -> datetime:
    day = clock.replace(hour=0, minute=0, second=0, microsecond=0)
    if every.kind == "month":
        return day.replace(day=1)
    if every.kind == "week":
        return day - timedelta(days=day.weekday())
    if every.kind == "day":
        return day
    seconds = (clock - day) // timedelta(seconds=1)
    return day + timedelta(seconds=seconds - seconds % every.seconds)
