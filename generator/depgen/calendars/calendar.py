"""Which days are open: a week, dates that are closed in it, dates that are open beside it.

A calendar knows days, not instants: the zone is that of the key it is asked about. Beyond `valid_through` it goes on by
the week alone, because nobody has said what is closed then; a lint rule sees to it that this is not reached.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from depgen.diagnostics import Place

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = tuple(range(7))
# No list of holidays closes whole years: who has not found an open day by then will not find one.
_FAR = 4000
_NOWHERE = Place("", ())


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open on the weekdays in `days` (Monday is 0) but for `holidays`, and on `extra`; no date is in both lists.

    Made by `calendar`, which sorts and drops what changes nothing. `valid_through` is None if no list ends.
    """

    name: str
    days: tuple[int, ...] = EVERY_DAY
    holidays: tuple[date, ...] = ()
    extra: tuple[date, ...] = ()
    valid_through: date | None = None
    place: Place = field(default=_NOWHERE, compare=False)

    def is_open(self, day: date) -> bool:
        """Whether `day` is open."""
        if day.weekday() in self.days:
            return not _holds(self.holidays, day)
        return _holds(self.extra, day)

    @property
    def has_open_days(self) -> bool:
        """Whether any day at all is open."""
        return bool(self.days or self.extra)

    def next_open(self, day: date) -> date:
        """The first open day after `day`; LookupError if there is none in ten years."""
        return self._found(day, 1)

    def previous_open(self, day: date) -> date:
        """The last open day before `day`; LookupError if there is none in ten years."""
        return self._found(day, -1)

    def add_open(self, day: date, n: int) -> date:
        """The n-th open day after `day`, or before it if `n` is negative; `day` itself if it is 0."""
        for _ in range(abs(n)):
            day = self._found(day, 1 if n > 0 else -1)
        return day

    def _found(self, day: date, step: int) -> date:
        for distance in range(1, _FAR):
            try:
                candidate = day + timedelta(days=distance * step)
            except OverflowError:
                break
            if self.is_open(candidate):
                return candidate
        raise LookupError(f'calendar "{self.name}" has no open day in the ten years from {day}')


def calendar(
    name: str,
    days: Iterable[int] = EVERY_DAY,
    holidays: Iterable[date] = (),
    extra: Iterable[date] = (),
    valid_through: date | None = None,
    place: Place = _NOWHERE,
) -> Calendar:
    """The calendar that these make; a date that is both a holiday and extra is open."""
    week = tuple(sorted(set(days)))
    opened = set(extra)
    closed = {day for day in holidays if day.weekday() in week} - opened
    beside = (day for day in opened if day.weekday() not in week)
    return Calendar(name, week, tuple(sorted(closed)), tuple(sorted(beside)), valid_through, place)


def combined(runs_on: Calendar | None, excludes: Calendar | None) -> Calendar | None:
    """Open when `runs_on` is (every day if None) and `excludes` is not; None if neither is given."""
    return runs_on if excludes is None else _without(runs_on, excludes)


@lru_cache(maxsize=256)
def _without(runs_on: Calendar | None, excludes: Calendar) -> Calendar:
    # Thousands of nodes share one such pair.
    base = runs_on or Calendar("every day")
    week = tuple(day for day in base.days if day not in excludes.days)
    listed = {*base.holidays, *base.extra, *excludes.holidays, *excludes.extra}
    opened = {day for day in listed if base.is_open(day) and not excludes.is_open(day)}
    ends = [end for end in (base.valid_through, excludes.valid_through) if end]
    name = f"{runs_on.name} without {excludes.name}" if runs_on else f"all but {excludes.name}"
    return calendar(name, week, listed - opened, opened, min(ends, default=None))


def _holds(dates: tuple[date, ...], day: date) -> bool:
    at = bisect_left(dates, day)
    return at < len(dates) and dates[at] == day
