"""A trigger at work: it takes one message after the other, and acks it when its action is over.

What a newcomer gets wrong:
- Triggers work side by side, each with its own queues; within one, everything waits for the action that runs, its
  retries included.
- Without `atLeastOnce` a message is acked before the action runs: no retry, no dlqTrigger, and a crash loses it.
- With `&&` the last event of each dependency is kept until the conditions are met; then all are forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from typing import Any

from depgen.cluster.api import ClusterError
from depgen.emulate.action import Action, Sender
from depgen.emulate.backoff import backoff
from depgen.emulate.bus import ACK_WAIT, Bus, Consumer, ConsumerKey, Delivery, Message, subject
from depgen.emulate.clock import Steps, Task
from depgen.emulate.conditions import Conditions
from depgen.emulate.dependency import Dependency, DiscardedError
from depgen.emulate.events import Event
from depgen.emulate.parameters import ParameterError
from depgen.emulate.throttle import RateLimit
from depgen.emulate.waiting import Waiting

# How often a Sensor says that it is still at it, which puts off the redelivery.
PROGRESS = 0.5
# How long a trigger knows the ids of its messages.
REMEMBERED = 60.0
_UNITS = {"Second": 1.0, "Minute": 60.0, "Hour": 3600.0}


class Trigger:
    """One trigger of a running Sensor. `died` is called where a fault kills the Sensor."""

    def __init__(
        self,
        manifest: Mapping[str, Any],
        conditions: Conditions,
        dependencies: Mapping[str, Dependency],
        bus: Bus,
        sender: Sender,
    ) -> None:
        self.manifest = manifest
        self.conditions = conditions
        self.bus = bus
        self.sender = sender
        self.clock = sender.around.clock
        self.action = Action(manifest, sender)
        self.name = self.action.name
        self.dead_letter = Action(manifest["dlqTrigger"], sender) if manifest.get("dlqTrigger") else None
        self.limit = _limit(manifest.get("rateLimit"))
        self.takes: dict[tuple[str, str], list[Dependency]] = {}
        for name in conditions.names:
            dependency = dependencies[name]
            self.takes.setdefault((dependency.source, dependency.event), []).append(dependency)
        self.is_connected = False
        self.wants_reset = False
        self._consumers: list[Consumer] = []
        self._recent: dict[str, float] = {}
        self._task: Task | None = None
        self._alone: list[Task] = []
        self._is_called = False
        self._at_work: tuple[Consumer, Delivery, float] | None = None

    # -- connection

    def connect(self) -> None:
        """Subscribe: of dependencies on the same event, the last one names the consumer."""
        self.is_connected = True
        self._recent.clear()
        self._consumers = []
        for (source, event), dependencies in self.takes.items():
            key = ConsumerKey(self.sender.sensor, self.name, dependencies[-1].name)
            consumer = self.bus.consumer(key, subject(source, event))
            consumer.arrived = self._arrived
            consumer.screen = dependencies[0].screen() if len(dependencies) == 1 else None
            is_open = consumer.screen is None and len(dependencies) == 1
            consumer.guard = dependencies[0].guard() if is_open else None
            self._consumers.append(consumer)
        self._call()

    def disconnect(self) -> None:
        """The connection is lost: what was delivered comes again, 30 seconds after the last sign of life."""
        if not self.is_connected:
            return
        self.is_connected = False
        now = self.clock.now
        began = now
        if self._at_work is not None:
            consumer, delivery, began = self._at_work
            alive = began + PROGRESS * math.floor((now - began) / PROGRESS)
            delivery.not_before = alive + ACK_WAIT
            self._at_work = None
        for consumer in self._consumers:
            consumer.arrived = None
            ahead = next((d for d in consumer.queue if d.not_before <= now), None)
            if ahead is not None and self._task is not None:
                ahead.not_before = max(ahead.message.time, began) + ACK_WAIT

    def stop(self) -> None:
        """The process is gone, and what it was doing."""
        self.disconnect()
        for task in (*self._alone, *([self._task] if self._task else ())):
            task.end()
        self._task = None
        self._alone.clear()

    def reset(self) -> None:
        """conditionsReset: forget what waits for an AND, after the message at hand."""
        self.wants_reset = True
        self._call()

    # -- messages

    def _arrived(self, consumer: Consumer, message: Message) -> None:
        if self._task is None and not self._is_called:
            self._call()

    def _call(self) -> None:
        self._is_called = True
        self.clock.soon(self._work)

    def _work(self) -> None:
        self._is_called = False
        if self._task is None and self.is_connected:
            task = Task(self.clock, self._steps())
            self._task = task
            task.go_on()

    def _steps(self) -> Steps:
        while self.is_connected:
            if self.wants_reset:
                self._forget()
            picked = self._next()
            if picked is None:
                break
            consumer, place = picked
            delivery = consumer.queue[place]
            if delivery.not_before:
                event = delivery.message.event
                self._tell("redelivered", f"{event.source}/{event.subject}")
            self._at_work = (consumer, delivery, self.clock.now)
            yield from self._process(consumer, delivery)
            if self._at_work is not None:
                self._at_work = None
                del consumer.queue[place]
        self._task = None

    def _next(self) -> tuple[Consumer, int] | None:
        """The oldest message that may be delivered, and its place."""
        best: tuple[int, Consumer, int] | None = None
        later = math.inf
        now = self.clock.now
        for consumer in self._consumers:
            while consumer.queue and not self.bus.is_kept(consumer.queue[0].message, now):
                del consumer.queue[0]
            for place, delivery in enumerate(consumer.queue):
                if delivery.not_before > now:
                    later = min(later, delivery.not_before)
                    continue
                if best is None or delivery.message.sequence < best[0]:
                    best = (delivery.message.sequence, consumer, place)
                break
        if best is None:
            if later < math.inf:
                self.clock.at(later, self._work)
            return None
        return best[1], best[2]

    def _process(self, consumer: Consumer, delivery: Delivery) -> Steps:
        message, event = delivery.message, delivery.message.event
        if event.id in self._recent:
            return
        acts = False
        for dependency in self.takes[event.source, event.subject]:
            try:
                taken = dependency.taken(event, self.clock.now + self.sender.skew)
            except DiscardedError as error:
                self._tell("discarded", f"{event.source}/{event.subject}", str(error))
                acts = True
                continue
            if taken is not None:
                acts = True
                yield from self._received(dependency.name, taken, message)
        self._remember(event.id)
        if consumer.screen is not None and not acts:
            consumer.screen.passed_over(event.payload, delivery.turn, delivery.is_still)

    def _remember(self, event: str) -> None:
        now = self.clock.now
        self._recent[event] = now
        while now - self._recent[oldest := next(iter(self._recent))] > REMEMBERED:
            del self._recent[oldest]

    # -- conditions

    def _received(self, name: str, event: Event, message: Message) -> Steps:
        if not self.conditions.has_and:
            yield from self._act({name: event})
            return
        saved = self.waiting().saved()
        there = {known: known in saved or known == name for known in self.conditions.names}
        if self.conditions.is_met(there):
            yield from self._act({**saved, name: event})
            self._forget()
        else:
            self.waiting().save(name, message.time, event)

    def _forget(self) -> None:
        if self.wants_reset:
            self.wants_reset = False
            self._tell("reset", ", ".join(self.waiting().saved()))
        self.waiting().forget()

    def waiting(self) -> Waiting:
        """What waits for its AND."""
        return Waiting(self.bus.stores[self.sender.sensor], self.name, self.conditions.names)

    # -- actions

    def _act(self, events: Mapping[str, Event]) -> Steps:
        what = ", ".join(sorted(f"{event.source}/{event.subject}" for event in events.values()))
        self._tell("fired", what)
        if not self.manifest.get("atLeastOnce"):
            self._start_alone(self.action, events, self.limit)
            return
        error = yield from self._tried(self.action, self.manifest, events, self.limit)
        if error is not None:
            yield from self._given_up(events)
        fault = self.sender.around.faults.strike(("crash",), f"sensor/{self.sender.sensor}", self.clock.now)
        if fault is not None:
            self.sender.die(fault.seconds)
            yield math.inf

    def _given_up(self, events: Mapping[str, Event]) -> Steps:
        if self.dead_letter is None:
            self._tell("failed", self.name)
            return
        self._tell("dlq", self.dead_letter.name)
        manifest = self.manifest["dlqTrigger"]
        if not manifest.get("atLeastOnce"):
            self._start_alone(self.dead_letter, events, None)
            return
        error = yield from self._tried(self.dead_letter, manifest, events, None)
        if error is not None:
            self._tell("failed", self.dead_letter.name)

    def _tried(
        self,
        action: Action,
        manifest: Mapping[str, Any],
        events: Mapping[str, Event],
        limit: RateLimit | None,
    ) -> Generator[float, None, str | None]:
        """As often as the retryStrategy says; the last error, None if it went well."""
        error = yield from self._once(action, events, limit)
        if error is None:
            return None
        for wait in backoff(manifest.get("retryStrategy")).waits(self.sender.around.random):
            self._tell("retried", action.name, f"after {wait:.3f} s")
            yield self.clock.now + wait
            error = yield from self._once(action, events, limit)
            if error is None:
                return None
        return error

    def _once(
        self, action: Action, events: Mapping[str, Event], limit: RateLimit | None
    ) -> Generator[float, None, str | None]:
        if limit is not None:
            yield limit.take(self.clock.now)
        try:
            yield from action.run(events)
        except (ClusterError, ParameterError) as error:
            self._tell("refused", action.name, str(error))
            return str(error)
        return None

    def _start_alone(self, action: Action, events: Mapping[str, Event], limit: RateLimit | None) -> None:
        """Run an action that nobody waits for."""

        def steps() -> Steps:
            yield from self._once(action, events, limit)

        self._alone = [task for task in self._alone if task.steps is not None]
        self._alone.append(self.clock.start(steps()))

    def _tell(self, kind: Any, what: str, detail: str = "") -> None:
        self.sender.around.tell(kind, self.action.who, what, detail)


def _limit(manifest: Mapping[str, Any] | None) -> RateLimit | None:
    if not manifest:
        return None
    return RateLimit(manifest["requestsPerUnit"], _UNITS[manifest.get("unit") or "Second"])
