"""A cluster as the judgement sees it: Workflows out of memory, all other reads shared with whoever asks the same.

It can be read only, and holds nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from depgen.cluster.api import WORKFLOWS, Change, Cluster, Object, Resource
from depgen.cluster.checking import selectors
from depgen.errors import InternalError
from depgen.plugin.mirror import Mirror, trimmed
from depgen.plugin.reads import Reads

# Between two lists of all Workflows.
APART = 0.5


class SharedCluster:
    """`Cluster` for one question. What is read of the API is read after `moment`, on the clock of `reads`.

    Workflows are those of `mirror`; without one they are read too, a whole namespace at once.
    """

    def __init__(self, cluster: Cluster, reads: Reads, moment: float, mirror: Mirror | None = None) -> None:
        self._cluster = cluster
        self._reads = reads
        self._moment = moment
        self._mirror = mirror

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        """Every object that the selector chooses."""
        if resource == WORKFLOWS:
            yield from (thing for thing in self._workflows(namespace) if _is_chosen(thing, selector))
            return
        yield from self._read(
            ("list", resource, namespace, selector),
            lambda: tuple(self._cluster.list(resource, namespace, selector)),
        )

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object; None if there is none."""
        if resource == WORKFLOWS:
            found = (thing for thing in self._workflows(namespace) if thing["metadata"]["name"] == name)
            return next(found, None)
        read: Object | None = self._read(
            ("get", resource, namespace, name), lambda: self._cluster.get(resource, namespace, name)
        )
        return read

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

    def _workflows(self, namespace: str) -> Sequence[Object]:
        if self._mirror is not None and self._mirror.namespace == namespace:
            return self._mirror.workflows()
        found: Sequence[Object] = self._read(
            ("list", WORKFLOWS, namespace),
            lambda: tuple(map(trimmed, self._cluster.list(WORKFLOWS, namespace))),
            APART,
        )
        return found

    def _read(self, key: tuple[object, ...], fetch: Callable[[], Any], apart: float = 0.0) -> Any:
        return self._reads.since(key, self._moment, fetch, apart)


def _is_chosen(thing: Object, selector: str) -> bool:
    return not selector or selectors.matches(selector, thing["metadata"].get("labels") or {})


def _refuse() -> NoReturn:
    raise InternalError("a check tried to write to the cluster, or to wait for it")
