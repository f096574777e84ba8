"""The lineage of real runs, with what the submit Sensor wrote on them, and after some of them are deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace
from tests.stack.operating import Operator

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    load: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [load, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: failure}]}
"""


def told(operator: Operator, workflow: str) -> tuple[dict[str, bool], list[tuple[str, str, bool]]]:
    """The nodes with whether their Workflows are there, and the links with whether they are written."""
    code, out, err = operator("trace", workflow, "-o", "json")
    assert code == 0, err
    answer: Any = json.loads(out)
    nodes = [step["node"] for step in answer["steps"]]
    links = [(nodes[link["from"]], nodes[link["to"]], link["written"]) for link in answer["links"]]
    return {step["node"]: step["exists"] for step in answer["steps"]}, links


def test_a_run_is_traced_to_its_root_and_its_leaf_also_when_what_is_between_is_gone(
    namespace: Namespace, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = Deployed(namespace, NODES)
    operator = Operator(graph, NODES, local, tmp_path, capsys)
    root = graph.cron("a")["metadata"]["name"]
    graph.wait_for_runs([graph.run("load")])
    namespace.finish(graph.run("load"))
    operator.order("satisfy", "report", "b")
    graph.wait_for_runs([graph.run("load"), graph.run("report")])
    namespace.finish(graph.run("report"), "Failed")
    runs = [graph.run(node) for node in ("load", "report", "audit")]
    graph.wait_for_runs(runs)
    graph.wait_for_facts(
        "a Succeeded",
        "load Submitted",
        "load Succeeded",
        "report Submitted",
        "report Failed",
        "audit Submitted",
    )
    chain = [("report", "audit", True), ("a", "load", True), ("b", "report", True), ("load", "report", True)]
    there, links = told(operator, graph.run("report"))
    assert there == {"a": True, "audit": True, "b": False, "load": True, "report": True}
    assert links == chain
    code, text, _ = operator("trace", graph.run("report"))
    assert code == 0
    assert "└─ b 20261120: satisfied by hand of " in text
    assert ": on call, " in text
    namespace.api.delete(namespace.path("Workflow", graph.run("load")))
    namespace.api.delete(namespace.path("Workflow", root))
    there, links = told(operator, root)
    assert there == {"a": False, "audit": True, "load": False, "report": True}
    assert links == [("report", "audit", True), ("a", "load", False), ("load", "report", True)]
    code, out, err = operator("trace", "nobody")
    assert (code, out) == (2, "")
    assert "names Workflow nobody" in err
