"""A Sensor process: its triggers, and what becomes of their queues when it starts.

What a newcomer gets wrong: at each start the Sensor compares itself with what it was when it last started. The consumers
of a dependency that changed, and of a trigger whose `conditions` changed, are deleted with all that waits in them; what
did not change goes on where it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from depgen.emulate.action import Sender
from depgen.emulate.bus import Bus, ConsumerKey, Store
from depgen.emulate.clock import Task
from depgen.emulate.conditions import conditions
from depgen.emulate.dependency import Dependency
from depgen.emulate.manifest import Manifest, namespace_of, zone_name
from depgen.emulate.surroundings import Surroundings
from depgen.emulate.throttle import TokenBucket
from depgen.emulate.trigger import Trigger

if TYPE_CHECKING:
    from depgen import cron

RECONNECT = 5.0
# What a Sensor gives its old subscription to close.
CLOSING = 2.0


class Sensor:
    """One Sensor and its process."""

    def __init__(self, manifest: Manifest, bus: Bus, around: Surroundings) -> None:
        self.spec: Manifest = manifest["spec"]
        self.name = str(manifest["metadata"]["name"])
        self.namespace = namespace_of(manifest)
        self.part = f"sensor/{self.name}"
        self.bus = bus
        self.around = around
        self.is_up = False
        self.began = around.clock.now
        self.zone = zone_name(self.spec)
        self._dependencies = {d["name"]: Dependency(d, self.zone) for d in self.spec["dependencies"]}
        self._conditions = {
            t["template"]["name"]: conditions(t["template"].get("conditions", ""), tuple(self._dependencies))
            for t in self.spec["triggers"]
        }
        self._triggers: list[Trigger] = []
        self._resets: list[Task] = []

    def start(self) -> None:
        """The process begins, or begins anew."""
        clock = self.around.clock
        self.is_up = True
        self.began = clock.now
        self._compare()
        skew = self.around.faults.skew(self.part)
        sender = Sender(self.name, self.namespace, self.around, TokenBucket(clock.now), skew, self.crash)
        self._triggers = [
            Trigger(t, self._conditions[t["template"]["name"]], self._dependencies, self.bus, sender)
            for t in self.spec["triggers"]
        ]
        for trigger in self._triggers:
            self._watch_resets(trigger)
            if not self.bus.is_down:
                trigger.connect()

    def stop(self) -> None:
        """The process is gone; what waits on the bus stays there."""
        self.is_up = False
        for task in self._resets:
            task.end()
        for trigger in self._triggers:
            trigger.stop()
        self._resets, self._triggers = [], []

    def crash(self, seconds: float) -> None:
        """Die, and be started again after so many seconds."""
        self.around.tell("crash", self.part, "")
        self.stop()
        self.around.clock.at(self.around.clock.now + seconds, self._restart)

    def bus_lost(self) -> None:
        """The bus is gone."""
        for trigger in self._triggers:
            trigger.disconnect()

    def bus_back(self) -> None:
        """The bus is there again: the process notices at its next tick, and then closes what it had."""
        clock = self.around.clock
        tick = self.began + RECONNECT * math.ceil((clock.now - self.began) / RECONNECT)
        for trigger in self._triggers:
            clock.at(tick + CLOSING, lambda trigger=trigger: self._reconnect(trigger))  # type: ignore[misc]

    def _reconnect(self, trigger: Trigger) -> None:
        if trigger in self._triggers and not self.bus.is_down and not trigger.is_connected:
            trigger.connect()

    def _restart(self) -> None:
        if not self.is_up:
            self.around.tell("restart", self.part, "")
            self.start()

    # -- what an edit loses

    def _compare(self) -> None:
        store = self.bus.stores.setdefault(self.name, Store())
        manifests = {d["name"]: d for d in self.spec["dependencies"]}
        changed = [name for name, old in store.dependencies.items() if manifests.get(name) != old]
        texts = {t["template"]["name"]: t["template"].get("conditions", "") for t in self.spec["triggers"]}
        for trigger, text in store.conditions.items():
            lost = changed if texts.get(trigger) == text else _names(text)
            for dependency in lost:
                self._purge(store, trigger, dependency)
        store.dependencies, store.conditions = manifests, texts

    def _purge(self, store: Store, trigger: str, dependency: str) -> None:
        store.saved.pop((trigger, dependency), None)
        lost = self.bus.delete_consumer(ConsumerKey(self.name, trigger, dependency))
        if lost:
            self.around.tell(
                "dropped", f"{self.part}/{trigger}", dependency, f"{lost} queued, its consumer is deleted"
            )

    # -- conditionsReset

    def _watch_resets(self, trigger: Trigger) -> None:
        last = -math.inf
        for criterion in trigger.manifest["template"].get("conditionsReset") or ():
            from depgen import cron  # slow to load, and few reset anything

            by_time = criterion["byTime"]
            zone = ZoneInfo(by_time.get("timezone") or self.zone)
            schedule = cron.parse(by_time["cron"])
            last = max(last, _previous(schedule, self.around.clock.now, zone))
            self._resets.append(self.around.clock.start(self._reset_at(trigger, schedule, zone)))
        if last > -math.inf:
            trigger.waiting().forget_before(last)

    def _reset_at(self, trigger: Trigger, schedule: cron.Schedule, zone: ZoneInfo) -> Iterator[float]:
        while True:
            now = datetime.fromtimestamp(self.around.clock.now, zone)
            tick = schedule.next(now, zone)
            if tick is None:
                return
            yield tick.timestamp()
            trigger.reset()


def _names(text: str) -> list[str]:
    for sign in ("&&", "||", "(", ")"):
        text = text.replace(sign, " ")
    return text.split()


def _previous(schedule: cron.Schedule, moment: float, zone: ZoneInfo) -> float:
    """The last tick before a moment; minus infinity if there was none in five years."""
    days = 1
    while days < 5 * 366:
        end = datetime.fromtimestamp(moment, zone)
        ticks = list(schedule.between(end - timedelta(days=days), end, zone))
        if ticks:
            return ticks[-1].timestamp()
        days *= 8
    return -math.inf
