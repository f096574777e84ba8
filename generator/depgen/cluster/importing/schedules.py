"""What the schedule of a CronWorkflow tells: its zone, the period of its keys, its time of day.

The period is the coarsest in which it fires once: a key has one run. A week or a month counts only if none is left out:
what fires on the first and on the fifteenth is not weekly, and of a yearly job there is no month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from depgen import firings, keys
from depgen.cron import CronError, Schedule, parse
from depgen.manifests import Object, mapping
from depgen.model import KeyRule
from depgen.phrases import quoted
from depgen.times import DAILY, Period, is_zone, period

UTC = "UTC"  # the clock of Argo's images
_COARSE = ("month", "week")
_FINER = ("day", "12h", "8h", "6h", "4h", "3h", "2h", "hour", "30m", "20m", "15m", "10m", "5m", "2m", "1m")
# Half a day's worth of minutes, or 400 days of a daily one: enough to see a rhythm.
_SAMPLE = 800


@dataclass(frozen=True)
class Timing:
    """`zone` is "" if there is none that a graph can name; `minute` is the one of the day, if it fires once a day.

    `told` is the schedule in words, `remarks` what a reader of the graph should know of it.
    """

    told: str
    zone: str
    every: Period
    minute: int | None
    remarks: tuple[str, ...] = ()


def timing(cron: Object) -> Timing:
    """What the schedules of a CronWorkflow tell."""
    texts = [whole for _, whole in firings.schedules(cron)]
    read = firings.readable(cron)
    remarks = [
        f"medium: schedule {quoted(one)} cannot be read: {_error(one)}" for one in texts if _error(one)
    ]
    given = str(mapping(cron.get("spec")).get("timezone") or "")
    zones = {schedule.zone.key for schedule in read if schedule.zone} or ({given} if given else {UTC})
    zone = min(zones)
    if len(zones) > 1:
        remarks.append(f"low: it has schedules in several zones, the keys are those of {quoted(zone)}")
    if not is_zone(zone):
        remarks.append(
            f"low: {quoted(zone)} is no zone of the form region/city: say in which zone its keys are"
        )
        zone = ""
    live = tuple(schedule for schedule in read if not firings.never_fires(schedule))
    if not live:
        remarks.append("low: by its schedule it never fires")
    every = _every(live, zone or UTC)
    if every is None:
        remarks.append("low: it fires more often than keys can tell apart")
    if mapping(cron.get("spec")).get("when"):
        remarks.append('medium: it has a condition "when": keys on which it does not run are never satisfied')
    told = ", ".join(quoted(one) for one, _ in firings.schedules(cron)) or "no schedule"
    return Timing(told, zone, every or DAILY, _minute(live, zone or UTC), tuple(remarks))


def usual(zones: Iterable[str]) -> str:
    """The zone of most."""
    counted = Counter(zone or UTC for zone in zones)
    return min(counted, key=lambda zone: (-counted[zone], zone)) if counted else UTC


def _error(schedule: str) -> str:
    try:
        parse(schedule)
    except CronError as error:
        return str(error)
    return ""


def _every(schedules: tuple[Schedule, ...], zone: str) -> Period | None:
    moments = firings.firings(schedules)[:_SAMPLE]
    if not moments:
        return DAILY
    for name in _COARSE:
        every = period(name)
        if every and _is_regular(every, zone, schedules):
            return every
    finer = (every for name in _FINER if (every := period(name)))
    return next((every for every in finer if _is_single(every, zone, schedules, moments)), None)


def _is_regular(every: Period, zone: str, schedules: tuple[Schedule, ...]) -> bool:
    """Whether it fires once in each week or month of those looked at, the first and last aside."""
    moments = firings.firings(schedules)[:_SAMPLE]
    starts = (keys.key_start(KeyRule(every, zone), moment).wall for moment in moments)
    return len(moments) > 2 and all(
        keys.moved_back(later, every, 1) == earlier for earlier, later in pairwise(starts)
    )


def _is_single(every: Period, zone: str, schedules: Sequence[Schedule], moments: Sequence[int]) -> bool:
    """Whether no two firings have one key, those aside between which the clocks were turned back."""
    rule = KeyRule(every, zone)
    starts = [keys.key_start(rule, moment) for moment in moments]
    return not any(
        one == other and not firings.is_repeated_hour(first, second, schedules)
        for (one, other), (first, second) in zip(pairwise(starts), pairwise(moments), strict=True)
    )


def _minute(schedules: tuple[Schedule, ...], zone: str) -> int | None:
    walls = [keys.wall(moment, ZoneInfo(zone)) for moment in firings.firings(schedules)[:_SAMPLE]]
    minutes = {wall.hour * 60 + wall.minute for wall in walls}
    return minutes.pop() if len(minutes) == 1 else None
