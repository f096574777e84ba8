"""Makes runs of what ledgers and Workflows tell of them.

A ledger knows how a run ended, its Workflow when it started and why, and either may be gone. So each gives a row of
its own, and the database keeps of both what is known (`sync`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from depgen.history.ledgers import Finish, Page, instant
from depgen.history.records import SUBMITTED, Fact, Run, Subject
from depgen.naming import ANNOTATION_CAUSE, LABEL_GRAPH, LABEL_KEY, LABEL_NODE


class Told:
    """The runs of a graph, told by its ledgers and then, with what those said, by its Workflows."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        # A Workflow of a source may be a run of several nodes, and of several keys of one.
        self._named: dict[str, set[tuple[str, str]]] = {}
        self._finishes: dict[str, list[Finish]] = {}
        self._gates: dict[str, list[Finish]] = {}

    def by_ledger(self, page: Page) -> list[Run]:
        """The runs of its claims, completions and outcomes, those that know less first."""
        facts = [fact for fact in page.facts if fact.kind != "shadow"]
        for fact in facts:
            self._named.setdefault(fact.uid, set()).add((fact.node, fact.key))
        self._finishes.setdefault(page.key, []).extend(page.finishes)
        self._gates.setdefault(page.key, []).extend(page.gates)
        return sorted(map(self._of_fact, facts), key=lambda run: (run.progress, run[:5]))

    def by_workflow(self, workflow: Mapping[str, Any]) -> list[Run]:
        """The runs that a Workflow is: none if no label and no ledger speaks of it."""
        metadata = workflow["metadata"]
        labels = metadata.get("labels") or {}
        named = self._named.get(metadata["uid"], set())
        if labels.get(LABEL_GRAPH) == self._subject.graph and LABEL_NODE in labels and LABEL_KEY in labels:
            named = named | {(labels[LABEL_NODE], labels[LABEL_KEY])}
        return [self._of_workflow(workflow, node, key) for node, key in sorted(named)]

    def _of_fact(self, fact: Fact) -> Run:
        is_claim = fact.kind == "claim"
        finished = None if is_claim else fact.at
        run = Run(*fact[:5], fact.workflow, fact.phase, progress(fact.phase, finished), finished_at=finished)
        return self._submitted(run, fact.at) if is_claim and fact.at else run

    def _of_workflow(self, workflow: Mapping[str, Any], node: str, key: str) -> Run:
        metadata, status = workflow["metadata"], workflow.get("status") or {}
        started, finished = (
            instant(text) if text else None for text in (status.get("startedAt"), status.get("finishedAt"))
        )
        phase = status.get("phase") or "Pending"
        run = Run(
            self._subject.namespace,
            self._subject.graph,
            node,
            key,
            uid=metadata["uid"],
            workflow=metadata["name"],
            phase=phase,
            progress=progress(phase, finished),
            started_at=started,
            finished_at=finished,
            cause=_cause((metadata.get("annotations") or {}).get(ANNOTATION_CAUSE)),
        )
        return self._submitted(run, instant(metadata["creationTimestamp"]))

    def _submitted(self, run: Run, at: datetime) -> Run:
        waited = self._waited(run.node, run.key, at)
        if waited is None:
            return run._replace(submitted_at=at)
        return run._replace(submitted_at=at, waited_for=waited.name, waited_until=waited.at)

    def _waited(self, node: str, key: str, submitted: datetime) -> Finish | None:
        """What happened last of what a run waits for, among all that had happened when it was submitted."""
        edges = self._subject.upstreams.get(node, frozenset())
        awaited = [f for f in self._finishes.get(key, ()) if {(f.node, f.offset), (f.node, None)} & edges]
        awaited += [gate for gate in self._gates.get(key, ()) if gate.node == node]
        return max((f for f in awaited if f.at <= submitted), key=lambda f: (f.at, f.name), default=None)


def progress(phase: str, finished_at: datetime | None) -> int:
    """How far a run is: the later finish wins, and a success over a failure of the same second.

    An end is never forgotten for a beginning, so a Workflow that is retried shows its last end until the next.
    """
    if finished_at is None:
        return {SUBMITTED: 0, "Pending": 1}.get(phase, 2)
    return 10 + 2 * int(finished_at.timestamp()) + (phase == "Succeeded")


def _cause(text: str | None) -> list[Any] | None:
    try:
        cause = json.loads(text or "")
    except ValueError:
        return None
    return cause if isinstance(cause, list) else None
