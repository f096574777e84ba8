"""A cluster in memory whose watches stay open, for what runs beside it in threads of its own.

FakeCluster's end when nothing is left to happen, because nothing there ever waits. Here a test adds an object, and
whoever watches hears of it; `cut` breaks the watches off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from depgen.cluster.api import Change, ClusterError, Object, Resource
from tests.fakes import FakeCluster


@dataclass
class LiveCluster(FakeCluster):
    """`Live`. Ask for `watching` to know how many watch now."""

    watching: int = 0
    _moved: Condition = field(default_factory=Condition)
    _cuts: int = 0

    def add(self, resource: Resource, namespace: str, *bodies: Mapping[str, Any]) -> None:
        """Objects that are there from now on; watchers hear of them."""
        with self._moved:
            super().add(resource, namespace, *bodies)
            self._moved.notify_all()

    def remove(self, resource: Resource, namespace: str, name: str) -> None:
        """An object that is gone from now on; not counted as a call."""
        with self._moved:
            self.delete(resource, namespace, name)
            self.requests -= 1
            self._moved.notify_all()

    def cut(self) -> None:
        """Every watch ends with an error, as if nobody answered any more."""
        with self._moved:
            self._cuts += 1
            self._moved.notify_all()

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        with self._moved:
            found = [*super().list(resource, namespace, selector)]
        yield from found

    def watch(
        self,
        resource: Resource,
        namespace: str,
        selector: str = "",
        timeout: float | None = None,
        heard: Callable[[], None] | None = None,
    ) -> Iterator[Change]:
        """As the real one's: a list, then a watch, which are two requests."""
        with self._moved:
            place, cuts = len(self._events), self._cuts
            there = self._called("watch", resource, "", lambda: self._matching(resource, namespace, selector))
            self.requests += 1
            self.watching += 1
        try:
            yield from (Change("ADDED", thing) for thing in there)
            while True:
                if heard:
                    heard()
                with self._moved:
                    self._moved.wait_for(lambda at=place: len(self._events) > at or self._cuts > cuts)  # type: ignore[misc]
                    if self._cuts > cuts:
                        raise ClusterError("cannot watch: told to break off")
                    events, place = self._events[place:], len(self._events)
                for of, old, new in events:
                    thing = new or old or {}
                    if of == resource and thing["metadata"]["namespace"] == namespace:
                        yield Change("DELETED" if not new else "MODIFIED" if old else "ADDED", thing)
        finally:
            self.watching -= 1
