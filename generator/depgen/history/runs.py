"""Makes runs of what ledgers and Workflows tell of them.

A ledger knows how a run ended, its Workflow when it was submitted and started, and either may be gone. So each gives
a row of its own, and the database keeps of both what is known (`sync`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from depgen.history.ledgers import Finish, Page, instant
from depgen.history.records import SUBMITTED, Fact, Run, Subject
from depgen.naming import LABEL_GRAPH, LABEL_KEY

LABEL_NODE = "depgen.io/node"


class Told:
    """What the ledgers of a graph said that its Workflows are read with."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        # A Workflow of a source may be a run of several nodes, and of several keys of one.
        self._named: dict[str, set[tuple[str, str]]] = {}
        self._finishes: dict[str, list[Finish]] = {}
        self._gates: dict[str, list[Finish]] = {}

    def hear(self, page: Page) -> None:
        """Remember a ledger."""
        for fact in page.facts:
            if fact.kind in ("claim", "completion"):
                self._named.setdefault(fact.uid, set()).add((fact.node, fact.key))
        self._finishes.setdefault(page.key, []).extend(page.finishes)
        self._gates.setdefault(page.key, []).extend(page.gates)

    def runs(self, workflow: Mapping[str, Any]) -> list[Run]:
        """The runs that a Workflow is: none if no label and no ledger speaks of it."""
        metadata = workflow["metadata"]
        labels = metadata.get("labels") or {}
        named = self._named.get(metadata["uid"], set())
        if labels.get(LABEL_GRAPH) == self._subject.graph and LABEL_NODE in labels and LABEL_KEY in labels:
            named = named | {(labels[LABEL_NODE], labels[LABEL_KEY])}
        return [self._run(workflow, node, key) for node, key in sorted(named)]

    def _run(self, workflow: Mapping[str, Any], node: str, key: str) -> Run:
        metadata, status = workflow["metadata"], workflow.get("status") or {}
        submitted, started, finished = (
            instant(text) if text else None
            for text in (metadata["creationTimestamp"], status.get("startedAt"), status.get("finishedAt"))
        )
        phase = status.get("phase") or "Pending"
        waited = self._waited(node, key, submitted) if submitted else None
        return Run(
            self._subject.namespace,
            self._subject.graph,
            node,
            key,
            uid=metadata["uid"],
            workflow=metadata["name"],
            phase=phase,
            progress=progress(phase, finished),
            submitted_at=submitted,
            started_at=started,
            finished_at=finished,
            waited_for=waited.name if waited else None,
            waited_until=waited.at if waited else None,
        )

    def _waited(self, node: str, key: str, submitted: datetime) -> Finish | None:
        """What happened last of what a run waits for, among all that had happened when it was submitted."""
        edges = self._subject.upstreams.get(node, frozenset())
        awaited = [f for f in self._finishes.get(key, ()) if (f.node, f.offset) in edges]
        awaited += [gate for gate in self._gates.get(key, ()) if gate.node == node]
        return max((f for f in awaited if f.at <= submitted), key=lambda f: (f.at, f.name), default=None)


def told_by_facts(facts: Iterable[Fact]) -> list[Run]:
    """The runs that claims, completions and outcomes tell of, those that know less first."""
    runs = [
        Run(
            fact.namespace,
            fact.graph,
            fact.node,
            fact.key,
            fact.uid,
            fact.workflow,
            fact.phase,
            progress(fact.phase, fact.finished_at),
            finished_at=fact.finished_at,
        )
        for fact in facts
        if fact.kind != "shadow"
    ]
    return sorted(runs, key=lambda run: (run.progress, run))


def progress(phase: str, finished_at: datetime | None) -> int:
    """How far a run is: the later finish wins, and a success over a failure of the same second.

    An end is never forgotten for a beginning, so a Workflow that is retried shows its last end until the next.
    """
    if finished_at is None:
        return {SUBMITTED: 0, "Pending": 1}.get(phase, 2)
    return 10 + 2 * int(finished_at.timestamp()) + (phase == "Succeeded")
