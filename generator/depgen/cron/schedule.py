"""A schedule and its firings, one at a time or all of an interval.

Every method takes the zone of the CronWorkflow's `timezone`, else of the cluster's clock, and gives times in the
zone the schedule really runs in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from depgen.cron.walk import DAYS, EPOCH, HOURS, MINUTES, SECOND, Fields, at, first_firing, offset


@dataclass(frozen=True, slots=True)
class Schedule(Fields):
    """When something fires: at what the fields allow or, if `every` is given, after each such time.

    `zone` is that of a `TZ=` prefix and overrules a caller's. With `every` the fields are empty, and firings
    count from the instant a caller gives: robfig keeps no other beginning.
    """

    zone: ZoneInfo | None = None
    every: timedelta | None = None

    def next(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        """The first firing later than `after`, which is aware; None if the next five years have none."""
        zone = self.zone or zone
        if self.every:
            return at(_floor(after) + self.every // SECOND, zone)
        instant = first_firing(self, _floor(after) + 1, zone)
        return None if instant is None else at(instant, zone)

    def between(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The firings of the interval `[start, end)` in order, as calls of `next` would give them."""
        zone = self.zone or zone
        return (at(instant, zone) for instant in self._instants(start, _ceiling(end), zone))

    def _instants(self, start: datetime, stop: int, zone: ZoneInfo) -> Iterator[int]:
        if self.every:
            delay = self.every // SECOND
            yield from range(_floor(start) + delay, stop, delay)
            return
        times = sorted(hour * HOURS + minute * MINUTES for hour in self.hours for minute in self.minutes)
        instant = first_firing(self, _ceiling(start), zone)
        while instant is not None and instant < stop:
            yield instant
            for later in self._later_that_day(instant, times, zone):
                if later >= stop:
                    return
                yield later
                instant = later
            instant = first_firing(self, instant + 1, zone)

    def _later_that_day(self, firing: int, times: list[int], zone: ZoneInfo) -> Iterator[int]:
        """The firings after this one on the same day, if the day's clock runs evenly; else none."""
        wall = at(firing, zone)
        midnight = firing - wall.hour * HOURS - wall.minute * MINUTES
        offsets = {offset(instant, zone) for instant in (midnight, firing, midnight + DAYS)}
        if len(offsets) == 1 and wall.month in self.months and self.match_day(wall):
            yield from (midnight + time for time in times if midnight + time > firing)


def _floor(moment: datetime) -> int:
    return (moment - EPOCH) // SECOND


def _ceiling(moment: datetime) -> int:
    return -((EPOCH - moment) // SECOND)
