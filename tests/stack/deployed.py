"""A graph on the stack: compiled by depgen, applied to the test's namespace, ready to be driven.

Tests that share a deployment do not see each other: `begin` gives each of them days of its own, and runs and
errors from before do not count. Days are dates of keys only; a completion finishes now unless told otherwise,
because a record Sensor takes no completion that is older than the graph's `replayWithin`.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.logs import LogLine
from tests.stack.namespace import Namespace
from tests.stack.services import Stack

from depgen import pipeline

DAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
DAYS_OF_A_TEST = 200
ANY_DATE = "replayWithin: 99999h\n"
"""A head for graphs whose stories happen long ago or in the future."""


def manifests(*texts: str) -> list[Manifest]:
    """The objects that `depgen build` gives for these graph files."""
    inputs = [pipeline.InputFile(f"graph{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    checked = pipeline.check(pipeline.load(inputs))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    return pipeline.build(checked).objects()


def graph_text(namespace: Namespace, nodes: str, zone: str = "UTC", head: str = "") -> str:
    """A graph file of these nodes, named and placed for the test's namespace."""
    frame = (
        f"apiVersion: depgen.io/v1\ngraph: {namespace.graph}\nnamespace: {namespace.name}\ntimezone: {zone}\n"
    )
    return frame + head + "nodes:\n" + textwrap.indent(textwrap.dedent(nodes), "  ")


@contextmanager
def deployed(stack: Stack, nodes: str, zone: str = "UTC", head: str = "") -> Iterator[Deployed]:
    """A deployment in a namespace of its own, for the tests of a module to share."""
    namespace = Namespace(stack)
    try:
        yield Deployed(namespace, nodes, zone, head)
    finally:
        namespace.close()


class Deployed:
    """The graph of one namespace. Keys are days after the test's first; `run(node, day)` is the name of a
    node's Workflow. Nodes may run the WorkflowTemplate `held`, which takes a `day` and never ends by itself.

    `others`: the nodes of further graphs, by the sibling namespace that is theirs.
    """

    def __init__(
        self,
        namespace: Namespace,
        nodes: str,
        zone: str = "UTC",
        head: str = "",
        others: Mapping[Namespace, str] | None = None,
    ) -> None:
        self.namespace = namespace
        self.zone = zone
        self.head = head
        self.others = dict(others or {})
        self._recorders = 0
        self._first_day = 0
        self._earlier_runs: frozenset[str] = frozenset()
        self._earlier_errors: frozenset[LogLine] = frozenset()
        for each in (namespace, *namespace.siblings):
            each.apply([workflows.suspend_template("held", None, parameters=("day",))])
        self.edit(nodes)

    def edit(self, nodes: str) -> None:
        """Apply another version of the graph and wait until every service runs it."""
        texts = [graph_text(self.namespace, nodes, self.zone, self.head)]
        texts += [graph_text(other, theirs, self.zone, self.head) for other, theirs in self.others.items()]
        objects = manifests(*texts)
        self._recorders = sum(
            len(o["spec"]["triggers"])
            for o in objects
            if o["metadata"]["name"].startswith(f"{self.namespace.graph}-record") and o["kind"] == "Sensor"
        )
        self.namespace.apply(objects)
        self.namespace.wait_ready()

    def begin(self) -> Deployed:
        """Starts another test: new days, all services up, and nothing counts that is there already."""
        for service in self.namespace.services():
            if service.is_held:  # a failed test left it so
                service.restart()
        self.namespace.wait_ready()
        self.namespace.quiet(0.5, timeout=120)
        self._first_day += DAYS_OF_A_TEST
        self.forget()
        return self

    def forget(self) -> None:
        """The runs and errors so far no longer count."""
        self._earlier_runs = frozenset(self.namespace.runs())
        self._earlier_errors = frozenset(self.namespace.errors())

    # -- names

    def date(self, day: int = 0) -> datetime:
        """03:00 UTC of a day."""
        return DAY + timedelta(days=self._first_day + day)

    def key(self, day: int = 0) -> str:
        """The key of a day."""
        return self.date(day).strftime("%Y%m%d")

    def run(self, node: str, day: int = 0) -> str:
        """The name of the Workflow that a node submits for a day."""
        return f"{self.namespace.graph}-{node}-{self.key(day)}"

    def ledger(self, day: int = 0) -> str:
        """The name of a day's ledger."""
        return f"{self.namespace.graph}-{self.key(day)}"

    # -- what happens

    def cron(self, name: str, day: int = 0, phase: str = "Succeeded", **more: Any) -> Manifest:
        """A CronWorkflow's child of that day ends."""
        return self.namespace.complete_cron(name, self.date(day), phase, **more)

    def create(self, node: str, day: int = 0) -> None:
        """Creates a run as the submit Sensor does."""
        graph = self.namespace.graph
        labels = {"depgen.io/graph": graph, "depgen.io/node": node, "depgen.io/key": self.key(day)}
        arguments = {"parameters": [{"name": "day", "value": "-"}]}
        run = {
            "apiVersion": workflows.API_VERSION,
            "kind": "Workflow",
            "metadata": {"name": self.run(node, day), "labels": labels},
            "spec": {"workflowTemplateRef": {"name": "held"}, "arguments": arguments},
        }
        self.namespace.api.post(self.namespace.path("Workflow"), run)

    def patch(self, entries: Mapping[str, str], day: int = 0) -> None:
        """Writes entries into a day's ledger with an admin's rights, as the sweep does."""
        path = self.namespace.path("ConfigMap", self.ledger(day), "v1")
        self.namespace.api.merge_patch(path, {"data": dict(entries)})

    # -- what came of it

    def runs(self) -> list[str]:
        """The Workflows that the graph submitted since the test began, sorted."""
        return sorted(set(self.namespace.runs()) - self._earlier_runs)

    def params(self, name: str) -> dict[str, str]:
        """The parameters of a submitted Workflow."""
        run = self.namespace.api.get(self.namespace.path("Workflow", name))
        return {p["name"]: p["value"] for p in run["spec"].get("arguments", {}).get("parameters", [])}

    def facts(self, day: int = 0) -> list[str]:
        """What a day's ledger says, sorted: `a Succeeded`, `report Submitted` (its claim)."""
        entries = (self.namespace.ledger(self.ledger(day)) or {}).items()
        runs = [
            (name.split(".")[1], json.loads(fact)["phase"]) for name, fact in entries if name[:4] == "run."
        ]
        return sorted(f"{node} {phase}" for node, phase in runs)

    def wait_for_facts(self, *facts: str, day: int = 0) -> None:
        """Wait until a day's ledger says exactly this."""
        expected = sorted(facts)
        self.namespace.wait_for(
            lambda: self.facts(day) == expected, 30, f"{self.ledger(day)} to say {expected}"
        )

    def wait_for_runs(self, names: Iterable[str], timeout: float = 30) -> None:
        """Wait until exactly these Workflows are submitted and nothing more happens."""
        expected = sorted(names)
        self.namespace.wait_for(lambda: len(self.runs()) >= len(expected), timeout, f"{len(expected)} runs")
        self.namespace.quiet(timeout=timeout + 30)
        runs = self.runs()
        assert runs == expected, (
            f"too many: {set(runs) - set(expected)}, missing: {set(expected) - set(runs)}"
        )

    def errors(self, except_twins_of: Iterable[str] = ()) -> list[str]:
        """What the services logged as errors since the test began.

        A twin is a second creation of a run, which the API server refuses and the submit Sensor logs. If several
        triggers of the graph record, two may create one ledger at once; the one that is refused tries again.
        """
        twins = [_already_exists(name) for name in except_twins_of]
        if self._recorders > 1:
            twins.append(f'configmaps \\"{self.namespace.graph}-')
        errors = [str(line) for line in self.namespace.errors() if line not in self._earlier_errors]
        return [
            error for error in errors if "already exists" not in error or not any(t in error for t in twins)
        ]

    def assert_no_errors(self) -> None:
        """No service logged an error."""
        errors = self.errors()
        assert not errors, "\n".join(errors)

    def assert_only_a_twin_was_refused(self, name: str) -> None:
        """A service logged that this run exists already, and no other error."""
        assert any(_already_exists(name) in error for error in self.errors()), f"no twin of {name}"
        others = self.errors(except_twins_of=[name])
        assert not others, "\n".join(others)


def _already_exists(name: str) -> str:
    return f'\\"{name}\\" already exists'
