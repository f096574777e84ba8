"""From a compiled graph and its cluster to the history, with the objects as the rendered programs make them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from depgen import pipeline
from depgen.cluster import remains
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from depgen.history.records import subject
from depgen.history.tables import runs
from depgen.runnable import Runnable, runnable
from tests import histories
from tests.fakes import FakeCluster

GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: UTC
nodes:
  sales: {source: {cronWorkflow: sales-load}}
  stock: {source: {cronWorkflow: stock-load, namespace: shops}}
  report: {run: {workflowTemplate: report}, dependsOn: [sales, {node: stock, match: {offset: -1}}]}
"""
LABEL = "workflows.argoproj.io/"


def compiled() -> tuple[Any, Runnable]:
    """The graph, and its programs."""
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", GRAPH.encode())]))
    assert not checked.has_errors, checked.findings
    return checked.graphs[0], runnable(pipeline.build(checked).objects())["etl"]


def child(cron: str, scheduled: str, finished: str) -> dict[str, Any]:
    """A CronWorkflow's run that succeeded."""
    labels = {f"{LABEL}cron-workflow": cron, f"{LABEL}completed": "true", f"{LABEL}phase": "Succeeded"}
    seconds = int(datetime.fromisoformat(scheduled).timestamp())
    metadata = {"name": f"{cron}-{seconds}", "labels": labels, "creationTimestamp": scheduled}
    metadata["annotations"] = {f"{LABEL}scheduled-time": scheduled}
    return {
        "metadata": metadata,
        "status": {"phase": "Succeeded", "startedAt": scheduled, "finishedAt": finished},
    }


def record(cluster: FakeCluster, programs: Runnable) -> None:
    """What the record and claim Sensors do, once for each Workflow there is."""
    for recorder in (*programs.recorders, *programs.claimers):
        for workflow in cluster.list(WORKFLOWS, recorder.event.namespace, recorder.event.selector):
            made = recorder.program.first({"type": "ADD", "body": workflow}, recorder.zone, now=0)
            assert isinstance(made, dict)
            if not made["fresh"]:
                continue
            ledger = cluster.get(CONFIG_MAPS, "data", made["name"]) or {
                "metadata": {"name": made["name"]},
                "data": {},
            }
            ledger["metadata"]["labels"] = made["labels"]
            ledger["data"] |= made["data"]
            cluster.add(CONFIG_MAPS, "data", ledger)


def test_the_runs_of_a_compiled_graph_are_kept_with_what_they_waited_for(tmp_path: Path) -> None:
    graph, programs = compiled()
    cluster = FakeCluster()
    cluster.add(WORKFLOWS, "data", child("sales-load", "2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"))
    cluster.add(WORKFLOWS, "data", child("other-load", "2026-11-21T03:00:00Z", "2026-11-21T04:00:00Z"))
    cluster.add(WORKFLOWS, "shops", child("stock-load", "2026-11-20T03:00:00Z", "2026-11-21T05:00:00Z"))
    labels = {"depgen.io/graph": "etl", "depgen.io/node": "report", "depgen.io/key": "20261121"}
    metadata = {"name": "etl-report-20261121", "labels": labels, "creationTimestamp": "2026-11-21T05:00:01Z"}
    cluster.add(WORKFLOWS, "data", {"metadata": metadata, "status": {"phase": "Running"}})
    record(cluster, programs)
    url = f"sqlite:///{tmp_path}/history.db"
    done = histories.keep(
        url, remains.ledgers(cluster, programs), remains.workflows(cluster, programs), subject=subject(graph)
    )
    kept = [
        (row["node"], row["key"], row["phase"], row["duration"], row["waited_for"])
        for row in histories.rows(url, runs)
    ]
    assert kept == [
        ("report", "20261121", "Running", None, "stock"),
        ("sales", "20261121", "Succeeded", 3600, None),
        ("stock", "20261120", "Succeeded", 93600, None),
    ]
    assert (done.workflows, done.unreadable) == (3, 0)


def test_every_workflow_is_listed_once_and_none_of_other_graphs() -> None:
    _, programs = compiled()
    cluster = FakeCluster()
    own = {"depgen.io/graph": "etl"}
    done = {f"{LABEL}completed": "true", f"{LABEL}cron-workflow": "sales-load"}
    others = {"depgen.io/graph": "core", f"{LABEL}completed": "true"}
    for name, labels in (
        ("running", own),
        ("over", {**own, f"{LABEL}completed": "true"}),
        ("sales", done),
        ("x", others),
    ):
        cluster.add(WORKFLOWS, "data", {"metadata": {"name": name, "labels": labels}})
    found = [workflow["metadata"]["name"] for workflow in remains.workflows(cluster, programs)]
    assert sorted(found) == ["over", "running", "sales"]
    assert [call.verb for call in cluster.calls] == ["list"] * 3, (
        "its own, and one for each namespace of sources"
    )


def test_ledgers_of_other_graphs_and_other_configmaps_are_left_alone() -> None:
    _, programs = compiled()
    cluster = FakeCluster()
    for name, labels in (
        ("etl-1", {"depgen.io/graph": "etl"}),
        ("core-1", {"depgen.io/graph": "core"}),
        ("x", {}),
    ):
        cluster.add(
            CONFIG_MAPS, "data", {"metadata": {"name": name, "labels": labels}, "data": {"a": json.dumps({})}}
        )
    assert [ledger["metadata"]["name"] for ledger in remains.ledgers(cluster, programs)] == ["etl-1"]
