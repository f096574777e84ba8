"""A backfill on the real Sensors, as a command: keys whose completions nobody recorded, with real runs (S12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.operating import Operator
from tests.stack.services import Stack

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report:
      run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}
      dependsOn: [a, {node: b, window: {from: "01:00", to: "01:01"}}]
      notBefore: "23:59"
      cutoff: "23:59+1d"
"""
DAYS = 30
LACKING = 5


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES) as graph:
        yield graph


def complete(graph: Deployed) -> None:
    """Completions too old for the record Sensor: B lacks for one day, and has failed for another."""
    ended = datetime.now(UTC) - timedelta(hours=2)
    for day in range(DAYS):
        graph.cron("a", day, finished_at=ended)
        if day != LACKING:
            graph.cron("b", day, "Failed" if day == LACKING + 1 else "Succeeded", finished_at=ended)


def end_each_run(graph: Deployed, most: list[int], is_over: list[bool]) -> None:
    """What the controller does, until told to stop; notes how many run at once."""
    ended: set[str] = set()
    while not is_over:
        running = [name for name in graph.runs() if name not in ended]
        most.append(len(running))
        for name in running:
            graph.namespace.finish(name)
            ended.add(name)


def test_s12_thirty_days_are_joined_by_key_and_a_few_at_a_time(
    deployment: Deployed, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = deployment.begin()
    operator = Operator(graph, NODES, local, tmp_path, capsys)
    complete(graph)
    graph.wait_for_runs([])
    asked = ["--from", graph.date().date().isoformat(), "--to", graph.date(DAYS - 1).date().isoformat()]
    code, out, err = operator("backfill", *asked, "--why", "trial", "--dry-run", "-o", "json")
    assert code == 0, err
    steps = json.loads(out)["steps"]
    assert sum(step["state"] == "fires" for step in steps) == DAYS - 2
    assert graph.runs() == []
    most: list[int] = []
    is_over: list[bool] = []
    player = Thread(target=end_each_run, args=(graph, most, is_over))
    player.start()
    try:
        code, out, _ = operator("backfill", *asked, "--why", "outage", "--at-once", "6", "-o", "json")
    finally:
        is_over.append(True)
        player.join()
    assert code == 1
    states = {step["key"]: step["state"] for step in json.loads(out)["steps"]}
    lacking = [graph.key(LACKING), graph.key(LACKING + 1)]
    assert {key for key, state in states.items() if state != "Succeeded"} == set(lacking)
    expected = [graph.run("report", day) for day in range(DAYS) if graph.key(day) not in lacking]
    assert graph.runs() == sorted(expected)
    assert graph.params(graph.run("report", 3)) == {"day": graph.date(3).strftime("%Y-%m-%d")}
    assert max(most) <= 6
    graph.assert_no_errors()
