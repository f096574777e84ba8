"""Scenarios of the language that ask for more than a scenario file can say: processes that die in the middle of their
work, ledgers that somebody wrote.

The others are played from their files by `test_scenario_files.py`; S28, sixty keys in a row, is in `test_burst.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.namespace import Namespace
from tests.stack.readiness import durables
from tests.stack.services import Service, Stack

Ledger = dict[str, str]

JOIN = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, JOIN) as graph:
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


def ago(seconds: int) -> datetime:
    """So long before now; completions of a test are put in order with it."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def fact(node: str, key: str, phase: str, finished: datetime, uid: str = "u", name: str = "w") -> Ledger:
    """The ledger's entry for a completion of a node whose zone is UTC."""
    at = finished.replace(microsecond=0, tzinfo=None).isoformat()
    value = {"finishedAt": f"{at}Z", "phase": phase, "wall": at, "workflow": name}
    return {f"run.{node}.{key}.{uid}.{int(finished.timestamp())}": json.dumps(value)}


def write_ledger(graph: Deployed, day: int, data: Ledger) -> None:
    """Makes a ledger as the record Sensor would have, had it seen the completions."""
    labels = {"depgen.io/graph": graph.namespace.graph, "depgen.io/key": graph.key(day)}
    metadata = {"name": graph.ledger(day), "labels": labels}
    graph.namespace.apply([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}])


def test_s3_yesterdays_upstream_does_not_join_todays(graph: Deployed) -> None:
    graph.cron("a", 0)
    graph.cron("b", 1)
    graph.wait_for_facts("a Succeeded", day=0)
    graph.wait_for_facts("b Succeeded", day=1)
    graph.wait_for_runs([])
    graph.cron("b", 0)
    graph.wait_for_runs([graph.run("report", 0)])
    graph.assert_no_errors()


def test_s15_a_restarted_event_source_replays_old_completions_and_nothing_happens(
    graph: Deployed, local: LocalStack
) -> None:
    """180 old ones, of which 60 ledgers are left, 30 of them without their claim; and 20 recent ones."""
    namespace = graph.namespace
    namespace.at_once([partial(graph.cron, node, day) for day in range(10) for node in "ab"])
    recent = [graph.run("report", day) for day in range(10)]
    graph.wait_for_runs(recent)
    namespace.service(namespace.graph).kill()
    at = ago(20 * 3600)
    days = range(10, 100)
    namespace.at_once([partial(graph.cron, node, day, finished_at=at) for day in days for node in "ab"])
    for day in days[:60]:
        key = graph.key(day)
        claim = {f"run.report.{key}.u.0": '{"finishedAt":"","phase":"Submitted"}'} if day < 40 else {}
        facts = fact("a", key, "Succeeded", at) | fact("b", key, "Succeeded", at)
        write_ledger(graph, day, facts | claim)
    ledgers = namespace.ledgers()
    namespace.service(namespace.graph).start()
    namespace.wait_ready()
    graph.wait_for_runs(recent)
    assert namespace.ledgers() == ledgers
    graph.assert_no_errors()


def test_s16_a_submit_sensor_that_was_killed_submits_every_run_with_its_own_key(
    namespace: Namespace, local: LocalStack
) -> None:
    """Twelve days are ready at once, and it dies in the middle of its work, which gets two more days meanwhile.

    The events in its hands come again after 30 s. One of their runs is there by then, as if it had died between
    the creation and its acknowledgement: that one is refused and logged.
    """
    nodes = """
        a: {source: {cronWorkflow: a}}
        b: {source: {cronWorkflow: a}}
        report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
        made: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [b]}
    """
    graph = Deployed(namespace, nodes)
    submit = namespace.service(f"{namespace.graph}-submit")
    for day in range(12):
        key = graph.key(day)
        write_ledger(graph, day, fact("a", key, "Succeeded", ago(1)) | fact("b", key, "Succeeded", ago(1)))
    namespace.wait_for(lambda: len(namespace.runs()) >= 14, 30, "fourteen of the runs")
    submit.kill()
    assert _unacknowledged(local, submit) > 0
    before = namespace.runs()
    twin = next(day for day in range(12) if graph.run("made", day) not in before)
    graph.create("made", twin)
    for day in (12, 13):
        graph.cron("a", day)
        graph.wait_for_facts("a Succeeded", "b Succeeded", day=day)
    assert namespace.runs() == sorted([*before, graph.run("made", twin)])
    submit.start()
    days = {graph.run(node, day): day for node in ("made", "report") for day in range(14)}
    graph.wait_for_runs(days, timeout=60)
    for run, day in days.items():
        if run != graph.run("made", twin):
            assert graph.params(run) == {"day": f"{graph.date(day):%Y-%m-%d}"}
    graph.assert_only_a_twin_was_refused(graph.run("made", twin))


def _unacknowledged(local: LocalStack, service: Service) -> int:
    consumers = local.consumers()
    return sum(consumers[name].unacknowledged for name in durables(service))


def test_s27_a_failure_that_is_told_after_its_retrys_success_does_not_withdraw_it(graph: Deployed) -> None:
    metadata = graph.cron("a")["metadata"]
    graph.wait_for_facts("a Succeeded")
    graph.patch(fact("a", graph.key(), "Failed", ago(300), metadata["uid"], metadata["name"]))
    graph.wait_for_facts("a Failed", "a Succeeded")
    graph.cron("b")
    graph.wait_for_runs([graph.run("report")])
    graph.assert_no_errors()
