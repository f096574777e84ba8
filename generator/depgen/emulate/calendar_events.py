"""Events of type `calendar`: ticks of a schedule or an interval.

What a newcomer gets wrong: nothing is made up for while the process is down; `eventTime` is the clock of the process in
the zone of the process, whatever the zone of the schedule; an exclusion is a whole day of the schedule's zone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from depgen import cron
from depgen.emulate import backoff, gotime
from depgen.emulate.clock import Clock, Task
from depgen.emulate.frozen import dumped
from depgen.emulate.payload import Payload

EXCLUDED = "EXDATE:"
# A real timer is never on time, so that the text always has a fraction of a second. Its tick here is on time.
LATE = 0.0004


class CalendarListener:
    """One `calendar` event; `tell` takes the payload. `skew`: the process's clock is so many seconds ahead."""

    def __init__(
        self,
        tell: Callable[[Payload], None],
        event: Mapping[str, Any],
        zone: ZoneInfo,
        skew: float,
        clock: Clock,
    ) -> None:
        self.tell = tell
        self.clock = clock
        self.zone = zone
        self.skew = skew
        self.metadata = event.get("metadata")
        self.next = _ticks(event, zone)
        self._task: Task | None = None

    def start(self) -> None:
        """Wait for the first tick after this moment."""
        self._task = self.clock.start(self._run(self.clock.now))

    def stop(self) -> None:
        """Tick no longer."""
        if self._task is not None:
            self._task.end()

    def _run(self, began: float) -> Iterator[float]:
        last = began + self.skew
        while (tick := self.next(last)) is not None:
            yield tick - self.skew
            last = self.clock.now + self.skew
            payload = {"eventTime": gotime.shown(last + LATE, self.zone, began + self.skew)}
            self.tell(Payload(dumped({**payload, "metadata": self.metadata} if self.metadata else payload)))


def _ticks(event: Mapping[str, Any], zone: ZoneInfo) -> Callable[[float], float | None]:
    where = ZoneInfo(event["timezone"]) if event.get("timezone") else zone
    excluded = exclusions(event.get("exclusionDates") or ())

    def following(last: float) -> float | None:
        if not event.get("schedule"):
            return math.floor(last) + backoff.duration(event["interval"])
        found = schedule.next(datetime.fromtimestamp(last, where), where)
        return None if found is None else found.timestamp()

    def allowed(last: float) -> float | None:
        tick = following(last)
        while tick is not None and datetime.fromtimestamp(tick, where).date() in excluded:
            tick = following(tick)
        return tick

    if event.get("schedule"):
        schedule = cron.parse(event["schedule"])
    return allowed


def exclusions(texts: Sequence[str]) -> frozenset[date]:
    """Of `EXDATE:20261224T000000Z,...`; texts without the prefix count for nothing. Raises ValueError."""
    return frozenset(
        datetime.strptime(text, "%Y%m%dT%H%M%SZ").date()
        for line in texts
        if line.startswith(EXCLUDED)
        for text in line.removeprefix(EXCLUDED).split(",")
    )


def problems(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What cannot be done here, or makes Argo Events go wrong: the field, and what of it."""
    for name in ("persistence", "filter"):
        if event.get(name):
            yield name, "not emulated"
    try:
        exclusions(event.get("exclusionDates") or ())
    except ValueError:
        yield "exclusionDates", "expected EXDATE: with times such as 20261224T000000Z"
    try:
        _ask_once(event)
    except ValueError as error:
        yield "schedule", str(error)


def _ask_once(event: Mapping[str, Any]) -> None:
    schedule = event.get("schedule", "")
    if schedule.split(" ", 1)[-1].startswith("@") or schedule.startswith("@"):
        raise ValueError(f'"{schedule}": a calendar event takes five fields')
    if not schedule and not event.get("interval"):
        raise ValueError("neither schedule nor interval")
    begin = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))
    if schedule and cron.parse(schedule).next(begin + timedelta(), ZoneInfo("UTC")) is None:
        raise ValueError(f'"{schedule}" never fires, which makes Argo Events send events without end')
    if not schedule and backoff.duration(event["interval"]) <= 0:
        raise ValueError(f'interval "{event["interval"]}"')
