"""Events of an EventSource that is none of the graph's, joined with a CronWorkflow's completions.

It is of type `file`: one of type `webhook` would listen on every address of this host.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, graph_text
from tests.stack.faults.sweeping import subject
from tests.stack.namespace import Namespace
from tests.stack.operating import Operator

from depgen.cluster import client
from depgen.cluster.reconcile.sweep import sweep

NODES = """
    a: {source: {cronWorkflow: a}}
    landed:
      source:
        event:
          eventSource: GRAPHfiles
          event: landed
          id: .name
          finishedAt: .name | capture("-(?<at>[0-9]{10})[.]csv$").at | tonumber
          outputs: {file: '.name | split("/") | last'}
      key: {from: jq, jq: '.name | capture("-(?<day>[0-9]{8})-[0-9]{10}[.]csv$").day'}
    report: {run: {workflowTemplate: held, params: {day: {from: landed, output: file}}}, dependsOn: [a, landed]}
    alone: {run: {workflowTemplate: held, params: {day: {from: landed, field: phase}}}, dependsOn: [landed]}
    after: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: landed, match: {offset: -1}}]}
"""


def files(namespace: Namespace, folder: Path) -> Manifest:
    """An EventSource that tells of each file that is made in a folder."""
    watched = {"directory": str(folder), "pathRegexp": "[.]csv$"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "EventSource",
        "metadata": {"name": f"{namespace.graph}files"},
        "spec": {"file": {"landed": {"eventType": "CREATE", "watchPathConfig": watched}}},
    }


def land(folder: Path, graph: Deployed, day: int = 0, name: str = "orders") -> str:
    """A file of that day lands now; its name."""
    path = folder / f"{name}-{graph.key(day)}-{int(time.time())}.csv"
    path.touch()
    return path.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def test_a_file_and_a_cron_workflow_are_joined_by_key(
    namespace: Namespace, folder: Path, tmp_path: Path, local: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = NODES.replace("GRAPH", namespace.graph)
    namespace.apply([files(namespace, folder)])
    graph = Deployed(namespace, nodes)
    lines = namespace.service(f"{namespace.graph}files").current_lines
    namespace.wait_for(lambda: any("file notifications" in line.message for line in lines()), 30, "the watch")
    graph.cron("a", 0)
    graph.cron("a", 1)
    graph.wait_for_facts("a Succeeded")
    graph.wait_for_runs([])
    operator = Operator(graph, nodes, local, tmp_path, capsys)
    assert operator.reasons("report") == ["upstream-not-run"]

    first = land(folder, graph)
    expected = [graph.run("report"), graph.run("alone"), graph.run("after", 1)]
    graph.wait_for_runs(expected)
    assert graph.params(graph.run("report")) == {"day": first}
    assert graph.params(graph.run("alone")) == {"day": "Succeeded"}
    assert operator.states()["landed"] == "SUCCEEDED"

    (folder / first).unlink()
    (folder / first).touch()
    land(folder, graph, name="again")
    (folder / "orders-of-nobody.csv").touch()
    invalid = f"{namespace.graph}-invalid"
    told = namespace.wait_for(lambda: namespace.ledger(invalid), 30, invalid)
    assert [json.loads(entry)["reason"] for entry in told.values()] == ["finishedAt cannot be read"]
    graph.wait_for_runs(expected)

    land(folder, graph, day=1)
    graph.wait_for_runs([*expected, graph.run("report", 1), graph.run("alone", 1), graph.run("after", 2)])
    admin = client.connect(str(local.group.folder / "admin.kubeconfig"))
    for seconds in (0, 600):
        swept = sweep(admin, subject(graph_text(namespace, nodes)), time.time() + seconds)
        assert [repair.kind.value for repair in swept.repairs] == []
    graph.assert_no_errors()
