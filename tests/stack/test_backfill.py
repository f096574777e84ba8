"""A backfill on the real Sensors, as a command: keys whose completions nobody recorded, with real runs (S12)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed, graph_text
from tests.stack.faults.sweeping import subject
from tests.stack.namespace import Namespace
from tests.stack.operating import Operator
from tests.stack.services import Stack

from depgen.cluster import client
from depgen.cluster.reconcile.sweep import sweep

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report:
      run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}
      dependsOn: [a, {node: b, window: {from: "01:00", to: "01:01"}}]
      notBefore: "23:59"
      cutoff: "23:59+1d"
"""
CHAIN = """
    a: {source: {cronWorkflow: a}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a]}
    audit: {run: {workflowTemplate: held, params: {day: {key: "%d"}}}, dependsOn: [report]}
    mail: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [audit]}
    later: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, match: {offset: -1}}]}
"""
THEIRS = """
    theirs: {source: {graph: NAMESPACE/GRAPH, node: report}}
    r: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [theirs]}
"""
QUEUED = """
    a: {source: {cronWorkflow: a}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a], concurrencyPolicy: Queue}
"""
DAYS = 30
LACKING = 5


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES) as graph:
        yield graph


@pytest.fixture
def chain(stack: Stack) -> Iterator[Deployed]:
    """A chain whose `mail` is not run again, and another graph that listens to it."""
    namespace = Namespace(stack)
    try:
        theirs = THEIRS.replace("NAMESPACE", namespace.name).replace("GRAPH", namespace.graph)
        yield Deployed(namespace, CHAIN, others={namespace.sibling(): theirs})
    finally:
        namespace.close()


def complete(graph: Deployed) -> None:
    """Completions too old for the record Sensor: B lacks for one day, and has failed for another."""
    ended = datetime.now(UTC) - timedelta(hours=2)
    for day in range(DAYS):
        graph.cron("a", day, finished_at=ended)
        if day != LACKING:
            graph.cron("b", day, "Failed" if day == LACKING + 1 else "Succeeded", finished_at=ended)


def end_each_run(graph: Deployed, most: list[int], is_over: list[bool]) -> None:
    """What the controller does, until told to stop; notes how many run at once."""
    ended = set(graph.runs())
    while not is_over:
        running = [name for name in graph.runs() if name not in ended]
        most.append(len(running))
        for name in running:
            graph.namespace.finish(name)
            ended.add(name)


@contextmanager
def each_run_ends(graph: Deployed) -> Iterator[list[int]]:
    """Runs end while this is open; how many there were at once."""
    most: list[int] = []
    is_over: list[bool] = []
    player = Thread(target=end_each_run, args=(graph, most, is_over))
    player.start()
    try:
        yield most
    finally:
        is_over.append(True)
        player.join()


def ledgers(graph: Deployed) -> dict[str, Manifest]:
    """The entries of every ConfigMap of the graph and of the one that listens to it."""
    there = (graph.namespace, *graph.namespace.siblings)
    return {
        found["metadata"]["name"]: found.get("data") or {}
        for namespace in there
        for found in namespace.api.get(namespace.path("ConfigMap", api_version="v1"))["items"]
    }


def repairs(graph: Deployed, nodes: str, local: LocalStack, seconds: float) -> list[tuple[str, str, str]]:
    """What a sweep does whose clock is so far ahead."""
    admin = client.connect(str(local.group.folder / "admin.kubeconfig"))
    swept = sweep(admin, subject(graph_text(graph.namespace, nodes)), time.time() + seconds)
    return [(repair.kind.value, repair.node, repair.key) for repair in swept.repairs]


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
    with each_run_ends(graph) as most:
        code, out, _ = operator("backfill", *asked, "--why", "outage", "--at-once", "6", "-o", "json")
    assert code == 1
    states = {step["key"]: step["state"] for step in json.loads(out)["steps"]}
    lacking = [graph.key(LACKING), graph.key(LACKING + 1)]
    assert {key for key, state in states.items() if state != "Succeeded"} == set(lacking)
    expected = [graph.run("report", day) for day in range(DAYS) if graph.key(day) not in lacking]
    assert graph.runs() == sorted(expected)
    assert graph.params(graph.run("report", 3)) == {"day": graph.date(3).strftime("%Y-%m-%d")}
    assert max(most) <= 6
    graph.assert_no_errors()


def test_a_day_is_run_again_and_nobody_else_hears_of_it(
    chain: Deployed, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = chain.begin()
    operator = Operator(graph, CHAIN, local, tmp_path, capsys)
    first = [graph.run(node) for node in ("audit", "mail", "report")] + [graph.run("later", 1)]
    with each_run_ends(graph):
        graph.cron("a")
        graph.wait_for_runs(first)
    (other,) = graph.namespace.siblings
    heard = [f"{other.graph}-r-{graph.key()}"]
    other.wait_for(lambda: other.runs() == heard, 30, "the other graph to hear of the day")
    graph.namespace.quiet()
    before = ledgers(graph)
    dates = ["--from", graph.date().date().isoformat(), "--to", graph.date().date().isoformat()]
    again = [*dates, "--why", "wrong rates", "--rerun", "fix1", "--node", "report", "--node", "audit"]
    with each_run_ends(graph):
        code, out, err = operator("backfill", *again, "-o", "json")
    assert code == 0, err
    key = f"{graph.key()}-fix1"
    steps = [(step["node"], step["key"], step["state"]) for step in json.loads(out)["steps"]]
    assert steps == [("report", key, "Succeeded"), ("audit", key, "Succeeded")]
    repeated = [f"{graph.run(node)}-fix1" for node in ("audit", "report")]
    graph.wait_for_runs([*first, *repeated])
    assert [graph.params(name)["day"] for name in repeated] == [
        graph.date().strftime("%d"),
        graph.date().strftime("%Y-%m-%d"),
    ]
    after = ledgers(graph)
    own = after.pop(f"{graph.namespace.graph}-{key}")
    assert after == before
    assert other.runs() == heard
    ended = [name.split(".")[1:3] for name in own if name.startswith("run.") and not name.endswith(".0")]
    assert sorted(ended) == [[node, key] for node in ("a", "audit", "mail", "report")]
    assert (
        sum(
            step["state"] == "Succeeded"
            for step in json.loads(operator("backfill", *again, "-o", "json")[1])["steps"]
        )
        == 2
    )
    for seconds in (0, 3600, 7200):
        assert repairs(graph, CHAIN, local, seconds) == []
    graph.wait_for_runs([*first, *repeated])
    graph.assert_no_errors()


@pytest.fixture
def queued(stack: Stack) -> Iterator[Deployed]:
    """A node whose runs wait for each other."""
    with deployed(stack, QUEUED) as graph:
        yield graph


def test_a_rerun_of_a_queued_node_waits_for_its_own_kind_only(
    queued: Deployed, local: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = queued.begin()
    operator = Operator(graph, QUEUED, local, tmp_path, capsys)
    tonight = [graph.run("report", day) for day in (0, 1)]
    for day, name in enumerate(tonight):
        graph.cron("a", day)
        graph.wait_for_runs(tonight[: day + 1])
        graph.namespace.wait_for(partial(queue_of, graph, name), 30, f"{name} to queue")
    dates = ["--from", graph.date().date().isoformat(), "--to", graph.date(1).date().isoformat()]
    again = [*dates, "--why", "wrong rates", "--rerun", "fix1", "--node", "report"]
    repeated = [f"{name}-fix1" for name in tonight]
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(operator, "backfill", *again)
        graph.wait_for_runs([*tonight, *repeated])
        names = (*tonight, *repeated)
        queues = [
            graph.namespace.wait_for(partial(queue_of, graph, name), 30, f"{name} to queue") for name in names
        ]
        for name in names:
            graph.namespace.finish(name)
        assert answer.result()[0] == 0
    mutex = f"{graph.namespace.graph}-report"
    assert queues[:2] == [f"holds {mutex}", f"waits for {mutex}"]
    assert sorted(queues[2:]) == [f"holds {mutex}.fix1", f"waits for {mutex}.fix1"]
    graph.assert_no_errors()


def queue_of(graph: Deployed, name: str) -> str:
    """What the controller says of a Workflow's mutex; "" as long as it says nothing."""
    status = graph.namespace.api.get(graph.namespace.path("Workflow", name)).get("status", {})
    told = status.get("synchronization", {}).get("mutex", {})
    found = [
        f"{verb} {entry['mutex'].rpartition('/')[2]}"
        for verb, state in (("holds", "holding"), ("waits for", "waiting"))
        for entry in told.get(state, [])
    ]
    return " and ".join(found)
