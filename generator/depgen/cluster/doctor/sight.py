"""What the checks look at: each list is read once, whatever number of checks ask for it.

A read that the API refused is remembered too, so that all checks that need it say the same, and none asks again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from itertools import islice
from typing import Any, NamedTuple, TypeVar, cast

from depgen.cluster.api import Cluster, ClusterError, Object, Resource

T = TypeVar("T")


class Offset(NamedTuple):
    """How far another clock is ahead of this machine's: somewhere from `least` to `most` seconds."""

    least: float
    most: float

    @property
    def seconds(self) -> float:
        """The smallest offset that explains what was seen, 0 if the clocks may agree."""
        return 0.0 if self.least <= 0 <= self.most else min(self.least, self.most, key=abs)


class Sight:
    """A cluster, read at most once. `clock` is this machine's, in seconds since 1970."""

    def __init__(self, cluster: Cluster, clock: Callable[[], float]) -> None:
        self._cluster = cluster
        self._clock = clock
        self._seen: dict[Hashable, Any] = {}

    @property
    def now(self) -> float:
        """This machine's time."""
        return self._clock()

    def all(self, resource: Resource, namespace: str, selector: str = "") -> list[Object]:
        """Every such object; `namespace` "" is all of them."""
        return self._once(
            (resource, namespace, selector), lambda: list(self._cluster.list(resource, namespace, selector))
        )

    def some(self, resource: Resource, namespace: str, selector: str, most: int) -> list[Object]:
        """The first of such objects; no more pages are read than these need."""
        return self._once(
            (resource, namespace, selector, most),
            lambda: list(islice(self._cluster.list(resource, namespace, selector), most)),
        )

    def one(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object; None if there is none."""
        return self._once(
            (resource, namespace, name, "get"), lambda: self._cluster.get(resource, namespace, name)
        )

    def may(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        """Whether a user may do that."""
        return self._once(
            (user, namespace, verb, resource), lambda: self._cluster.can_i(user, namespace, verb, resource)
        )

    def version(self) -> str:
        """The API server's."""
        return self._once("version", self._cluster.server_version)

    def offset(self) -> Offset:
        """Of the API server's clock, which is told to the second."""
        return self._once("offset", self._offset)

    def _offset(self) -> Offset:
        before = self._clock()
        told = math.floor(self._cluster.server_time())
        return Offset(told - self._clock(), told + 1 - before)

    def _once(self, key: Hashable, read: Callable[[], T]) -> T:
        if key not in self._seen:
            try:
                self._seen[key] = read()
            except ClusterError as refusal:
                self._seen[key] = refusal
        found = self._seen[key]
        if isinstance(found, ClusterError):
            raise found
        return cast(T, found)
