"""An operator's orders on the real Sensors: what they do, and what `why` says of it afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.operating import Operator
from tests.stack.services import Stack

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: done}]}
    later: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: done, match: {offset: -1}}]}
    late: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a], notBefore: "23:59+30d"}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES) as graph:
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


@pytest.fixture
def operator(
    graph: Deployed, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Operator:
    return Operator(graph, NODES, local, tmp_path, capsys)


def test_a_held_node_fires_when_it_is_released(graph: Deployed, operator: Operator) -> None:
    assert operator.order("hold", "report") == []
    graph.cron("a")
    graph.cron("b")
    graph.wait_for_facts("a Succeeded", "b Succeeded")
    graph.wait_for_runs([])
    assert operator.reasons("report") == ["held"]
    assert operator.states()["report"] == "HELD"
    assert "held already, by admin: on call" in operator.refused("hold", "report")
    assert operator.order("release", "report") == [graph.run("report")]
    graph.wait_for_runs([graph.run("report")])
    told = operator.why("report")
    assert told["state"] == "SUBMITTED"
    assert [hand["verb"] for hand in told["hands"]] == ["release"]
    graph.assert_no_errors()


def test_an_edge_that_is_satisfied_by_hand_fires_the_node(graph: Deployed, operator: Operator) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    assert operator.reasons("report") == ["upstream-not-run"]
    assert operator.order("satisfy", "report", "b") == [graph.run("report")]
    graph.wait_for_runs([graph.run("report")])
    told = operator.why("report")
    assert [edge["hand"] is not None for edge in told["edges"]["members"]] == [False, True]
    causes = told["run"]["causes"]
    assert [(cause["workflow"] is not None, cause["hand"] is not None) for cause in causes] == [
        (True, False),
        (False, True),
    ]
    assert causes[1]["hand"]["why"] == "on call"
    graph.assert_no_errors()


def test_a_skipped_node_lets_its_downstreams_go_on(graph: Deployed, operator: Operator) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    assert sorted(operator.order("skip", "report")) == sorted([graph.run("audit"), graph.run("later", 1)])
    graph.wait_for_runs([graph.run("audit"), graph.run("later", 1)])
    graph.cron("b")
    graph.wait_for_runs([graph.run("audit"), graph.run("later", 1)])
    assert operator.states()["report"] == "SKIPPED"
    assert operator.why("report")["reasons"][0]["text"].endswith("by hand; on call")
    graph.assert_no_errors()


def test_a_node_is_fired_on_a_ledger_that_was_not_there(graph: Deployed, operator: Operator) -> None:
    assert operator.order("fire", "report") == [graph.run("report")]
    graph.wait_for_runs([graph.run("report")])
    told = operator.why("report")
    assert told["state"] == "SUBMITTED"
    assert [cause["hand"]["verb"] for cause in told["run"]["causes"]] == ["fire"]
    assert "depgen backfill" in operator.refused("fire", "report")
    graph.assert_no_errors()


def test_a_gate_is_passed_by_hand(graph: Deployed, operator: Operator) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    graph.wait_for_runs([])
    assert operator.reasons("late") == ["gated"]
    assert operator.states()["late"] == "GATED"
    assert operator.order("fire", "late") == [graph.run("late")]
    graph.wait_for_runs([graph.run("late")])
    graph.assert_no_errors()


def test_a_node_that_became_ready_unseen_is_fired_by_hand(graph: Deployed, operator: Operator) -> None:
    """A ledger that comes with old facts fires nothing, and neither does a `fire` that changes no answer."""
    old = datetime.now(UTC) - timedelta(hours=1)
    data = fact("a", graph.key(), old) | fact("b", graph.key(), old)
    labels = {"depgen.io/graph": graph.namespace.graph, "depgen.io/key": graph.key()}
    metadata = {"name": graph.ledger(), "labels": labels}
    graph.namespace.apply([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}])
    graph.wait_for_runs([])
    assert operator.states()["report"] == "READY"
    assert operator.order("fire", "report") == [graph.run("report")]
    graph.wait_for_runs([graph.run("report")])
    graph.assert_no_errors()


def fact(node: str, key: str, finished: datetime) -> dict[str, str]:
    """An entry as a record Sensor writes it, in a graph whose zone is UTC."""
    at = finished.replace(microsecond=0, tzinfo=None).isoformat()
    value = {"finishedAt": f"{at}Z", "phase": "Succeeded", "wall": at, "workflow": f"{node}-1"}
    return {f"run.{node}.{key}.u-{node}.{int(finished.timestamp())}": json.dumps(value)}


def test_who_it_was_is_the_clusters_name_for_them(graph: Deployed, operator: Operator) -> None:
    operator.order("hold", "report")
    [hand] = operator.why("report")["hands"]
    assert hand["by"] == "admin"
