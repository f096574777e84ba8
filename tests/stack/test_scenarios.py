"""The scenarios of the language that are marked for the real stack; each is a known bug of a system in this field.

S28, sixty keys in a row, is in `test_burst.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, Deployed, deployed
from tests.stack.namespace import Namespace
from tests.stack.readiness import durables
from tests.stack.services import Service, Stack

Ledger = dict[str, str]

JOIN = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
"""
ASIA = """
    asia: {source: {cronWorkflow: asia}, key: {timezone: Asia/Shanghai}}
    asia-report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [asia]}
"""
OTHER = """
    d: {source: {cronWorkflow: d}}
    other: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [d]}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, JOIN + ASIA) as graph:
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


def test_s1_a_success_that_became_a_failure_does_not_fire(graph: Deployed) -> None:
    graph.cron("a", finished_at=ago(20))
    graph.cron("a", phase="Failed", suffix="again", finished_at=ago(10))
    graph.wait_for_facts("a Succeeded", "a Failed")
    graph.cron("b")
    graph.wait_for_facts("a Succeeded", "a Failed", "b Succeeded")
    graph.wait_for_runs([])
    graph.assert_no_errors()


def test_s2_a_failure_that_was_retried_fires_once(graph: Deployed) -> None:
    name = graph.cron("a", phase="Failed", finished_at=ago(10))["metadata"]["name"]
    graph.wait_for_facts("a Failed")
    graph.namespace.retry(name)
    graph.namespace.finish(name)
    graph.cron("b")
    graph.wait_for_runs([graph.run("report")])
    assert graph.params(graph.run("report")) == {"day": graph.date().strftime("%Y-%m-%d")}
    assert graph.facts() == ["a Failed", "a Succeeded", "b Succeeded", "report Submitted"]
    graph.assert_no_errors()


def test_s3_yesterdays_upstream_does_not_join_todays(graph: Deployed) -> None:
    graph.cron("a", 0)
    graph.cron("b", 1)
    graph.wait_for_facts("a Succeeded", day=0)
    graph.wait_for_facts("b Succeeded", day=1)
    graph.wait_for_runs([])
    graph.cron("b", 0)
    graph.wait_for_runs([graph.run("report", 0)])
    graph.assert_no_errors()


def test_s6_a_window_holds_its_first_second_and_not_its_last(namespace: Namespace) -> None:
    nodes = """
        a: {source: {cronWorkflow: a}}
        report:
          run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}
          dependsOn: [{node: a, window: {from: "18:00", to: "20:00"}}]
    """
    graph = Deployed(namespace, nodes, zone="Asia/Shanghai", head=ANY_DATE)
    start = graph.date().replace(hour=10)  # 18:00 in Shanghai
    for day, seconds in enumerate((0, 7199, 7200, -1)):
        graph.cron("a", day, finished_at=start + timedelta(days=day, seconds=seconds))
    graph.wait_for_runs([graph.run("report", 0), graph.run("report", 1)])
    assert [graph.facts(day) for day in (2, 3)] == [["a Succeeded"]] * 2
    graph.assert_no_errors()


def test_s11_reruns_of_an_upstream_while_and_after_the_downstream_runs_change_nothing(
    graph: Deployed,
) -> None:
    graph.cron("a", finished_at=ago(60))
    graph.cron("b", finished_at=ago(60))
    graph.wait_for_runs([graph.run("report")])
    graph.cron("a", phase="Failed", suffix="again", finished_at=ago(50))
    graph.namespace.quiet(0.5)
    graph.cron("a", suffix="third", finished_at=ago(40))
    graph.wait_for_runs([graph.run("report")])
    graph.namespace.finish(graph.run("report"), finished_at=ago(30))
    graph.namespace.quiet(0.5)
    graph.cron("a", phase="Failed", suffix="four4", finished_at=ago(20))
    graph.namespace.quiet(0.5)
    graph.cron("a", suffix="fifth", finished_at=ago(10))
    graph.wait_for_runs([graph.run("report")])
    found = ["a Failed"] * 2 + ["a Succeeded"] * 3 + ["b Succeeded", "report Submitted", "report Succeeded"]
    assert graph.facts() == found
    graph.assert_no_errors()


def test_s14_two_upstreams_that_end_in_the_same_second_fire_once(graph: Deployed) -> None:
    at = ago(5)
    graph.namespace.at_once(
        [partial(graph.cron, node, day, finished_at=at) for day in range(3) for node in "ab"]
    )
    graph.wait_for_runs(graph.run("report", day) for day in range(3))
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


def test_s19_an_edit_of_other_nodes_loses_no_waiting_join(namespace: Namespace) -> None:
    """And a node that is new does not fire for a day whose edges were satisfied before it was there."""
    graph = Deployed(namespace, JOIN + OTHER)
    graph.cron("a", 0)
    graph.cron("d", 0)
    graph.wait_for_runs([graph.run("other", 0)])
    late = """
    late: {run: {workflowTemplate: held, params: {day: {key: "%d"}}}, dependsOn: [d]}
    """
    graph.edit(JOIN + OTHER.replace('day: "1"', 'day: "2"') + late)
    graph.cron("b", 0)
    graph.wait_for_runs([graph.run("other", 0), graph.run("report", 0)])
    graph.cron("d", 1)
    graph.wait_for_runs([graph.run(*run) for run in (("other", 0), ("report", 0), ("late", 1), ("other", 1))])
    assert [graph.params(graph.run("other", day)) for day in (0, 1)] == [{"day": "1"}, {"day": "2"}]
    graph.assert_no_errors()


def test_s21_a_manual_run_counts_for_the_key_it_is_told(graph: Deployed) -> None:
    graph.cron("b", 0)
    graph.wait_for_facts("b Succeeded")
    afternoon = graph.date(1).replace(hour=15)
    graph.namespace.complete_cron("a", afternoon, manual=True, key=graph.key(0))
    graph.wait_for_runs([graph.run("report", 0)])
    assert graph.facts(1) == []
    graph.assert_no_errors()


def test_s21_a_manual_run_without_a_key_counts_for_none_and_is_told_of(graph: Deployed) -> None:
    graph.cron("b", 0)
    made = graph.namespace.complete_cron("a", graph.date(0).replace(hour=15), manual=True)
    graph.wait_for_facts("b Succeeded")
    graph.wait_for_runs([])
    heap = graph.namespace.ledger(f"{graph.namespace.graph}-invalid") or {}
    assert [json.loads(entry) for entry in heap.values()] == [
        {
            "finishedAt": made["status"]["finishedAt"],
            "node": "a",
            "reason": "no label depgen.io/key, and no scheduled child of a CronWorkflow",
            "workflow": made["metadata"]["name"],
        }
    ]
    graph.assert_no_errors()


def test_s25_a_cron_workflow_in_another_zone_has_that_zones_date(graph: Deployed) -> None:
    late = graph.date(0).replace(hour=23, minute=30)
    graph.namespace.complete_cron("asia", late)
    graph.namespace.complete_cron("a", late)
    graph.namespace.complete_cron("b", late)
    graph.wait_for_runs([graph.run("asia-report", 1), graph.run("report", 0)])
    assert graph.params(graph.run("asia-report", 1)) == {"day": graph.date(1).strftime("%Y-%m-%d")}
    graph.assert_no_errors()


def test_s27_a_failure_that_is_told_after_its_retrys_success_does_not_withdraw_it(graph: Deployed) -> None:
    metadata = graph.cron("a")["metadata"]
    graph.wait_for_facts("a Succeeded")
    graph.patch(fact("a", graph.key(), "Failed", ago(300), metadata["uid"], metadata["name"]))
    graph.wait_for_facts("a Failed", "a Succeeded")
    graph.cron("b")
    graph.wait_for_runs([graph.run("report")])
    graph.assert_no_errors()
