"""When a CronWorkflow fires.

Firings are looked at for 400 days from a fixed date, so that the same files always give the same findings: long enough
for every month and both changes of the clocks. A moment is in seconds since 1970.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby, islice, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cron import CronError, Schedule, parse
from depgen.manifests import Object, mapping
from depgen.model import KeyRule
from depgen.naming import LABEL_KEY
from depgen.times import DAY, HOUR

START = date(2026, 1, 1)
DAYS = 400
# What fires more often than hourly repeats itself soon enough.
MOST = 10_000
UNZONED = ZoneInfo("UTC")  # the clock of Argo's images


def schedules(cron: Object) -> list[tuple[str, str]]:
    """Each schedule as it is written, and with the time zone, as robfig gets it.

    Source: argo-workflows v3.7.14, CronWorkflowSpec.getSchedules: `schedule` hides `schedules`.
    """
    spec = mapping(cron.get("spec"))
    one, many, zone = spec.get("schedule"), spec.get("schedules"), spec.get("timezone")
    texts = [str(one)] if one else [str(text) for text in many] if isinstance(many, list) else []
    return [(text, f"CRON_TZ={zone} {text}" if zone else text) for text in texts]


def readable(cron: Object) -> tuple[Schedule, ...]:
    """The schedules that can be read."""
    found = []
    for _, whole in schedules(cron):
        try:
            found.append(parse(whole))
        except CronError:
            continue
    return tuple(found)


def has_scheduled_keys(rule: KeyRule, cron: Object) -> bool:
    """Whether the keys of a CronWorkflow's runs follow from its schedule alone."""
    spec = mapping(cron.get("spec"))
    if rule.origin == "scheduledTime":
        return not spec.get("when")
    holders = (spec, mapping(spec.get("workflowSpec")))
    labels = [mapping(mapping(holder.get("workflowMetadata")).get("labels")) for holder in holders]
    return rule.origin == "auto" and not spec.get("when") and not any(LABEL_KEY in names for names in labels)


def never_fires(schedule: Schedule) -> bool:
    """Whether it has no firing in the next five years, such as on the 31st of February."""
    return schedule.next(datetime(START.year, START.month, START.day, tzinfo=UTC), UNZONED) is None


@lru_cache(maxsize=4096)
def firings(of: tuple[Schedule, ...]) -> Sequence[int]:
    """The moments at which any of some schedules fires, in order; equal ones count once."""
    merged = (moment for moment, _ in groupby(heapq.merge(*map(_moments, of))))
    return array("q", islice(merged, MOST))


def is_repeated_hour(first: int, second: int, of: Sequence[Schedule]) -> bool:
    """Whether two firings show the same time of one day, because the clocks were turned back between them."""
    return any(keys.wall(first, zone) == keys.wall(second, zone) for zone in map(zone_of, of))


def fires_on_wall(schedule: Schedule, low: datetime, high: datetime) -> bool:
    """Whether a schedule asks for a firing in the wall-clock interval `[low, high)`, be there such times or not."""
    if schedule.every:
        return False
    naive = replace(schedule, zone=None)
    times = naive.between(low.replace(tzinfo=UTC), high.replace(tzinfo=UTC), UNZONED)
    return next(times, None) is not None


def zone_of(schedule: Schedule) -> ZoneInfo:
    """The zone in which a schedule is read."""
    return schedule.zone or UNZONED


def clock_gaps(zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The wall-clock times `[from, to)` that the clocks leave out, within the days looked at."""
    for day, following in pairwise(_calendar(zone)):
        if following.begin - day.begin < DAY:
            change = keys.first_with_offset(day.begin - DAY, following.begin, zone)
            to = keys.wall(change, zone)
            yield to - (keys.offset(change, zone) - keys.offset(change - 60, zone)), to


class _Day(NamedTuple):
    """A date and the moment of its midnight."""

    date: date
    begin: int


@lru_cache(maxsize=64)
def _calendar(zone: ZoneInfo) -> tuple[_Day, ...]:
    """The days looked at, and the one after them."""
    dates = (START + timedelta(days=number) for number in range(DAYS + 1))
    return tuple(_Day(day, keys.instant(keys.midnight(day), zone)) for day in dates)


@lru_cache(maxsize=64)
def _rows(zone: ZoneInfo) -> tuple[tuple[bool, tuple[_Day, ...]], ...]:
    """The days in rows: those on which the clock runs evenly, and those on and beside a change of it."""
    days = _calendar(zone)
    changed = [day.date for day, following in pairwise(days) if following.begin - day.begin != DAY]
    near = {day + timedelta(days=beside) for day in changed for beside in (-1, 0, 1)}
    return tuple(
        (is_even, tuple(row)) for is_even, row in groupby(days[:-1], lambda day: day.date not in near)
    )


def _moments(schedule: Schedule) -> Iterator[int]:
    """The firings of one schedule. A day without a change of the clocks needs no walk, and most are such."""
    zone = zone_of(schedule)
    days = _calendar(zone)
    if schedule.every:
        yield from _walked(schedule, days[0], days[-1])
        return
    times = sorted(hour * HOUR + minute * 60 for hour in schedule.hours for minute in schedule.minutes)
    for is_even, row in _rows(zone):
        if is_even:
            chosen = (d for d in row if d.date.month in schedule.months and schedule.match_day(d.date))
            yield from (day.begin + time for day in chosen for time in times)
        else:
            yield from _walked(schedule, row[0], days[(row[-1].date - START).days + 1])


def _walked(schedule: Schedule, first: _Day, end: _Day) -> Iterator[int]:
    low, high = (datetime.fromtimestamp(day.begin, UTC) for day in (first, end))
    return (int(moment.timestamp()) for moment in schedule.between(low, high, UNZONED))
