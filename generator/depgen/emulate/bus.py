"""A JetStream bus: one stream, a durable consumer for each (Sensor, trigger, dependency), and the Sensors' key-value store.

What a newcomer gets wrong: a consumer lives on the bus, not in the Sensor. It keeps what comes while the Sensor is down,
begins at new messages when it is made, and what was delivered but not acked comes again after 30 seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from depgen.emulate.audience import Audience
from depgen.emulate.events import Event
from depgen.emulate.jq_guards import Guard
from depgen.emulate.payload import Change
from depgen.emulate.screen import Screen, lacking

ACK_WAIT = 30.0


class Limits(NamedTuple):
    """What the stream keeps: the controller's defaults, or those of the EventBus."""

    messages: int = 50_000
    age: float = 168 * 3600.0
    payload: int = 1024 * 1024
    duplicates: float = 300.0


class Message(NamedTuple):
    """An event on the stream."""

    sequence: int
    time: float
    event: Event


@dataclass(slots=True)
class Delivery:
    """A message that waits in a consumer; `not_before` if it was delivered once without being acked.

    `is_still`: for all that the consumer's screen knows it changes nothing for the trigger, as of that `turn`.
    """

    message: Message
    not_before: float = 0.0
    is_still: bool = False
    turn: int = 0


@dataclass(eq=False, slots=True)
class Consumer:
    """What waits for one dependency of one trigger. `arrived` is told of each message while somebody is bound."""

    subject: str
    queue: list[Delivery] = field(default_factory=list)
    screen: Screen | None = None
    guard: Guard | None = None
    arrived: Callable[[Consumer, Message], None] | None = None


class ConsumerKey(NamedTuple):
    """The durable name, before it is hashed."""

    sensor: str
    trigger: str
    dependency: str


@dataclass
class Store:
    """The key-value bucket of a Sensor: what it was like when it last started, and the events that wait for an AND."""

    dependencies: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    saved: dict[tuple[str, str], tuple[float, Event]] = field(default_factory=dict)


class Bus:
    """`is_down`: nobody reaches it. `last_up`: when it last came up again."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.is_down = False
        self.last_up = 0.0
        self.consumers: dict[ConsumerKey, Consumer] = {}
        self.stores: dict[str, Store] = {}
        self._by_subject: dict[str, list[Consumer]] = {}
        self._audiences: dict[str, Audience] = {}
        self._sequence = 0
        self._seen: dict[str, float] = {}
        self._last: dict[tuple[str, str, str], str] = {}

    def publish(self, event: Event, now: float) -> bool:
        """Put an event on the stream; False if one of the same id came in the duplicate window."""
        self._forget(now)
        if event.id in self._seen:
            return False
        self._seen[event.id] = now
        self._sequence += 1
        message = Message(self._sequence, now, event)
        payload = event.payload
        change = payload if isinstance(payload, Change) else None
        audience = self._audience(subject(event.source, event.subject))
        is_screened = change is not None and audience.is_screened
        entries = self._changed(event, change) if change is not None and is_screened else None
        told = list(audience.of(entries))
        if change is not None:
            told = _concerned(told, change, entries)
        for consumer in told:
            screen = consumer.screen
            if screen is not None and change is not None:
                delivery = Delivery(message, 0.0, screen.is_still(entries), screen.turn(change))
            else:
                delivery = Delivery(message)
            consumer.queue.append(delivery)
            if consumer.arrived is not None:
                consumer.arrived(consumer, message)
        return True

    def _changed(self, event: Event, change: Change) -> list[str] | None:
        """The entries that an update changed; None if more may have changed since the last one that was heard of."""
        key = (event.source, event.subject, change.object)
        before = self._last.get(key)
        self._last[key] = change.new.version
        return change.entries() if change.follows(before) else None

    def _audience(self, of: str) -> Audience:
        found = self._audiences.get(of)
        if found is None:
            found = self._audiences[of] = Audience(self._by_subject.get(of, ()))
        return found

    def is_kept(self, message: Message, now: float) -> bool:
        """Whether the stream still has it: the oldest go first, without a word."""
        limits = self.limits
        return message.sequence > self._sequence - limits.messages and message.time > now - limits.age

    def consumer(self, key: ConsumerKey, of: str) -> Consumer:
        """The consumer of that name; a new one gets what comes from now on."""
        self._audiences.pop(of, None)  # whoever binds it says anew what it is interested in
        found = self.consumers.get(key)
        if found is None:
            found = self.consumers[key] = Consumer(of)
            self._by_subject.setdefault(of, []).append(found)
        return found

    def delete_consumer(self, key: ConsumerKey) -> int:
        """With all that waits in it; how much that was."""
        found = self.consumers.pop(key, None)
        if found is None:
            return 0
        self._by_subject[found.subject].remove(found)
        self._audiences.pop(found.subject, None)
        return len(found.queue)

    def _forget(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] > now - self.limits.duplicates:
                break
            del self._seen[oldest]


def _concerned(
    consumers: Sequence[Consumer], change: Change, entries: Sequence[str] | None
) -> list[Consumer]:
    """Those that have to be told of a change; to the others it would make no difference."""
    found, screens = [], []
    for consumer in consumers:
        screen, guard = consumer.screen, consumer.guard
        if guard is not None and not guard.lets(change.new.labels):
            continue
        if screen is not None:
            if not screen.concerns(change, entries):
                continue
            screens.append(screen)
        found.append(consumer)
    lacks = lacking(screens, change, entries)
    return [consumer for consumer in found if consumer.screen not in lacks] if lacks else found


def subject(source: str, event: str) -> str:
    """Where events of that name go."""
    return f"default.{source}.{event}"
