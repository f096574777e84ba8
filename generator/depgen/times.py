"""The language's times: periods and their keys, durations, wall-clock times, zones.

All values are plain numbers of seconds, days and months; nothing here knows the clock. A key is the text of one
period in a zone: `20261121`, `20261121t14`, `20261121t1415`, `2026w47`, `202611`. The second of two equal keys on
the day the clocks go back ends in `b`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

HOUR = 3600
DAY = 86400
WEEK = 7 * DAY

# How far clocks go back in autumn, where it is not an hour.
_ODD_SHIFTS = {"Australia/Lord_Howe": 1800, "Antarctica/Troll": 7200}
_UNITS = {"s": 1, "m": 60, "h": HOUR}
_PART = re.compile(r"(\d+)(mo|[smhdw])")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?( end)?(?:\+(\d+)(b?)d)?")


@dataclass(frozen=True, slots=True)
class Period:
    """How often a node has a key. `kind` is month, week, day or slot; a slot is `seconds` long and divides the day."""

    kind: str
    seconds: int = 0

    @property
    def strftime(self) -> str:
        """The format that turns the first second of a period into its key."""
        if self.kind == "slot":
            return "%Y%m%dt%H" if self.seconds % HOUR == 0 else "%Y%m%dt%H%M"
        return {"month": "%Y%m", "week": "%Gw%V", "day": "%Y%m%d"}[self.kind]

    @property
    def pattern(self) -> str:
        """What a key looks like, as a regular expression that Python, Go and Oniguruma read alike."""
        if self.kind == "slot":
            return "^[0-9]{8}t[0-9]{2}b?$" if self.seconds % HOUR == 0 else "^[0-9]{8}t[0-9]{4}b?$"
        return {"month": "^[0-9]{6}$", "week": "^[0-9]{4}w[0-9]{2}$", "day": "^[0-9]{8}$"}[self.kind]

    @property
    def key_length(self) -> int:
        """The longest key's number of characters."""
        if self.kind == "slot":
            return 12 if self.seconds % HOUR == 0 else 14
        return {"month": 6, "week": 7, "day": 8}[self.kind]

    @property
    def text(self) -> str:
        """The period as it is written in a graph."""
        if self.kind != "slot":
            return self.kind
        if self.seconds == HOUR:
            return "hour"
        return f"{self.seconds // HOUR}h" if self.seconds % HOUR == 0 else f"{self.seconds // 60}m"

    def holds(self, other: Period) -> bool:
        """Whether several of the other's periods begin in each of this one's, and none begins in two of them."""
        if self.kind == "slot":
            return other.kind == "slot" and other.seconds < self.seconds and self.seconds % other.seconds == 0
        kinds = ("slot", "day", "week", "month")
        return kinds.index(other.kind) < kinds.index(self.kind)

    def repeats(self, zone: str) -> bool:
        """Whether two periods of one day can have the same wall-clock start, so that keys need the `b`."""
        return self.kind == "slot" and self.seconds <= shift(zone)

    def key(self, day: date) -> str:
        """The key of the period that holds the start of `day`."""
        return day.strftime(self.strftime)


DAILY = Period("day")


def shift(zone: str) -> int:
    """Seconds by which the clocks of `zone` go back in autumn."""
    return _ODD_SHIFTS.get(zone, HOUR)


@lru_cache
def period(text: str) -> Period | None:
    """`hour`, `day`, `week`, `month`, `15m`, `6h` as a Period; None if it does not divide the day."""
    if text in ("day", "week", "month"):
        return Period(text)
    seconds = HOUR if text == "hour" else int(text[:-1]) * _UNITS[text[-1]]
    return Period("slot", seconds) if seconds < DAY and DAY % seconds == 0 else None


@dataclass(frozen=True, slots=True)
class Duration:
    """Elapsed `seconds`, and calendar `days` and `months`; only one kind is ever used."""

    seconds: int = 0
    days: int = 0
    months: int = 0

    @property
    def usual(self) -> int:
        """Seconds where the clocks do not change, and months are long."""
        return self.seconds + self.days * DAY + self.months * 31 * DAY

    @property
    def longest(self) -> int:
        """An upper bound in seconds."""
        return self.usual + (HOUR if self.days or self.months else 0)


NO_TIME = Duration()


@lru_cache
def duration(text: str) -> Duration:
    """`1h30m`, `2d`, `1w`, `-1mo` as a Duration; the schema has checked the form."""
    sign = -1 if text.startswith("-") else 1
    seconds = days = months = 0
    for number, unit in _PART.findall(text):
        if unit == "mo":
            months += sign * int(number)
        elif unit in "dw":
            days += sign * int(number) * (7 if unit == "w" else 1)
        else:
            seconds += sign * int(number) * _UNITS[unit]
    return Duration(seconds, days, months)


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time on a key's date: `seconds` after midnight, `days` later; `from_end` counts from the period's last day.

    `open_days` are counted before all else, on a calendar; then there are no `days`.
    """

    seconds: int
    days: int = 0
    from_end: bool = False
    open_days: int = 0

    @property
    def offset(self) -> int:
        """Wall-clock seconds after the midnight it counts from."""
        return self.seconds + self.days * DAY


@lru_cache
def wall_time(text: str) -> WallTime:
    """`18:00`, `02:00+1d`, `18:00 end`, `18:00 end+2bd` as a WallTime; the schema has checked the form."""
    match = _TIME.fullmatch(text)
    assert match is not None
    hours, minutes, seconds, end, days, is_open = match.groups()
    later = (0, bool(end), int(days or 0)) if is_open else (int(days or 0), bool(end), 0)
    return WallTime(int(hours) * HOUR + int(minutes) * 60 + int(seconds or 0), *later)


@lru_cache
def is_zone(name: str) -> bool:
    """Whether `name` is an IANA zone of the form region/city (or UTC): the only ones every part reads alike."""
    if name != "UTC" and not re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_+0-9-]+){1,2}", name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True
