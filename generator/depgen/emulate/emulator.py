"""Argo Events in memory: EventSources, Sensors and their bus, and the Kubernetes API they work on, on a virtual clock.

It runs manifests, anybody's, and knows nothing of graphs. The same manifests, actions, seed and faults give the same log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any, TypeVar

from depgen import engine
from depgen.emulate import event_buses
from depgen.emulate.api import Api
from depgen.emulate.bus import Bus
from depgen.emulate.clock import Clock
from depgen.emulate.event_source import EventSource
from depgen.emulate.events import Event
from depgen.emulate.faults import Fault, Faults
from depgen.emulate.gojson_text import encoded
from depgen.emulate.happening import Happening
from depgen.emulate.manifest import Manifest, namespace_of
from depgen.emulate.payload import Payload
from depgen.emulate.sensor import Sensor
from depgen.emulate.surroundings import Surroundings
from depgen.emulate.unsupported import KINDS, Unsupported, findings
from depgen.errors import InputError

Key = tuple[str, str, str]
T = TypeVar("T", EventSource, Sensor)


class Emulator:
    """A cluster in which only Argo Events runs. `start`: the first moment, in seconds since 1970. `is_logged`: its log is kept,
    which takes a few lines for each event.

    Raises Unsupported, with all findings, if the manifests hold what cannot be emulated. Objects of other kinds are left alone.
    """

    def __init__(
        self,
        manifests: Iterable[Manifest | None] = (),
        *,
        start: float,
        seed: int = 0,
        faults: Iterable[Fault] = (),
        is_logged: bool = True,
    ) -> None:
        random = Random(seed)  # noqa: S311 - chance that can be repeated is what is wanted
        clock = Clock(start, engine.zone_kept)
        self.api = Api(clock)
        drawn = Faults(faults, Random(seed + 1))  # noqa: S311
        self._around = Surroundings(clock, self.api, random, drawn, is_logged)
        self._manifests: dict[Key, Manifest] = {}
        self._sources: dict[Key, EventSource] = {}
        self._sensors: dict[Key, Sensor] = {}
        self._buses: dict[str, Bus] = {}
        self.apply(manifests)

    @property
    def now(self) -> float:
        """The virtual moment, in seconds since 1970."""
        return self._around.clock.now

    @property
    def log(self) -> list[Happening]:
        """What happened, in order."""
        return self._around.log

    # -- what an operator does

    def apply(self, manifests: Iterable[Manifest | None]) -> None:
        """As kubectl apply: what is new starts, what changed starts anew and loses what it loses then, the rest goes on.

        Sensors start before EventSources, so that what an EventSource tells at its start is heard. None is an empty
        document, as YAML readers give it.
        """
        wanted = [m for m in manifests if m and m.get("kind") in KINDS]
        found = findings(wanted)
        if found:
            raise Unsupported(found)
        for kind in ("EventBus", "Sensor", "EventSource"):
            for manifest in wanted:
                if manifest["kind"] == kind:
                    self._apply(manifest)

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """As kubectl delete. What a Sensor had on the bus stays there, and is found by one of the same name."""
        key = (kind, namespace, name)
        if self._manifests.pop(key, None) is None:
            raise InputError(f"there is no {kind} {namespace}/{name}")
        part = self._sources.pop(key, None) or self._sensors.pop(key, None)
        if part is not None:
            part.stop()
        self._around.tell("removed", kind, f"{namespace}/{name}")

    def publish(self, source: str, event: str, payload: Any) -> None:
        """An event from outside: `payload` is what a Sensor finds as the event's data, such as `{"header": {}, "body": {}}`
        of a webhook. An EventSource of that name among the manifests has to be up; one that is not there is taken to be.
        """
        carried = Payload(encoded(payload))
        there = [s for s in self._sources.values() if s.name == source]
        for known in there:
            known.dispatch(event, _kind_of(known, event), carried)
        if there:
            return
        for bus in self._all_buses():
            if bus.is_down:
                self._around.tell(
                    "dropped", f"eventsource/{source}", f"{source}/{event}", "the bus cannot be reached"
                )
                continue
            self._around.tell("event", f"eventsource/{source}", f"{source}/{event}")
            bus.publish(Event(self._around.new_id(), source, event, "", self.now, carried), self.now)

    # -- time

    def at(self, moment: float, action: Callable[[], object]) -> None:
        """Do something at a moment."""
        self._around.clock.at(moment, action)

    def run_until(self, moment: float) -> None:
        """All that happens up to and including a moment."""
        self._around.clock.run_until(moment)

    # -- what fails

    def stop(self, part: str) -> None:
        """Kill a part: `eventsource/etl`, `sensor/etl-submit`, `bus` (all buses) or `api`. What it was doing is not finished."""
        self._around.tell("crash", part, "")
        if part == "api":
            self.api.stop()
        elif part == "bus":
            for bus in self._all_buses():
                bus.is_down = True
            for sensor in self._sensors.values():
                sensor.bus_lost()
        else:
            for found in self._parts(part):
                found.stop()

    def start(self, part: str) -> None:
        """Start what was stopped; nothing happens to what is up."""
        self._around.tell("restart", part, "")
        if part == "api":
            self.api.start()
        elif part == "bus":
            self._start_bus()
        else:
            for found in self._parts(part):
                if not found.is_up:
                    self._begin(found)

    def restart(self, part: str, down: float = 0) -> None:
        """Kill a part, and start it so many seconds later."""
        self.stop(part)
        if down:
            self.at(self.now + down, lambda: self.start(part))
        else:
            self.start(part)

    # -- inside

    def _apply(self, manifest: Manifest) -> None:
        key = (manifest["kind"], namespace_of(manifest), manifest["metadata"]["name"])
        old = self._manifests.get(key)
        self._manifests[key] = manifest
        if old is not None and old["spec"] == manifest["spec"]:
            return
        self._around.tell("applied", key[0], f"{key[1]}/{key[2]}", "changed" if old else "new")
        if manifest["kind"] == "EventBus":
            return
        if manifest["kind"] == "Sensor":
            self._replace(self._sensors, key, Sensor(manifest, self._bus(manifest), self._around))
        else:
            self._replace(self._sources, key, EventSource(manifest, self._bus(manifest), self._around))

    def _replace(self, parts: dict[Key, T], key: Key, new: T) -> None:
        old = parts.get(key)
        if old is not None:
            old.stop()
        parts[key] = new
        self._begin(new)

    def _begin(self, part: EventSource | Sensor) -> None:
        """Processes that find no bus start when it is there."""
        if not part.bus.is_down:
            part.start()

    def _bus(self, manifest: Manifest) -> Bus:
        name, limits = event_buses.bus_of(manifest, self._manifests)
        return self._buses.setdefault(name, Bus(name, limits))

    def _all_buses(self) -> Iterator[Bus]:
        return iter(self._buses.values())

    def _start_bus(self) -> None:
        for bus in self._all_buses():
            bus.is_down = False
            bus.last_up = self.now
        for sensor in self._sensors.values():
            if sensor.is_up:
                sensor.bus_back()
            else:
                self._begin(sensor)
        for source in self._sources.values():
            if not source.is_up:
                self._begin(source)

    def _parts(self, part: str) -> list[EventSource | Sensor]:
        everything: list[EventSource | Sensor] = [*self._sources.values(), *self._sensors.values()]
        found = [thing for thing in everything if thing.part == part]
        if not found:
            known = ", ".join(sorted({thing.part for thing in everything}))
            raise InputError(f'there is no part "{part}"; there are api, bus, {known}')
        return found


def _kind_of(source: EventSource, event: str) -> str:
    return next(
        (kind for kind in ("webhook", "resource", "calendar") if event in source.spec.get(kind, {})), ""
    )
