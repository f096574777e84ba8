"""A graph and its programs beside a cluster in memory, for tests of what operators see and do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from depgen import pipeline
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Object
from depgen.cluster.entries import Ledger
from depgen.cluster.states import Cell, Subject, cell, read_ledgers
from depgen.runnable import runnable
from tests.compiled import FRAME
from tests.fakes import FakeCluster

KEY = "20261121"
Entries = dict[str, str]


def subject_of(nodes: str, zone: str = "Europe/Paris", head: str = "") -> Subject:
    """The graph `etl` of these nodes in the namespace `data`."""
    text = FRAME.format(zone=zone) + head + "nodes:\n" + nodes
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    objects = pipeline.build(checked).objects()
    return Subject(checked.graphs[0], checked.analyses["etl"], runnable(objects)["etl"])


def seconds(at: str) -> float:
    """`2026-11-21T10:00` in UTC, in seconds since 1970."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()


def fact(node: str, at: str, phase: str = "Succeeded", key: str = KEY, uid: str = "", **more: Any) -> Entries:
    """One entry; `at` is UTC, and the clock on the wall is Paris's in winter."""
    moment = seconds(at)
    wall = datetime.fromtimestamp(moment + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    finished = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    value = {"finishedAt": finished, "phase": phase, "wall": wall, "workflow": f"{node}-{key}"} | more
    return {f"run.{node}.{key}.{uid or 'u-' + node}.{int(moment)}": json.dumps(value)}


def outcome(node: str, at: str, phase: str, key: str = KEY, **more: Any) -> Entries:
    """One without a Workflow."""
    return fact(node, at, phase, key, phase.lower(), workflow="", **more)


def claim(node: str, key: str = KEY, uid: str = "u9") -> Entries:
    """Submitted, and not ended."""
    value = {"finishedAt": "", "phase": "Submitted", "workflow": f"etl-{node}-{key}"}
    return {f"run.{node}.{key}.{uid}.0": json.dumps(value)}


def by_hand(name: str, by: str = "ada", why: str = "because", at: str = "2026-11-21T09:00:00Z") -> Entries:
    """What an operator wrote: `hold.report`, `satisfy.report.a`."""
    return {name: json.dumps({"at": at, "by": by, "why": why})}


@dataclass
class Shop:
    """A subject and its cluster; the clock of both is the cluster's `now`."""

    subject: Subject
    cluster: FakeCluster = field(default_factory=FakeCluster)

    def write(self, *entries: Entries, key: str = KEY, partition: int | None = None) -> None:
        """Entries of a ledger, as the Sensors would have written them."""
        infix = "" if partition is None else f"p{partition}-"
        labels = {"depgen.io/graph": "etl", "depgen.io/key": key}
        labels |= {} if partition is None else {"depgen.io/partition": str(partition)}
        data = {name: text for each in entries for name, text in each.items()}
        self.cluster.add(
            CONFIG_MAPS, "data", {"metadata": {"name": f"etl-{infix}{key}", "labels": labels}, "data": data}
        )

    def data(self, key: str = KEY, partition: int | None = None) -> Entries:
        """The entries of a ledger."""
        infix = "" if partition is None else f"p{partition}-"
        found = self.cluster.get(CONFIG_MAPS, "data", f"etl-{infix}{key}")
        assert found is not None
        return found.get("data") or {}

    def cell(self, node: str, key: str = KEY) -> Cell | None:
        """The state of a node at a key."""
        return cell(self.subject, self.subject.graph.nodes[node], self.ledger(node, key), self.cluster.now)

    def ledger(self, node: str, key: str = KEY) -> Ledger:
        """The ledger that decides for a node."""
        return read_ledgers(self.cluster, self.subject).of(self.subject, node, key)

    def workflow(
        self, name: str, labels: dict[str, str], phase: str, namespace: str = "data", **status: str
    ) -> Object:
        """A Workflow that is in the cluster."""
        ended = {} if phase in ("Running", "Pending") else {"workflows.argoproj.io/completed": "true"}
        body = {"metadata": {"name": name, "labels": labels | ended}, "status": {"phase": phase, **status}}
        self.cluster.add(WORKFLOWS, namespace, body)
        return body
