"""A graph on the stack: compiled by depgen, applied to the test's namespace, ready to be driven."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import yaml

from depgen import pipeline
from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.namespace import Namespace

DAY = datetime(2026, 11, 20, 3, tzinfo=UTC)


def manifests(*texts: str) -> list[Manifest]:
    """What `depgen build` gives for these graph files, without kustomization.yaml."""
    inputs = [pipeline.InputFile(f"graph{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    checked = pipeline.check(pipeline.load(inputs))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    files = pipeline.build(checked).files
    return [o for text in files.values() for o in yaml.safe_load_all(text) if o["kind"] != "Kustomization"]


def graph_text(namespace: Namespace, nodes: str, zone: str = "UTC", head: str = "") -> str:
    """A graph file of these nodes, named and placed for the test's namespace."""
    frame = f"apiVersion: depgen.io/v1\ngraph: {namespace.graph}\nnamespace: {namespace.name}\ntimezone: {zone}\n"
    return frame + head + "nodes:\n" + textwrap.indent(textwrap.dedent(nodes), "  ")


class Deployed:
    """The graph of one namespace. Keys are days after DAY; `run(node, day)` is the name of a node's Workflow."""

    def __init__(self, namespace: Namespace, nodes: str, zone: str = "UTC", head: str = "") -> None:
        self.namespace = namespace
        self.zone = zone
        self.head = head
        namespace.apply([workflows.suspend_template("held", None, parameters=("day",))])
        self.edit(nodes)

    def edit(self, nodes: str) -> None:
        """Apply another version of the graph and wait until every service runs it."""
        text = graph_text(self.namespace, nodes, self.zone, self.head)
        self.namespace.apply(manifests(text))
        self.namespace.wait_ready()

    def key(self, day: int = 0) -> str:
        """The key of a day."""
        return (DAY + timedelta(days=day)).strftime("%Y%m%d")

    def run(self, node: str, day: int = 0) -> str:
        """The name of the Workflow that a node submits for a day."""
        return f"{self.namespace.graph}-{node}-{self.key(day)}"

    def cron(self, name: str, day: int = 0, phase: str = "Succeeded", **more: object) -> Manifest:
        """A CronWorkflow's child of that day ends."""
        return self.namespace.complete_cron(name, DAY + timedelta(days=day), phase, **more)  # type: ignore[arg-type]

    def wait_for_runs(self, names: Iterable[str], timeout: float = 30) -> None:
        """Wait until exactly these Workflows are submitted and nothing more happens."""
        expected = sorted(names)
        self.namespace.wait_for(
            lambda: len(self.namespace.runs()) >= len(expected), timeout, f"{len(expected)} runs"
        )
        self.namespace.quiet(timeout=timeout + 30)
        assert sorted(self.namespace.runs()) == expected

    def assert_no_errors(self) -> None:
        """No service logged an error."""
        assert [str(line) for line in self.namespace.errors()] == []
