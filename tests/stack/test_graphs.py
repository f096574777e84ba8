"""Graphs of every shape on the real stack: each kind of source and edge, and graphs too large for one Sensor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.stack.deployed import ANY_DATE, Deployed
from tests.stack.namespace import Namespace
from tests.stack.services import Stack

from depgen import naming

DAY = 'params: {day: {key: "%Y-%m-%d"}}'
HELD = f"run: {{workflowTemplate: held, {DAY}}}"

# Each story has nodes of its own, so that the tests can share the deployment. `elsewhere` is a second namespace.
STORIES = f"""
    yesterday-a: {{source: {{cronWorkflow: yesterday-a}}}}
    yesterday-b: {{source: {{cronWorkflow: yesterday-b}}}}
    yesterday: {{{HELD}, dependsOn: [{{node: yesterday-a, match: {{offset: -1}}}}, yesterday-b]}}
    tomorrow: {{{HELD}, dependsOn: [{{node: yesterday, match: {{offset: -1}}}}]}}

    evening: {{source: {{cronWorkflow: evening}}}}
    night: {{{HELD}, dependsOn: [{{node: evening, window: {{from: "22:00", to: "02:00"}}}}]}}

    early: {{source: {{cronWorkflow: early}}}}
    later: {{source: {{cronWorkflow: later}}}}
    recent: {{{HELD}, dependsOn: [{{node: early, lookback: 1h}}, later]}}

    rows: {{source: {{cronWorkflow: rows}}}}
    filled:
      run: {{workflowTemplate: held, params: {{day: {{from: rows, output: rows}}, log: {{from: rows, output: log, default: none}}}}}}
      dependsOn: [{{node: rows, when: "(.outputs.rows | tonumber) > 0"}}]

    t: {{source: {{cronWorkflow: t}}}}
    u: {{source: {{cronWorkflow: u}}}}
    v: {{source: {{cronWorkflow: v}}}}
    first:
      run: {{workflowTemplate: held, params: {{day: {{from: $trigger, field: node}}, uid: {{from: t, field: uid, default: none}}}}}}
      dependsOn: [t, u, v]
      mode: any
    two: {{{HELD}, dependsOn: [t, u, v], mode: atLeast, minSatisfied: 2}}

    hourly: {{source: {{cronWorkflow: hourly}}, key: {{every: hour}}}}
    smooth:
      run: {{workflowTemplate: held, params: {{day: {{interval: start}}, end: {{interval: end}}}}}}
      dependsOn: [hourly, {{node: hourly, match: {{offset: -1}}}}]

    far: {{source: {{cronWorkflow: far, namespace: ELSEWHERE}}}}
    near: {{{HELD}, dependsOn: [far]}}

    here: {{source: {{cronWorkflow: here}}}}
    there: {{run: {{workflowTemplate: held, namespace: ELSEWHERE, {DAY}}}, dependsOn: [here]}}
    back: {{{HELD}, dependsOn: [there]}}

    called: {{source: {{workflowTemplate: called}}}}
    marked: {{source: {{workflows: {{matchLabels: {{app: marked}}}}}}, key: {{from: parameter, parameter: day}}}}
    found: {{{HELD}, dependsOn: [called, marked]}}

    theirs: {{source: {{graph: ELSEWHERE/OTHER, node: core}}}}
    ours: {{source: {{cronWorkflow: ours}}}}
    joint: {{{HELD}, dependsOn: [theirs, ours]}}
"""
OTHER_GRAPH = f"""
    base: {{source: {{cronWorkflow: base}}}}
    core: {{{HELD}, dependsOn: [base]}}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    namespace = Namespace(stack)
    try:
        other = namespace.sibling()
        nodes = STORIES.replace("ELSEWHERE", other.name).replace("OTHER", other.graph)
        yield Deployed(namespace, nodes, "Europe/Paris", ANY_DATE, {other: OTHER_GRAPH})
    finally:
        namespace.close()


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


@pytest.fixture
def elsewhere(deployment: Deployed) -> Namespace:
    (other,) = deployment.others
    return other


def test_an_offset_edge_waits_for_the_upstreams_key_before_mine(graph: Deployed) -> None:
    graph.cron("yesterday-b", 0)
    graph.cron("yesterday-a", 1)
    graph.wait_for_facts("yesterday-b Succeeded", day=0)
    graph.wait_for_facts("yesterday-a Succeeded", day=2)
    graph.wait_for_runs([])
    graph.cron("yesterday-b", 2)
    graph.wait_for_runs([graph.run("yesterday", 2)])
    graph.namespace.finish(graph.run("yesterday", 2))
    graph.wait_for_runs([graph.run("yesterday", 2), graph.run("tomorrow", 3)])
    graph.assert_no_errors()


def test_a_window_reaches_into_the_next_day(graph: Deployed) -> None:
    """Paris in winter: from 21:00 UTC to 01:00 UTC of the next day."""
    midnight = graph.date().replace(hour=0)
    for day, minutes in enumerate((21 * 60, 25 * 60 - 1, 25 * 60, 21 * 60 - 1)):
        graph.cron("evening", day, finished_at=midnight + timedelta(days=day, minutes=minutes))
    graph.wait_for_runs([graph.run("night", 0), graph.run("night", 1)])
    assert graph.facts(2) == graph.facts(3) == ["evening Succeeded"]
    graph.assert_no_errors()


def test_a_lookback_counts_from_the_newest_completion(graph: Deployed) -> None:
    for day, minutes in enumerate((60, 61)):
        graph.cron("early", day, finished_at=graph.date(day))
        graph.wait_for_facts("early Succeeded", day=day)
        graph.cron("later", day, finished_at=graph.date(day) + timedelta(minutes=minutes))
    graph.wait_for_facts("early Succeeded", "later Succeeded", day=1)
    graph.wait_for_runs([graph.run("recent", 0)])
    graph.assert_no_errors()


def test_a_condition_on_an_output_decides_and_the_output_is_passed_on(graph: Deployed) -> None:
    graph.cron("rows", 0, outputs={"rows": "0"})
    graph.cron("rows", 1, outputs={"rows": "12", "unread": "x"})
    graph.wait_for_facts("rows Succeeded", day=0)
    graph.wait_for_runs([graph.run("filled", 1)])
    assert graph.params(graph.run("filled", 1)) == {"day": "12", "log": "none"}
    graph.assert_no_errors()


def test_any_edge_or_at_least_two_are_enough(graph: Deployed) -> None:
    uid = graph.cron("t", 0)["metadata"]["uid"]
    graph.cron("u", 1)
    graph.cron("v", 1, phase="Failed")
    graph.wait_for_runs([graph.run("first", 0), graph.run("first", 1)])
    graph.cron("v", 0)
    graph.cron("u", 0)
    graph.wait_for_runs([graph.run("first", 0), graph.run("first", 1), graph.run("two", 0)])
    assert graph.params(graph.run("first", 0)) == {"day": "t", "uid": uid}
    assert graph.params(graph.run("first", 1)) == {"day": "u", "uid": "none"}
    graph.assert_no_errors()


def test_hours_that_come_twice_have_keys_of_their_own(graph: Deployed) -> None:
    """Clocks in Paris go back at 01:00 UTC; the hour before and the hour after are both 02."""
    for hour in (0, 1, 2):
        graph.namespace.complete_cron("hourly", datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    prefix = f"{graph.namespace.graph}-smooth-20261025"
    graph.wait_for_runs([f"{prefix}t02b", f"{prefix}t03"])
    assert graph.params(f"{prefix}t02b") == {
        "day": "2026-10-25T02:00:00+01:00",
        "end": "2026-10-25T03:00:00+01:00",
    }
    graph.assert_no_errors()


def test_a_source_may_run_in_another_namespace(graph: Deployed, elsewhere: Namespace) -> None:
    elsewhere.complete_cron("far", graph.date(0))
    graph.cron("far", 1)
    graph.wait_for_runs([graph.run("near", 0)])
    graph.assert_no_errors()


def test_a_run_may_be_submitted_to_another_namespace(graph: Deployed, elsewhere: Namespace) -> None:
    graph.cron("here")
    graph.wait_for_facts("here Succeeded", "there Submitted")
    assert elsewhere.runs(graph.namespace.graph) == [graph.run("there")]
    elsewhere.finish(graph.run("there"))
    graph.wait_for_runs([graph.run("back")])
    assert graph.facts() == ["back Submitted", "here Succeeded", "there Submitted", "there Succeeded"]
    graph.assert_no_errors()


def test_a_source_may_be_a_template_or_anything_with_labels(graph: Deployed) -> None:
    marks = {"workflows.argoproj.io/workflow-template": "called", "depgen.io/key": graph.key()}
    graph.namespace.complete(f"called-{graph.key()}", labels=marks)
    arguments = {"parameters": [{"name": "day", "value": graph.key()}]}
    spec = {"arguments": arguments, "workflowTemplateRef": {"name": "held"}}
    graph.namespace.complete(f"marked-{graph.key()}", labels={"app": "marked"}, spec=spec)
    graph.wait_for_runs([graph.run("found")])
    graph.assert_no_errors()


def test_a_source_may_be_a_node_of_another_teams_graph(graph: Deployed, elsewhere: Namespace) -> None:
    graph.cron("ours", 0)
    graph.cron("ours", 1)
    elsewhere.complete_cron("base", graph.date(0))
    core = f"{elsewhere.graph}-core-{graph.key(0)}"
    graph.namespace.wait_for(lambda: elsewhere.runs() == [core], 30, core)
    graph.wait_for_runs([])
    elsewhere.finish(core)
    graph.wait_for_runs([graph.run("joint", 0)])
    assert elsewhere.runs() == [core]
    assert graph.facts(0) == ["joint Submitted", "ours Succeeded", "theirs Succeeded"]
    graph.assert_no_errors()


def test_a_graph_of_four_submit_sensors_submits_each_run_once(namespace: Namespace) -> None:
    """Notes of 12 KB make twelve runs as large as a hundred."""
    notes = ", ".join(f'example.com/note-{i}: "{4000 * "n"}"' for i in range(3))
    runs = [f"r{i:02}" for i in range(12)]
    fat = [
        f"{r}: {{run: {{workflowTemplate: held, {DAY}, annotations: {{{notes}}}}}, dependsOn: [a]}}"
        for r in runs
    ]
    last = f"last: {{{HELD}, dependsOn: [{', '.join(runs)}]}}"
    graph = Deployed(namespace, "\n".join(["a: {source: {cronWorkflow: a}}", *fat, last]))
    names = [service.name for service in namespace.services()]
    assert len([name for name in names if name.startswith(f"{namespace.graph}-submit-")]) == 4
    graph.cron("a")
    first = [graph.run(run) for run in runs]
    graph.wait_for_runs(first)
    for run in first:
        namespace.finish(run)
    graph.wait_for_runs([*first, graph.run("last")])
    assert {name: graph.params(name)["day"] for name in graph.runs()} == dict.fromkeys(
        graph.runs(), f"{graph.date():%Y-%m-%d}"
    )
    graph.assert_no_errors()


def test_facts_reach_the_ledgers_of_other_partitions(namespace: Namespace) -> None:
    nodes = f"""
        load: {{source: {{cronWorkflow: load}}}}
        right: {{{HELD}, dependsOn: [load]}}
        three: {{{HELD}, dependsOn: [right]}}
        five: {{{HELD}, dependsOn: [right, three, load]}}
    """
    order = ("load", "right", "three", "five")
    assert [naming.partition_of(node, 2) for node in order] == [0, 1, 0, 1]
    graph = Deployed(namespace, nodes, head="partitions: 2\n")
    for day in (0, 1):
        graph.cron("load", day)
        graph.wait_for_runs([graph.run("right", 0), *([graph.run("right", 1)] if day else [])])
    for node in ("right", "three"):
        namespace.finish(graph.run(node, 1))
        namespace.quiet(0.5)
    names = [graph.run("right", 0), *(graph.run(node, 1) for node in order[1:])]
    graph.wait_for_runs(names)
    assert {ledger: _nodes(data) for ledger, data in namespace.ledgers().items()} == {
        f"{namespace.graph}-p0-{graph.key(0)}": {"load"},
        f"{namespace.graph}-p1-{graph.key(0)}": {"load", "right"},
        f"{namespace.graph}-p0-{graph.key(1)}": {"load", "right", "three"},
        f"{namespace.graph}-p1-{graph.key(1)}": set(order),
    }
    graph.assert_no_errors()


def _nodes(ledger: dict[str, str]) -> set[str]:
    return {entry.split(".")[1] for entry in ledger}
