"""A graph in shadow mode beside the crons it is to replace, on the real Sensors, and the day it goes live.

Keys lie in the future; what is compared with a cron also ends there, all else ends now.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed, graph_text
from tests.stack.faults.sweeping import subject
from tests.stack.operating import Operator
from tests.stack.services import Stack

from depgen.cluster import client
from depgen.cluster.reconcile.sweep import sweep

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b], replaces: report-cron}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [report], replaces: audit-cron}
"""
SHADOW = "mode: shadow\n"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def graph(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES, head=SHADOW) as graph:
        yield graph.begin()


@pytest.fixture
def operator(
    graph: Deployed, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Operator:
    found = Operator(graph, NODES, local, tmp_path, capsys)
    found.file.write_text(graph_text(graph.namespace, NODES, head=SHADOW))
    return found


def completes(graph: Deployed, day: int, minutes: float | None = None) -> None:
    """Both sources end: now, or so many minutes after the cron would have started the report."""
    for source in ("a", "b"):
        graph.cron(source, day, finished_at=None if minutes is None else graph.date(day) + minutes * MINUTE)


def shadows(graph: Deployed, day: int) -> dict[str, Any]:
    """What a day's ledger says would have been submitted."""
    entries = graph.namespace.ledger(graph.ledger(day)) or {}
    return {name[7:]: json.loads(text) for name, text in entries.items() if name.startswith("shadow.")}


def go_live(graph: Deployed) -> None:
    graph.head = ""
    graph.edit(NODES)
    graph.wait_for_runs([])


def swept_later(local: LocalStack, graph: Deployed, seconds: float = 3600) -> list[str]:
    """A pass by a clock that is so far ahead, of a sweep that knows the nodes since long; what it did."""
    admin = client.connect(str(local.group.folder / "admin.kubeconfig"))
    text = graph_text(graph.namespace, NODES, head=graph.head)
    swept = sweep(admin, subject(text), time.time() + seconds, since=0.0)
    return [f"{repair.kind.value} {repair.node} {repair.key}" for repair in swept.repairs]


def test_shadow_mode_submits_nothing_and_can_be_compared_with_the_crons(
    graph: Deployed, operator: Operator
) -> None:
    for day, minutes in enumerate((2, -30, 60)):
        completes(graph, day, minutes)
        graph.cron("report-cron", day, finished_at=graph.date(day) + 10 * MINUTE)
    graph.cron("a", 3)
    graph.cron("report-cron", 3, "Failed")
    completes(graph, 4)
    graph.wait_for_runs([])
    at = (graph.date() + 2 * MINUTE).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = shadows(graph, 0)
    assert sorted(told) == ["audit", "report"]
    assert (told["report"]["at"], told["report"]["workflow"]) == (at, graph.run("report"))
    assert [cause[1:] for cause in told["report"]["cause"]] == [[at, None], [at, None]]
    assert [sorted(shadows(graph, day)) for day in (3, 4)] == [[], ["report"]]
    code, out, _ = operator("compare", "-o", "json")
    assert code == 1
    answer = json.loads(out)
    verdicts = {(each["node"], each["key"]): each["verdict"] for each in answer["comparisons"]}
    expected = ["same", "earlier", "later", "not by graph", "not by cron"]
    assert [verdicts["report", graph.key(day)] for day in range(5)] == expected
    assert [verdicts.get(("audit", graph.key(day))) for day in range(5)] == ["not by cron"] * 3 + [None] * 2
    assert answer["activeCronWorkflows"] == []
    graph.assert_no_errors()


def test_what_was_shadowed_does_not_run_when_the_graph_goes_live(graph: Deployed, local: LocalStack) -> None:
    completes(graph, 0)
    graph.cron("report-cron", 0)
    graph.cron("audit-cron", 0)
    completes(graph, 1)
    graph.cron("a", 2)
    graph.wait_for_runs([])
    assert [sorted(shadows(graph, day)) for day in range(3)] == [["audit", "report"], ["report"], []]
    assert swept_later(local, graph) == []
    go_live(graph)
    assert swept_later(local, graph) == []
    graph.wait_for_runs([])
    graph.cron("b", 2)
    completes(graph, 3)
    graph.wait_for_runs([graph.run("report", 2), graph.run("report", 3)])
    assert graph.params(graph.run("report", 3)) == {"day": graph.date(3).strftime("%Y-%m-%d")}
    graph.namespace.finish(graph.run("report", 3))
    graph.wait_for_runs([graph.run("audit", 3), graph.run("report", 2), graph.run("report", 3)])
    assert [shadows(graph, day) for day in (2, 3)] == [{}, {}]
    graph.assert_no_errors()
