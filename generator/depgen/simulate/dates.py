"""The days that are asked about, and the keys that belong to them.

A night belongs to the date of its key, not to the dates its hours fall on. The key of a day or of a part of it belongs
to its date; that of a week or a month to its last day, and to every day on which one of its sources starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cluster import keytimes
from depgen.model import KeyRule
from depgen.times import HOUR, Period


class Dates(NamedTuple):
    """So many days from `first` on, by the clocks of a zone."""

    first: date
    number: int
    zone: str

    @property
    def last(self) -> date:
        """The last of them."""
        return self.first + timedelta(days=self.number - 1)

    @property
    def begin(self) -> int:
        """The instant at which the first of them begins."""
        return keys.instant(keys.midnight(self.first), ZoneInfo(self.zone))

    @property
    def end(self) -> int:
        """The instant at which the last of them is over."""
        return keys.instant(keys.midnight(self.last + timedelta(days=1)), ZoneInfo(self.zone))

    def each(self) -> Iterator[date]:
        """The days, in order."""
        return (self.first + timedelta(days=number) for number in range(self.number))

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last

    def has_key(self, key: str, every: Period) -> bool:
        """Whether a key belongs to the days, whenever its sources start."""
        return self.holds(keys.last_day(keytimes.start(key, every), every))

    def keys(self, every: Period) -> Iterator[str]:
        """The keys of a period that belong to the days, in order; on the day the clocks go back with the `b`."""
        if every.kind == "slot":
            rule = KeyRule(every, self.zone)
            moments = range(self.begin, self.end, min(every.seconds, HOUR // 2))
            yield from dict.fromkeys(keytimes.key_at(rule, moment) for moment in moments)
            return
        found = (every.key(day) for day in self.each())
        yield from dict.fromkeys(key for key in found if self.has_key(key, every))


class Change(NamedTuple):
    """Clocks that change: at what they show, by how many seconds they go forward (or, negative, back)."""

    wall: str
    by: int


def clock_change(day: date, zone: str) -> Change | None:
    """The change of the clocks on a day."""
    there = ZoneInfo(zone)
    low, high = (keys.instant(keys.midnight(d), there) for d in (day, day + timedelta(days=1)))
    by = keys.offset(high, there) - keys.offset(low, there)
    if not by:
        return None
    at = keys.first_with_offset(low, high, there)
    return Change((keys.wall(at, there) - by).strftime("%H:%M"), int(by.total_seconds()))
