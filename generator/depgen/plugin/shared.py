"""A cluster as the judgement sees it: Workflows out of memory, all other reads shared with whoever asks the same.

It can be read only. What it does not know, it asks for, as whoever serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from depgen.cluster.api import WORKFLOWS, Change, Cluster, Object, Resource
from depgen.cluster.checking import selectors
from depgen.errors import InternalError
from depgen.plugin.reads import Clock, Reads

# How old a ledger or a Sensor may be: nobody waits for a check to the second.
AGE = 1.0


class SharedCluster:
    """`Cluster` for one question about `namespace`, whose Workflows are given."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        workflows: Callable[[], Sequence[Object]],
        reads: Reads,
        clock: Clock,
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._workflows = workflows
        self._reads = reads
        self._clock = clock

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        """Every object that the selector chooses."""
        if (resource, namespace) == (WORKFLOWS, self._namespace):
            yield from (thing for thing in self._workflows() if _is_chosen(thing, selector))
            return
        yield from self._read(
            ("list", resource, namespace, selector),
            lambda: tuple(self._cluster.list(resource, namespace, selector)),
        )

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object; None if there is none."""
        if (resource, namespace) == (WORKFLOWS, self._namespace):
            return next((w for w in self._workflows() if w["metadata"]["name"] == name), None)
        found: Object | None = self._read(
            ("get", resource, namespace, name), lambda: self._cluster.get(resource, namespace, name)
        )
        return found

    def can_i(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        """Whether a user may do that."""
        return self._cluster.can_i(user, namespace, verb, resource)

    def server_version(self) -> str:
        """The API server's version."""
        return self._cluster.server_version()

    def server_time(self) -> float:
        """The API server's clock."""
        return self._cluster.server_time()

    def watch(
        self, resource: Resource, namespace: str, selector: str = "", timeout: float | None = None
    ) -> Iterator[Change]:
        """Nobody waits here."""
        _refuse()

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        """Nobody writes here."""
        _refuse()

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """Nobody writes here."""
        _refuse()

    def delete(self, resource: Resource, namespace: str, name: str) -> bool:
        """Nobody writes here."""
        _refuse()

    def _read(self, key: tuple[object, ...], fetch: Callable[[], Any]) -> Any:
        return self._reads.since(key, self._clock() - AGE, fetch)


def _is_chosen(thing: Object, selector: str) -> bool:
    return not selector or selectors.matches(selector, thing["metadata"].get("labels") or {})


def _refuse() -> NoReturn:
    raise InternalError("a check tried to write to the cluster, or to wait for it")
