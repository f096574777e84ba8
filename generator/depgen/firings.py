"""When a CronWorkflow fires, and which keys its runs get.

Keys are computed here only to judge a schedule before anything runs; in the cluster the record program does it, and a
test holds this against that program. Firings are looked at for 400 days from a fixed date, so that the same files
always give the same findings: long enough for a leap day's neighbours, both clock changes and every month.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from depgen.cron import CronError, Schedule, parse
from depgen.manifests import Object, mapping
from depgen.model import KeyRule
from depgen.naming import LABEL_KEY
from depgen.times import DAY, Period, shift

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 400
# Every minute of 400 days is more than any rule has to see.
MOST = 50_000
UNZONED = ZoneInfo("UTC")  # the clock of Argo's images


@dataclass(frozen=True, slots=True)
class KeyStart:
    """The wall-clock start of a key's period; `is_late` if it is the second of two equal ones."""

    wall: datetime
    is_late: bool = False


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


@lru_cache(maxsize=256)
def firings(of: tuple[Schedule, ...]) -> tuple[datetime, ...]:
    """The instants at which any of some schedules fires, in UTC; equal ones count once."""
    end = START + timedelta(days=DAYS)
    found: list[datetime] = []
    # Datetimes of one zone other than UTC compare as wall clocks: the repeated hour would seem to be one.
    streams = (map(_utc, schedule.between(START, end, UNZONED)) for schedule in of)
    for moment in heapq.merge(*streams):
        if len(found) == MOST:
            break
        if not found or found[-1] != moment:
            found.append(moment)
    return tuple(found)


def key_start(rule: KeyRule, moment: datetime) -> KeyStart:
    """The key of a run that was scheduled at `moment`, which is in UTC."""
    zone = ZoneInfo(rule.zone)
    moment += timedelta(seconds=rule.offset.seconds)
    clock = wall(moment, zone)
    if not rule.every.repeats(rule.zone):
        return KeyStart(_floor(_moved(clock - timedelta(seconds=rule.day_start), rule), rule.every))
    if rule.offset.days or rule.offset.months:
        moment = _instant(_moved(clock, rule), zone)
    start = _floor(wall(moment, zone), rule.every)
    before = wall(moment - timedelta(seconds=shift(rule.zone)), zone)
    return KeyStart(start, is_late=_floor(before, rule.every) == start)


def has_scheduled_keys(rule: KeyRule, cron: Object) -> bool:
    """Whether the keys of a CronWorkflow's runs follow from its schedule alone."""
    spec = mapping(cron.get("spec"))
    if rule.origin == "scheduledTime":
        return not spec.get("when")
    holders = (spec, mapping(spec.get("workflowSpec")))
    labels = [mapping(mapping(holder.get("workflowMetadata")).get("labels")) for holder in holders]
    return rule.origin == "auto" and not spec.get("when") and not any(LABEL_KEY in names for names in labels)


def is_repeated_hour(first: datetime, second: datetime, of: Iterable[Schedule]) -> bool:
    """Whether two firings show the same time of one day, because the clocks were turned back between them."""
    zones = {schedule.zone or UNZONED for schedule in of}
    return any(wall(first, zone) == wall(second, zone) for zone in zones)


def fires_on_wall(schedule: Schedule, low: datetime, high: datetime) -> bool:
    """Whether a schedule asks for a firing in the wall-clock interval `[low, high)`, be there such times or not."""
    if schedule.every:
        return False
    naive = replace(schedule, zone=None)
    times = naive.between(low.replace(tzinfo=UTC), high.replace(tzinfo=UTC), UNZONED)
    return next(times, None) is not None


def shown(moment: datetime, zone: str) -> str:
    """`2026-01-01 06:00`, in a zone."""
    return wall(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show, as a datetime without one."""
    return moment.astimezone(zone).replace(tzinfo=None)


def moved_back(start: datetime, every: Period, steps: int) -> datetime:
    """The start of the key `steps` before the one that starts at `start`."""
    if every.kind == "month":
        return _months(start, -steps)
    length = {"week": 7 * DAY, "day": DAY, "slot": every.seconds}[every.kind]
    return start - timedelta(seconds=steps * length)


def last_day(start: datetime, every: Period) -> date:
    """The last date of the period that starts at `start`."""
    if every.kind == "month":
        return (_months(start, 1) - timedelta(days=1)).date()
    return start.date() + timedelta(days=6 if every.kind == "week" else 0)


def midnight(day: date) -> datetime:
    """The wall-clock beginning of a date."""
    return datetime.combine(day, time())


def clock_gaps(zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The wall-clock times `[from, to)` that the clocks leave out, within the days looked at."""
    moment = START
    for _ in range(DAYS):
        following = moment + timedelta(days=1)
        if _offset(following, zone) > _offset(moment, zone):
            change = _change(moment, following, zone)
            to = wall(change, zone)
            yield to - (_offset(change, zone) - _offset(change - timedelta(seconds=1), zone)), to
        moment = following


def _instant(clock: datetime, zone: ZoneInfo) -> datetime:
    """The moment a wall clock shows a time, the first of two; where it never does, the first after the gap."""
    moment = _utc(clock.replace(tzinfo=zone))
    return moment if wall(moment, zone) == clock else _change(moment - timedelta(hours=3), moment, zone)


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first minute at which the offset is that of `high`."""
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle -= timedelta(seconds=middle.second, microseconds=middle.microsecond)
        if middle == low:
            break
        low, high = (low, middle) if _offset(middle, zone) == _offset(high, zone) else (middle, high)
    return high


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _moved(wall: datetime, rule: KeyRule) -> datetime:
    return _months(wall, rule.offset.months) + timedelta(days=rule.offset.days)


def _months(wall: datetime, number: int) -> datetime:
    """The same day and time so many months later, or the last day of that month."""
    if not number:
        return wall
    year, month = divmod(wall.year * 12 + wall.month - 1 + number, 12)
    first = wall.replace(year=year, month=month + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=min(wall.day, (following - first).days) - 1)


def _floor(wall: datetime, every: Period) -> datetime:
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if every.kind == "month":
        return day.replace(day=1)
    if every.kind == "week":
        return day - timedelta(days=day.weekday())
    if every.kind == "day":
        return day
    seconds = (wall - day) // timedelta(seconds=1)
    return day + timedelta(seconds=seconds - seconds % every.seconds)
