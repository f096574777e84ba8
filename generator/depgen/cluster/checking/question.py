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
from depgen.cluster.checking.target import Kind, Target
from depgen.errors import InputError
from depgen.times import DAY, HOUR, WallTime, is_zone, wall_time

Status = Literal["success", "failure", "done"]
STATUSES: tuple[Status, ...] = ("success", "failure", "done")

_UNITS = {"s": 1, "m": 60, "h": HOUR, "d": DAY}
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


def parse_question(
    target: Target,
    *,
    status: str = "",
    within: str = "",
    window: str = "",
    key: str = "",
    zone: str = "",
) -> Question:
    """A question from texts, of which "" is as good as not given; InputError if they are odd or do not go together."""
    if status not in ("", *STATUSES):
        raise InputError(f'"{status}" is no status: write success, failure or done')
    if within and window:
        raise InputError("within and window are two ways to say when: choose one")
    if target.kind is Kind.NODE and (status or within or window):
        raise InputError(
            "of a node its own edges say what is waited for: status, within and window are of no use"
        )
    if target.kind is not Kind.NODE:
        if key and within:
            raise InputError(
                "within counts from now: a key goes with a window, or stands alone for its whole date"
            )
        if key:
            date_of(key, "UTC", 0)
    return Question(
        target,
        next((name for name in STATUSES if name == status), "success"),
        _positive(within) if within else None,
        parse_window(window) if window else WHOLE_DAY if key and target.kind is not Kind.NODE else None,
        key,
        check_zone(zone or "UTC"),
    )


def _positive(text: str) -> int:
    found = parse_seconds(text)
    if not found:
        raise InputError("within 0 seconds nothing can have ended")
    return found


def parse_seconds(text: str) -> int:
    """`7200`, `90s`, `1h30m`, `2d` in seconds; InputError if it is none."""
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        return int(text)
    if not re.fullmatch(r"(?:[0-9]{1,6}[smhd])+", text, re.ASCII):
        raise InputError(f'"{text}" is no time: write seconds, such as 7200, or 90s, 2h, 1h30m, 2d')
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([smhd])", text))


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
