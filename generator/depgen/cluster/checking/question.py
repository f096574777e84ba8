"""What is asked of a target: how it ended, and when.

What a newcomer gets wrong: a window is read on the clock of a zone, as the windows of edges are, so on the day the
clocks change an hour of it can be missing or be there twice. Intervals hold their first moment and not their last.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cluster.checking.target import Target
from depgen.errors import InputError
from depgen.times import DAY, WallTime, is_zone, wall_time

Status = Literal["success", "failure", "done"]
STATUSES: tuple[Status, ...] = ("success", "failure", "done")

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\+\d{1,2}d)?"
_WINDOW = re.compile(rf"({_TIME})-({_TIME}|24:00)", re.ASCII)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:t\d{2}(?:\d{2})?b?)?", re.ASCII)


class Window(NamedTuple):
    """`[begin, end)` on the wall clock of a key's date, in seconds after its midnight."""

    begin: int
    end: int


WHOLE_DAY = Window(0, DAY)


@dataclass(frozen=True)
class Question:
    """Did the target end like that, in that time?

    `within` are seconds before now; `window` is on the date of `key`, in `zone`. Without either any time will do. `key`
    is "" (today), "today", "yesterday", a date or a key; of a node it is the key it would be started for.
    """

    target: Target
    status: Status = "success"
    within: float | None = None
    window: Window | None = None
    key: str = ""
    zone: str = "UTC"

    def holds(self, finish: float, now: float) -> bool:
        """Whether a finish lies in the time that is asked for."""
        if self.window:
            first, last = self.bounds(now)
            return first <= keys.wall(int(finish), ZoneInfo(self.zone)) < last
        return self.within is None or finish >= now - self.within

    def bounds(self, now: float) -> tuple[datetime, datetime]:
        """The window on the wall clock of the zone."""
        assert self.window
        midnight = keys.midnight(date_of(self.key, self.zone, now))
        return midnight + timedelta(seconds=self.window.begin), midnight + timedelta(seconds=self.window.end)

    def closes_at(self, now: float) -> float | None:
        """The moment from which no finish can lie in the window any more; None if there is always another one.

        Of a time that the clocks show twice it is the second.
        """
        if not self.window:
            return None
        zone, end = ZoneInfo(self.zone), self.bounds(now)[1]
        later = int(end.replace(tzinfo=zone, fold=1).timestamp())
        return later if keys.wall(later, zone) == end else keys.instant(end, zone)


def parse_window(text: str) -> Window:
    """`18:00-20:00`; `22:00-02:00` and `22:00-02:00+1d` end on the next day. InputError if it is none."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise InputError(f'"{text}" is no window: write such as 18:00-20:00, or 22:00-02:00 over midnight')
    begin = wall_time(match[1]).offset
    end = (WallTime(DAY) if match[2] == "24:00" else wall_time(match[2])).offset
    if end <= begin and "+" not in match[2]:
        end += DAY
    if end <= begin:
        raise InputError(f'the window "{text}" ends before it begins')
    return Window(begin, end)


def date_of(key: str, zone: str, now: float) -> date:
    """The date that a key begins with, or of today and yesterday in the zone; InputError if it has none."""
    today = keys.wall(int(now), ZoneInfo(zone)).date()
    if key in ("", "today"):
        return today
    if key == "yesterday":
        return today - timedelta(days=1)
    with suppress(ValueError):
        if match := _DATE.fullmatch(key):
            return date(*map(int, match.groups()))
    raise InputError(f'"{key}" is no date: write today, yesterday, or such as 20261121')


def check_zone(zone: str) -> str:
    """A zone by name; InputError if there is none."""
    if not is_zone(zone):
        raise InputError(
            f'there is no time zone "{zone}": write a region and a city, such as Europe/Paris, or UTC'
        )
    return zone
