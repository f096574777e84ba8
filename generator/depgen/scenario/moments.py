"""Times and keys of a scenario file: wall-clock text in a zone, and seconds since 1970.

"18:52" is on the scenario's date, whatever the step before it was. In the gap of spring a time is the first valid one
after it; in the repeated hour of autumn it is the first of the two, and an offset (`+01:00`) says the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cluster import keytimes
from depgen.errors import InputError
from depgen.model import KeyRule
from depgen.times import Period

_CLOCK = re.compile(r"(\d\d:\d\d(?::\d\d)?)(?:([+-]\d+)d)?")
_PART = re.compile(r"(\d+)([dhms])")
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Clock:
    """The zone of a scenario, and the date that its times are on."""

    zone: str
    day: date

    def moment(self, text: str) -> float:
        """The instant of a time."""
        if match := _CLOCK.fullmatch(text):
            day = self.day + timedelta(days=int(match[2] or 0))
            return self._instant(f"{day.isoformat()} {match[1]}")
        if "T" in text:
            return datetime.fromisoformat(text).timestamp()
        return self._instant(text)

    def shown(self, moment: float, with_seconds: bool = True) -> str:
        """`18:52:10`, with the date where it is another than the scenario's."""
        there = datetime.fromtimestamp(moment, ZoneInfo(self.zone))
        clock = there.strftime("%H:%M:%S" if with_seconds else "%H:%M")
        return clock if there.date() == self.day else f"{there:%Y-%m-%d} {clock}"

    def _instant(self, text: str) -> float:
        return float(keys.instant(datetime.fromisoformat(text), ZoneInfo(self.zone)))


def seconds(text: str) -> float:
    """`1h30m` in seconds."""
    return float(sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def key_of(every: Period, zone: str, day: date) -> str:
    """The key of a period that holds a date; InputError if there are several."""
    if every.kind == "slot":
        raise InputError(f"it has a key every {every.text}: say which, as in key: {every.key(day)}")
    return keytimes.key_at(KeyRule(every, zone), keys.instant(keys.midnight(day), ZoneInfo(zone)))


def expanded(text: str, every: Period, zone: str) -> Iterator[str]:
    """Each key of `20261101..20261130`, or the one key; InputError if it is none of that period, or none at all."""
    first, _, last = text.partition("..")
    try:
        start, end = (keytimes.start(key.partition("-")[0], every) for key in (first, last or first))
    except ValueError:
        raise InputError(f'"{text}" is no key of a period of {every.text}') from None
    if not last:
        yield first
        return
    if end < start:
        raise InputError(f'"{text}" ends before it begins')
    if every.kind != "slot":
        while start <= end:
            yield start.strftime(every.strftime)
            start = keys.moved_back(start, every, -1)
        return
    moment, there = keys.instant(start, ZoneInfo(zone)), ZoneInfo(zone)
    while keys.wall(moment, there) <= end:
        key = keytimes.key_at(KeyRule(every, zone), moment)
        yield key
        if key == last:
            return
        moment += every.seconds
