"""The sweep of a world: every so often, but for passes that would find what the one before found.

A pass over a graph at rest does nothing, and a story may have thousands of them. So one is left out if nothing was
written since the last, no clock struck, and it is so long that nothing waits for time alone to pass: the sweep asks
a Sensor again after at most half an hour. Once a day it passes anyhow, for what has become too old.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from depgen import cron
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Cluster, ClusterError
from depgen.cluster.reconcile.counts import Kind, Swept
from depgen.cluster.reconcile.expected import Earlier
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.emulate import Emulator, selectors
from depgen.emulate.frozen import Frozen

_RESTS_AFTER = 2400.0
_LONGEST_REST = 86400.0


class Sweeper:
    """`passes` are those that were made, with their moments."""

    def __init__(
        self, emulator: Emulator, cluster: Cluster, subjects: Callable[[], Mapping[str, Subject]]
    ) -> None:
        self.passes: list[tuple[float, Swept]] = []
        self._emulator = emulator
        self._cluster = cluster
        self._subjects = subjects
        self._earlier: defaultdict[str, Earlier] = defaultdict(Earlier)
        self._last = -math.inf
        self._changed_at = math.inf
        self._next_tick = -math.inf
        for resource in (CONFIG_MAPS, WORKFLOWS):
            emulator.api.follow(resource, "", selectors.parse(""), self._changed)

    def every(self, seconds: float) -> None:
        """Passes from now on; one that the API does not answer is made again next time."""
        if not self._rests():
            self.try_to_pass()
        self._emulator.at(self._emulator.now + seconds, lambda: self.every(seconds))

    def try_to_pass(self) -> None:
        """One pass, none if the API is away."""
        try:
            self.now()
        except ClusterError as error:
            if not error.is_transient:
                raise

    def has_given_up(self, number: int) -> bool:
        """Whether a pass after the first `number` of them recorded a run as REJECTED."""
        repairs = (repair for _, one in self.passes[number:] for repair in one.repairs)
        return any(repair.kind is Kind.REJECTED for repair in repairs)

    def now(self, since: float | None = None) -> list[Swept]:
        """One pass over every graph."""
        now = self._emulator.now
        found = [
            sweep(self._cluster, subject, now, since, earlier=self._earlier[name])
            for name, subject in self._subjects().items()
        ]
        self.passes += [(now, one) for one in found]
        self._last = now
        self._next_tick = self._tick_after(now)
        return found

    # ---- inside ----

    def _changed(self, before: Frozen | None, after: Frozen | None) -> None:
        self._changed_at = self._emulator.now

    def _rests(self) -> bool:
        now = self._emulator.now
        if now >= self._next_tick or now - self._last >= _LONGEST_REST:
            return False
        return self._last - self._changed_at > _RESTS_AFTER

    def _tick_after(self, moment: float) -> float:
        """When a clock of the graphs strikes next."""
        after = datetime.fromtimestamp(moment, UTC)
        ticks = (
            cron.parse(clock.event.schedule).next(after, ZoneInfo(clock.event.zone))
            for subject in self._subjects().values()
            for clock in subject.programs.clocks
        )
        return min((tick.timestamp() for tick in ticks if tick), default=math.inf)
