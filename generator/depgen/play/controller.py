"""The Workflows controller: what a Sensor submitted starts, holds its mutexes, and ends as it was told to.

It acts a moment after the write that it saw, as the real one does: nothing is written while the API still tells its
watchers of something else. A Workflow that waits for a mutex is Pending and has not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from depgen import naming
from depgen.cluster.api import WORKFLOWS, ClusterError, Object
from depgen.emulate import Emulator, selectors
from depgen.emulate.frozen import Frozen
from depgen.play import begun


class Submitted(NamedTuple):
    """A Workflow that a Sensor created. `node` is `report-missed` for an alert of `report`; `cause` is the text of
    the annotation depgen.io/cause.
    """

    at: float
    graph: str
    node: str
    key: str
    name: str
    params: dict[str, str]
    labels: dict[str, str]
    cause: str


class Ending(NamedTuple):
    """What becomes of a submitted Workflow, so many seconds after it starts."""

    after: float
    phase: str = "Succeeded"
    outputs: Mapping[str, str] = {}


class Controller:
    """Watches the Workflows of an emulator. `submitted` are those that Sensors created, in order; `homes` has the
    namespace of every Workflow there was, and `changes` counts what was written to Workflows of graphs.
    """

    def __init__(self, emulator: Emulator, ending: Callable[[Submitted], Ending | None]) -> None:
        self.submitted: list[Submitted] = []
        self.homes: dict[str, str] = {}
        self.changes = 0
        self._emulator = emulator
        self._ending = ending
        self._holders: dict[tuple[str, str], str] = {}
        self._waiting: list[tuple[str, str, Submitted]] = []
        # What was written by hand, not by a Sensor: those end when they are told to.
        self._own: set[tuple[str, str]] = set()
        emulator.api.follow(WORKFLOWS, "", selectors.parse(naming.LABEL_GRAPH), self._changed)

    def create(self, workflow: Object, started: float) -> None:
        """Somebody else starts a Workflow; it runs at once, and says since when."""
        metadata = workflow["metadata"]
        self._own.add((metadata["namespace"], metadata["name"]))
        begins = {**workflow, **begun.running(started)}
        self._emulator.api.create(WORKFLOWS, metadata["namespace"], begins)

    def end(self, namespace: str, name: str, phase: str, outputs: Mapping[str, str]) -> None:
        """Completes a Workflow, if it is there and has not ended; its mutexes are free again."""
        api, now = self._emulator.api, self._emulator.now
        found = api.read(WORKFLOWS, namespace, name)
        if found is None or _has_ended(found.value):
            return
        api.merge(WORKFLOWS, namespace, name, begun.ended(now, phase, outputs))
        self._release(namespace, name)

    def retry(self, namespace: str, name: str) -> None:
        """`argo retry`: the same Workflow runs again until it is ended."""
        self._own.add((namespace, name))
        self._emulator.api.patch(WORKFLOWS, namespace, name, begun.retried())

    def delete(self, namespace: str, name: str) -> None:
        """The Workflow goes, as its `ttlStrategy` or somebody has it."""
        self._emulator.api.delete(WORKFLOWS, namespace, name)
        self._release(namespace, name)

    # ---- inside ----

    def _changed(self, before: Frozen | None, after: Frozen | None) -> None:
        self.changes += 1
        if before is not None or after is None or (after.namespace, after.name) in self._own:
            return
        where, workflow = (after.namespace, after.name), after.value
        submitted = _submitted(self._emulator.now, workflow)
        self.homes[submitted.name] = after.namespace
        self.submitted.append(submitted)
        self._emulator.at(self._emulator.now, lambda: self._take_up(where, workflow, submitted))

    def _take_up(self, where: tuple[str, str], workflow: Object, submitted: Submitted) -> None:
        wanted = [(where[0], mutex) for mutex in _mutexes(workflow)]
        namespace, name = where
        if any(mutex in self._holders for mutex in wanted):
            self._waiting.append((namespace, name, submitted))
            self._patch(namespace, name, {"status": {"phase": "Pending"}})
            return
        self._holders |= dict.fromkeys(wanted, name)
        self._patch(namespace, name, begun.running(self._emulator.now))
        ending = self._ending(submitted)
        if ending is not None:
            self._emulator.at(
                self._emulator.now + ending.after,
                lambda: self.end(namespace, name, ending.phase, ending.outputs),
            )

    def _patch(self, namespace: str, name: str, body: Object) -> None:
        """The controller tries again for ever; here the API is never away for it."""
        try:
            self._emulator.api.merge(WORKFLOWS, namespace, name, body)
        except ClusterError as error:
            if error.status != 404:
                raise

    def _release(self, namespace: str, name: str) -> None:
        free = [mutex for mutex, holder in self._holders.items() if holder == name and mutex[0] == namespace]
        for mutex in free:
            del self._holders[mutex]
        if not free:
            return
        waiting, self._waiting = self._waiting, []
        for each_namespace, each, submitted in waiting:
            found = self._emulator.api.get(WORKFLOWS, each_namespace, each)
            if found is not None and not _has_ended(found):
                self._take_up((each_namespace, each), found, submitted)


def _has_ended(workflow: Object) -> bool:
    return (workflow["metadata"].get("labels") or {}).get(f"{begun.LABEL}completed") == "true"


def _submitted(at: float, workflow: Object) -> Submitted:
    metadata = workflow["metadata"]
    labels: dict[str, str] = metadata["labels"]
    arguments: dict[str, Any] = (workflow.get("spec") or {}).get("arguments") or {}
    return Submitted(
        at=at,
        graph=labels[naming.LABEL_GRAPH],
        node=labels.get(naming.LABEL_NODE, ""),
        key=labels.get(naming.LABEL_KEY, ""),
        name=metadata["name"],
        params={p["name"]: str(p.get("value")) for p in arguments.get("parameters") or ()},
        labels=labels,
        cause=(metadata.get("annotations") or {}).get(naming.ANNOTATION_CAUSE, ""),
    )


def _mutexes(workflow: Object) -> list[str]:
    """The mutexes of a Workflow, in the two ways of writing them."""
    synchronization = (workflow.get("spec") or {}).get("synchronization") or {}
    listed = [synchronization.get("mutex"), *(synchronization.get("mutexes") or ())]
    return [mutex["name"] for mutex in listed if mutex]
