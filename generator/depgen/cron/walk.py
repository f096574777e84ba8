"""The search for a firing: a cursor in one time zone that steps from field to field as robfig's does.

Instants are whole seconds since 1970. A search that compared wall clocks would be shorter, and would disagree
with the cluster on the days on which robfig is wrong.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTES, HOURS, DAYS = 60, 3600, 86400
YEARS_SEARCHED = 5


@dataclass(frozen=True, slots=True)
class Fields:
    """What the five fields allow. Weekdays count from Sunday, 0; the flags are robfig's star bits."""

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = False
    any_weekday: bool = False

    def match_day(self, day: date) -> bool:
        """Whether the two day fields allow this day; `months` is not looked at."""
        by_date = day.day in self.days
        by_weekday = day.isoweekday() % 7 in self.weekdays
        return by_date and by_weekday if self.any_day or self.any_weekday else by_date or by_weekday


def first_firing(fields: Fields, instant: int, zone: ZoneInfo) -> int | None:
    """The first firing at or after an instant; None if there is none within five years.

    Where an overlap begins beside the hour (St. John's until 2011), robfig can come out before the instant, and
    would fire there again and again. Ours goes on to the next firing.
    """
    if not (fields.minutes and fields.hours and fields.months):
        return None
    begin = instant
    while (firing := _walk(fields, begin, zone)) is not None and firing < instant:
        begin += MINUTES
    return firing


def _walk(fields: Fields, instant: int, zone: ZoneInfo) -> int | None:
    walk = Walk(fields, instant, zone)
    last_year = walk.wall.year + YEARS_SEARCHED
    while walk.wall.year <= last_year:
        if walk.month() and walk.day() and walk.hour() and walk.minute() and walk.second():
            return walk.instant
    return None


class Walk:
    """A cursor on a time line, `instant`, and what the clocks of the zone show there, `wall`.

    Each step moves on until its field matches. It answers False if that began a new round of the field (the
    next year, month, day, hour, minute): then the fields above it want another look. Only the very first move
    goes to the beginning of the unit it moves by.
    """

    def __init__(self, fields: Fields, instant: int, zone: ZoneInfo) -> None:
        self.fields = fields
        self.zone = zone
        self.moved = False
        self._go(instant)

    def month(self) -> bool:
        """Steps by months."""
        while self.wall.month not in self.fields.months:
            self._begin(self.wall.replace(day=1, hour=0, minute=0, second=0))
            year, month = divmod(self.wall.year * 12 + self.wall.month, 12)
            first = self.wall.replace(year=year, month=month + 1, day=1)
            self._go_to_wall(first + timedelta(days=self.wall.day - 1))
            if self.wall.month == 1:
                return False
        return True

    def day(self) -> bool:
        """Steps by days."""
        while not self.fields.match_day(self.wall):
            self._begin(self.wall.replace(hour=0, minute=0, second=0))
            before = self.instant
            self._go_to_wall(self.wall + timedelta(days=1))
            if self.instant <= before:  # the zone left this day out; robfig would stand still for ever
                self._go(before + DAYS)
            if self.wall.hour:  # the day has no midnight
                self._go(self.instant + (24 * (self.wall.hour > 12) - self.wall.hour) * HOURS)
            if self.wall.day == 1:
                return False
        return True

    def hour(self) -> bool:
        """Steps by hours."""
        while self.wall.hour not in self.fields.hours:
            self._begin(self.wall.replace(minute=0, second=0))
            self._advance(self.wall.hour, self.fields.hours, 24, HOURS)
            if self.wall.hour == 0:
                return False
        return True

    def minute(self) -> bool:
        """Steps by minutes."""
        while self.wall.minute not in self.fields.minutes:
            self._begin_minute()
            self._advance(self.wall.minute, self.fields.minutes, 60, MINUTES)
            if self.wall.minute == 0:
                return False
        return True

    def second(self) -> bool:
        """Steps to the next full minute, unless at one."""
        if self.wall.second == 0:
            return True
        self._begin_minute()
        self._go(self.instant + MINUTES)
        return False

    def _begin(self, wall: datetime) -> None:
        if not self.moved:
            self.moved = True
            self._go_to_wall(wall)

    def _begin_minute(self) -> None:
        self.moved = True
        self._go(self.instant - self.wall.second)

    def _advance(self, value: int, wanted: Collection[int], size: int, unit: int) -> None:
        """Moves to the next wanted value or round to 0: at once, but unit by unit where the offset changes."""
        steps = min((other for other in wanted if other > value), default=size) - value
        if offset(self.instant + steps * unit, self.zone) != offset(self.instant, self.zone):
            steps = 1
        self._go(self.instant + steps * unit)

    def _go(self, instant: int) -> None:
        self.instant = instant
        self.wall = at(instant, self.zone)

    def _go_to_wall(self, wall: datetime) -> None:
        """Moves to a wall-clock time; in a gap or an overlap to where Go puts it."""
        as_utc = (wall.replace(tzinfo=UTC) - EPOCH) // SECOND
        guess = as_utc - offset(as_utc, self.zone)
        self._go(as_utc - offset(guess, self.zone))


def at(instant: int, zone: ZoneInfo) -> datetime:
    """The instant as the clocks of the zone show it."""
    return datetime.fromtimestamp(instant, zone)


def offset(instant: int, zone: ZoneInfo) -> int:
    """How far, in seconds, the zone's clocks are before UTC."""
    shown = at(instant, zone)
    return (shown.replace(tzinfo=UTC) - EPOCH) // SECOND - instant
