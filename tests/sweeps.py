"""A shop that is swept: Workflows and ledgers in a cluster in memory, and what a pass makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Object, Resource
from depgen.cluster.reconcile.counts import Kind, Swept
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from tests.fakes import FakeCluster, matches
from tests.subjects import KEY, Entries, Shop, seconds, subject_of

NOW = seconds("2026-11-21T12:00")
NODES = """\
  a: {source: {cronWorkflow: a}}
  b: {source: {cronWorkflow: b}}
  report: {run: {workflowTemplate: report}, dependsOn: [a, b]}
  audit: {run: {workflowTemplate: audit}, dependsOn: [{node: report, status: done}]}
"""
OLD = "2026-11-01T00:00:00Z"


class Stamped(FakeCluster):
    """Says in `managedFields` who last wrote an object and when, as the API does."""

    manager = "sensor"

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        return self._as_depgen(lambda: super(Stamped, self).create(resource, namespace, body))

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        return self._as_depgen(lambda: super(Stamped, self).patch(resource, namespace, name, body))

    def _store(self, resource: Resource, namespace: str, thing: Object) -> Object:
        known = {entry["manager"]: entry for entry in thing["metadata"].get("managedFields", [])}
        at = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        known[self.manager] = {"manager": self.manager, "time": at}
        thing["metadata"]["managedFields"] = list(known.values())
        return super()._store(resource, namespace, thing)

    def _as_depgen(self, do: Callable[[], Object]) -> Object:
        self.manager = "depgen"
        try:
            return do()
        finally:
            self.manager = "sensor"


class SweptShop(Shop):
    """Its sweep knows every node since that time, unless `is_new`."""

    def __init__(
        self,
        nodes: str = NODES,
        head: str = "",
        is_new: bool = False,
        since: str = OLD,
        subject: Subject | None = None,
    ) -> None:
        clock = seconds("2026-11-21T10:40")
        super().__init__(subject or subject_of(nodes, "UTC", head), Stamped(now=clock))
        self._uids = count(1)
        if not is_new:
            self.remember(dict.fromkeys(self.subject.programs.deciders, since))

    def edit(self, nodes: str, head: str = "") -> None:
        """Another version of the graph."""
        self.subject = subject_of(nodes, "UTC", head)

    def remember(self, since: dict[str, str]) -> None:
        """The sweep's memory."""
        data = {f"since.{node}": text for node, text in since.items()}
        metadata = {"name": "etl-sweep", "labels": {"depgen.io/sweep": "etl"}}
        self.cluster.add(CONFIG_MAPS, "data", {"metadata": metadata, "data": data})

    def memory(self) -> Entries:
        """What the sweep remembers, by node."""
        found = self.cluster.get(CONFIG_MAPS, "data", "etl-sweep")
        return {n.removeprefix("since."): text for n, text in ((found or {}).get("data") or {}).items()}

    def ended(self, node: str, at: str, key: str | None = KEY, phase: str = "Succeeded") -> str:
        """A source's Workflow that ended at that time (UTC); its uid."""
        labels = {"workflows.argoproj.io/cron-workflow": node, "workflows.argoproj.io/completed": "true"}
        return self._add(f"{node}-{key}", labels | ({"depgen.io/key": key} if key else {}), phase, at)

    def run(
        self, node: str, key: str = KEY, at: str | None = None, phase: str = "Succeeded", **more: str
    ) -> str:
        """A run of the graph, which goes on unless it ended at a time."""
        labels = {"depgen.io/graph": "etl", "depgen.io/node": node, "depgen.io/key": key, **more}
        labels |= {"workflows.argoproj.io/completed": "true"} if at else {}
        return self._add(f"etl-{node}-{key}", labels, phase if at else "Running", at)

    def sweep(self, at: str | float = NOW, since: float | None = None, is_dry: bool = False) -> Swept:
        """One pass at that time."""
        self.cluster.now = seconds(at) if isinstance(at, str) else at
        return sweep(self.cluster, self.subject, self.cluster.now, since, is_dry)

    def ledgers(self) -> dict[str, Entries]:
        """The entries of every ledger, by name."""
        return {
            name: dict(found.get("data") or {})
            for (resource, _, name), found in sorted(self.cluster.objects.items(), key=lambda e: e[0][2])
            if resource == CONFIG_MAPS and "depgen.io/key" in found["metadata"]["labels"]
        }

    def fires(self, before: dict[str, Entries]) -> list[str]:
        """What the submit Sensor would create, seeing each ledger change from `before` to what it is now."""
        found = []
        for name, data in self.ledgers().items():
            old = before.get(name, {})
            metadata = self.cluster.objects[CONFIG_MAPS, "data", name]["metadata"]
            event = {"type": "UPDATE", "body": {"metadata": metadata, "data": data}, "oldBody": {"data": old}}
            for decider in self.subject.programs.deciders.values():
                if not matches(decider.event.selector, metadata["labels"]):
                    continue
                told = decider.program.first(event, decider.zone)
                found += [told["metadata"]["name"]] if told["fire"] else []
        return sorted(found)

    def _add(self, name: str, labels: dict[str, str], phase: str, at: str | None) -> str:
        number = next(self._uids)
        metadata: Object = {"name": f"{name}-{number}", "labels": labels, "uid": f"u{number}"}
        status: dict[str, Any] = {"phase": phase}
        if at:
            status["finishedAt"] = datetime.fromtimestamp(seconds(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.cluster.add(WORKFLOWS, "data", {"metadata": metadata, "status": status})
        return f"u{number}"


def done(swept: Swept) -> dict[str, int]:
    """How much of each kind was done."""
    return {kind.value: number for kind, number in swept.done.items()}


def told_of(swept: Swept, kind: Kind) -> list[tuple[str, str, str]]:
    """The node, key and reason of the repairs of one kind."""
    return [(repair.node, repair.key, repair.why) for repair in swept.repairs if repair.kind is kind]
