"""The time of a story that is played on the real stack: what happens in it by itself, one after the other.

Nobody waits: time is a number, and goes on when all that came of a moment has come. Clocks of the graph are told of as
their EventSource would do it, and the sweep passes where a CronJob would start it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen import cron

SWEPT = 1800.0

Action = Callable[[], bool]
"""What happens by itself; whether it was anything of which more may come."""


class Tick(NamedTuple):
    """A clock strikes, which is an event of an EventSource."""

    at: datetime
    source: str
    event: str


class Agenda:
    """What is known to come. `now` is the story's clock."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._numbers = count()
        self._entries: list[tuple[float, int, Action]] = []

    @property
    def times(self) -> list[float]:
        """When something is to happen, the next first."""
        return sorted(at for at, *_ in self._entries)

    def later(self, seconds: float, action: Action) -> None:
        """Something is to happen; what is of the same moment in the order in which it was said."""
        self.at(self.now + seconds, action)

    def at(self, moment: float, action: Action) -> None:
        """Something is to happen at a moment, which is not over."""
        heapq.heappush(self._entries, (moment, next(self._numbers), action))

    def run_until(self, moment: float, settle: Callable[[], None]) -> None:
        """All that is to happen by then, and after each moment what comes of it."""
        while self._entries and self._entries[0][0] <= moment:
            self.now = max(self.now, self._entries[0][0])
            due = []
            while self._entries and self._entries[0][0] <= self.now:
                due.append(heapq.heappop(self._entries)[2])
            has_moved = [action() for action in due]
            if any(has_moved):
                settle()
        self.now = max(self.now, moment)


def ticks(objects: Iterable[Mapping[str, Any]], since: float, until: float) -> Iterator[Tick]:
    """Every tick of the EventSources among these objects, after `since`."""
    for thing in objects:
        clocks = thing["spec"].get("calendar", {}) if thing["kind"] == "EventSource" else {}
        for event, clock in clocks.items():
            zone, schedule = ZoneInfo(clock["timezone"]), cron.parse(clock["schedule"])
            at = schedule.next(datetime.fromtimestamp(since, zone), zone)
            while at is not None and at.timestamp() <= until:
                yield Tick(at.astimezone(UTC), thing["metadata"]["name"], event)
                at = schedule.next(at, zone)


def passes(start: float, every: float, agenda: Agenda, until: float) -> list[float]:
    """When the sweep passes, `every` so many seconds: in the half hour after all that is known to come, and at last.

    In between it would find nothing.
    """
    found = {start + (until - start) // every * every}
    for known in (agenda.now, *agenda.times):
        first = start + ((known - start) // every + 1) * every
        found |= {first + number * every for number in range(int(SWEPT // every) + 1)}
    return sorted(at for at in found if agenda.now < at <= until)
