"""The Workflows of a namespace in memory, kept by one list and one watch.

What a newcomer gets wrong: a cache that was not read whole, or whose watch is gone, says "there is no such run" as
surely as one that knows. So nobody may read it unless `is_current`. It keeps of a Workflow what a check can need, which
is a fraction of it: the steps of a run, its templates and what clients noted are not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from threading import Condition, Event, Thread
from typing import Any, Protocol

from depgen.cluster.api import WORKFLOWS, Change, Cluster, ClusterError, Object, Resource

# Some 4 KB each, and again while a list makes sure of a no: well within what the manifest asks for. With more, every
# question is asked of the API.
MOST = 25_000
# The API server says at least that nothing has changed about once a minute.
SILENCE = 100.0
PAUSE = 2.0

# What `cluster.checking` reads of a Workflow.
_METADATA = ("name", "namespace", "labels", "creationTimestamp")
_SPEC = ("workflowTemplateRef", "shutdown")
_STATUS = ("phase", "startedAt", "finishedAt")

Clock = Callable[[], float]


class Live(Cluster, Protocol):
    """A cluster whose watches say that they are heard of."""

    def watch(
        self,
        resource: Resource,
        namespace: str,
        selector: str = "",
        timeout: float | None = None,
        heard: Callable[[], None] | None = None,
    ) -> Iterator[Change]:
        """As a Cluster's; `heard` is called when a list was given whole, and at each word of the server after it."""
        ...


class Mirror:
    """The Workflows of one namespace. `follow` runs in a thread of its own; all else may be called by any."""

    def __init__(self, cluster: Live, namespace: str, clock: Clock = time.monotonic) -> None:
        self.namespace = namespace
        self._cluster = cluster
        self._clock = clock
        self._said = Condition()
        self._workflows: dict[str, Object] = {}
        self._coming: dict[str, Object] = {}
        self._heard_at: float | None = None
        self._error: ClusterError | None = None
        self._is_too_large = False

    @property
    def is_current(self) -> bool:
        """Whether all Workflows are here as they are now, but for what is on its way."""
        heard = self._heard_at
        return heard is not None and self._clock() - heard < SILENCE

    @property
    def is_too_large(self) -> bool:
        """Whether there are more Workflows than are kept. It does not change any more."""
        return self._is_too_large

    @property
    def error(self) -> ClusterError | None:
        """Why it is not current, if the API said so."""
        return self._error

    def workflows(self) -> list[Object]:
        """All of them, as they are; nobody may write into them."""
        with self._said:
            return list(self._workflows.values())

    def find(self, name: str) -> Object | None:
        """The one of that name."""
        with self._said:
            return self._workflows.get(name)

    def wait(self, seconds: float) -> bool:
        """Whether it is current, within that time; it does not wait for what the API has refused."""
        with self._said:
            self._said.wait_for(lambda: self.is_current or self._is_too_large or self._error, seconds)
        return self.is_current

    def start(self, stop: Event) -> None:
        """Follow from a thread that ends with the process, or soon after `stop` is set."""
        Thread(target=self.follow, args=(stop,), name=f"mirror-{self.namespace}", daemon=True).start()

    def follow(self, stop: Event) -> None:
        """List and watch until `stop` is set, and anew whenever the API refuses."""
        while not stop.is_set() and not self._is_too_large:
            self._coming = {}
            try:
                for change in self._cluster.watch(WORKFLOWS, self.namespace, heard=self._heard):
                    self._take(change)
                    if stop.is_set() or self._is_too_large:
                        return
            except ClusterError as error:
                self._lost(error)
            else:
                self._lost(None)
            stop.wait(PAUSE)

    def _take(self, change: Change) -> None:
        name = change.object["metadata"]["name"]
        with self._said:
            if change.type == "DELETED":
                self._coming.pop(name, None)
            else:
                self._coming[name] = trimmed(change.object)
            if len(self._coming) > MOST:
                self._is_too_large = True
                self._workflows, self._coming, self._heard_at = {}, {}, None
                self._said.notify_all()

    def _heard(self) -> None:
        with self._said:
            self._workflows = self._coming
            self._heard_at, self._error = self._clock(), None
            self._said.notify_all()

    def _lost(self, error: ClusterError | None) -> None:
        with self._said:
            self._heard_at, self._error = None, error
            self._said.notify_all()


def trimmed(workflow: Mapping[str, Any]) -> Object:
    """What is kept of a Workflow."""
    return {
        "apiVersion": WORKFLOWS.api_version,
        "kind": WORKFLOWS.kind,
        "metadata": _some(workflow["metadata"], _METADATA),
        "spec": _some(workflow.get("spec"), _SPEC),
        "status": _some(workflow.get("status"), _STATUS) | _own_node(workflow),
    }


def _own_node(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """Of its steps the whole one alone: a Workflow that was terminated is told by it."""
    name = workflow["metadata"]["name"]
    node = ((workflow.get("status") or {}).get("nodes") or {}).get(name)
    return {"nodes": {name: _some(node, ("phase",))}} if node else {}


def _some(part: Mapping[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: part[name] for name in names if name in part} if part else {}
