"""An EventSource process: what it listens to becomes events on its bus.

What a newcomer gets wrong: while the bus cannot be reached an event is lost at once, and after it came up again the
process connects at its next tick of 5 seconds only. An event that is too large for the bus is tried five times, which
holds up the events behind it, and is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from depgen.emulate import backoff
from depgen.emulate.bus import Bus
from depgen.emulate.events import Event
from depgen.emulate.faults import EVENTS
from depgen.emulate.manifest import zone_name
from depgen.emulate.payload import Payload
from depgen.emulate.resource_events import ResourceListener
from depgen.emulate.surroundings import Surroundings

RECONNECT = 5.0
# What the CloudEvent around a payload and the headers of its message take.
ENVELOPE = 300


class Listener(Protocol):
    """What makes events of one name."""

    def start(self) -> None:
        """Begin to listen."""
        ...

    def stop(self) -> None:
        """Listen no longer."""
        ...


class EventSource:
    """One EventSource and its process."""

    def __init__(self, manifest: Mapping[str, Any], bus: Bus, around: Surroundings) -> None:
        self.spec: Mapping[str, Any] = manifest["spec"]
        self.name = str(manifest["metadata"]["name"])
        self.part = f"eventsource/{self.name}"
        self.bus = bus
        self.around = around
        self.is_up = False
        self.began = around.clock.now
        self.skew = around.faults.skew(self.part)
        self._held: list[Callable[[], None]] = []
        self._blocked: dict[str, float] = {}
        zone = ZoneInfo(zone_name(self.spec))
        self._listeners: list[Listener] = []
        for name, event in self.spec.get("resource", {}).items():
            self._listeners.append(ResourceListener(self._outlet(name, "resource"), event, around))
        for name, event in self.spec.get("calendar", {}).items():
            from depgen.emulate.calendar_events import CalendarListener  # slow to load, and few tick

            outlet = self._outlet(name, "calendar")
            self._listeners.append(CalendarListener(outlet, event, zone, self.skew, around.clock))

    def start(self) -> None:
        """The process begins, or begins anew: what it watches is told again."""
        self.is_up = True
        self.began = self.around.clock.now
        for listener in self._listeners:
            listener.start()

    def stop(self) -> None:
        """The process is gone, and with it what it held."""
        self.is_up = False
        self._held.clear()
        self._blocked.clear()
        for listener in self._listeners:
            listener.stop()

    def dispatch(self, name: str, kind: str, payload: Payload) -> None:
        """An event of that name happened."""
        if not self.is_up:
            self._drop(name, "the EventSource is down")
            return
        now, target = self.around.clock.now, f"{self.name}/{name}"
        fault = self.around.faults.strike(EVENTS, target, now)
        if fault is None:
            self._send(name, kind, payload)
            self._let_go()
            return
        self.around.tell("fault", self.part, target, fault.kind)
        if fault.kind == "duplicate":
            self._send(name, kind, payload)
            self._send(name, kind, payload)
        elif fault.kind == "delay":
            late = now + self.around.faults.some(fault.seconds)
            self.around.clock.at(late, lambda: self._send(name, kind, payload))
        elif fault.kind == "reorder":
            self._held.append(lambda: self._send(name, kind, payload))
            self.around.clock.at(now + fault.seconds, self._let_go)

    def _outlet(self, name: str, kind: str) -> Callable[[Payload], None]:
        return lambda payload: self.dispatch(name, kind, payload)

    def _let_go(self) -> None:
        held, self._held[:] = tuple(self._held), ()
        for send in held:
            send()

    def _send(self, name: str, kind: str, payload: Payload) -> None:
        now, blocked = self.around.clock.now, self._blocked.get(name, 0.0)
        if blocked > now:
            life = self.began
            self.around.clock.at(blocked, lambda: self._send_late(life, name, kind, payload))
            return
        if self.bus.is_down or self.connected_at() > now:
            self._drop(name, "the bus cannot be reached")
        elif self._is_too_large(payload):
            self._blocked[name] = now + sum(backoff.DEFAULT.waits(self.around.random))
            self._drop(name, f"larger than max_payload, {self.bus.limits.payload} bytes")
        else:
            event = Event(self.around.new_id(), self.name, name, kind, now + self.skew, payload)
            self.around.tell("event", self.part, f"{self.name}/{name}")
            self.bus.publish(event, now)
            self._perhaps_crash()

    def _send_late(self, life: float, name: str, kind: str, payload: Payload) -> None:
        """What waited in a process that is gone meanwhile is gone too."""
        if self.is_up and self.began == life:
            self._send(name, kind, payload)

    def connected_at(self) -> float:
        """Since when the process has been connected to the bus, or will be."""
        if self.bus.last_up <= self.began:
            return self.began
        return self.began + RECONNECT * math.ceil((self.bus.last_up - self.began) / RECONNECT)

    def _is_too_large(self, payload: Payload) -> bool:
        most = (self.bus.limits.payload - ENVELOPE) // 4 * 3  # it travels as base64
        return payload.most_bytes > most and payload.bytes > most

    def _drop(self, name: str, why: str) -> None:
        self.around.tell("dropped", self.part, f"{self.name}/{name}", why)

    def _perhaps_crash(self) -> None:
        fault = self.around.faults.strike(("crash",), self.part, self.around.clock.now)
        if fault is not None:
            self.crash(fault.seconds)

    def crash(self, seconds: float) -> None:
        """Die, and be started again after so many seconds."""
        self.around.tell("crash", self.part, "")
        self.stop()
        self.around.clock.at(self.around.clock.now + seconds, self._restart)

    def _restart(self) -> None:
        if not self.is_up:
            self.around.tell("restart", self.part, "")
            self.start()
