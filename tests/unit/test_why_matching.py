"""Why, status and the sweep on edges over several keys, on closed days, on the past and on runs made again."""

from __future__ import annotations

import json

import pytest

from depgen.cluster.explain import explain
from depgen.cluster.explanation import Explanation, flat
from depgen.cluster.reasons import Finding, Reason
from depgen.cluster.reconcile.counts import Kind
from depgen.cluster.states import State, read_ledgers
from depgen.report import why as report
from tests.subjects import KEY, Entries, Shop, fact, outcome, subject_of
from tests.sweeps import SweptShop, done, told_of

WEEK = "calendars: {week: {days: [mon, tue, wed, thu, fri]}}\n"
SOURCES = "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}, runsOn: week}\n"
HOURLY = "  hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}\n"
MONDAY = "20261123"


def run(edges: str, more: str = "") -> str:
    return f"  report: {{run: {{workflowTemplate: t}}, dependsOn: {edges}{more}}}\n"


def shop(nodes: str, head: str = WEEK) -> Shop:
    return Shop(subject_of(nodes, head=head))


def why(there: Shop, key: str = KEY) -> Explanation:
    ledgers = read_ledgers(there.cluster, there.subject)
    node = there.subject.graph.nodes["report"]
    return explain(there.cluster, there.subject, ledgers, node, key, there.cluster.now)


def hours(count: int) -> Entries:
    found: Entries = {}
    for hour in range(count):
        found |= fact("hourly", f"2026-11-21T{hour:02}:10", key=f"{KEY}t{hour:02}")
    return found


# ---- why ----


def test_an_edge_over_several_keys_says_how_many_are_there_and_what_is_wrong_with_the_first_that_is_not() -> (
    None
):
    edge = "{node: hourly, match: {within: key}, require: -1, settle: '01:00+1d'}"
    there = shop(HOURLY + run(f"[{edge}]", ", every: day"), "")
    there.write(hours(22), fact("hourly", "2026-11-21T22:10", "Failed", key=f"{KEY}t22"))
    (one,) = flat(why(there).edges)
    assert (one.key, one.is_satisfied) == (f"{KEY}t00..{KEY}t23", False)
    assert one.finding
    assert one.finding.reason is Reason.FAILED
    assert one.finding.text == (f"22 of 24 keys; without {KEY}t22, {KEY}t23: hourly-{KEY}t22 ended Failed")
    assert one.finding.remedy.endswith("23 are enough from 2026-11-22 01:00")
    lines = report.text(why(there), there.cluster.now, False).splitlines()
    assert lines[-1].startswith("  settle hourly 2026-11-22 01:00 (in ")
    assert lines[-1].endswith("): fewer keys are enough from then on")


def test_a_cutoff_that_counts_open_days_is_told_as_the_day_it_falls_on() -> None:
    friday = "20261120"
    there = shop(SOURCES + run("[a]", ", runsOn: week, cutoff: '18:00 end+1bd'"))
    there.write(fact("a", "2026-11-23T17:00", key=friday), key=friday)
    (one,) = flat(why(there, friday).edges)
    assert one.finding
    assert (
        one.finding.text
        == f"a-{friday} ended Succeeded at 2026-11-23 18:00 local time, after the cutoff at 2026-11-23 18:00"
    )


def test_the_key_of_an_edge_that_steps_over_closed_days_is_named() -> None:
    there = shop(SOURCES + run("[a, {node: b, match: {offset: -1}}]"))
    there.write(fact("a", "2026-11-23T07:00", key=MONDAY), key=MONDAY)
    edge = list(flat(why(there, MONDAY).edges))[1]
    assert (edge.key, edge.finding and edge.finding.reason) == ("20261120", Reason.NOT_RUN)


@pytest.mark.parametrize(
    ("says", "text"),
    [("wait", "the edge waits all the same"), ("skip", "the edge leaves the node out then")],
)
def test_of_a_closed_upstream_is_told_what_the_edge_says(says: str, text: str) -> None:
    there = shop(SOURCES + run(f"[a, {{node: b, ifNotScheduled: {says}}}]"))
    there.write(fact("a", "2026-11-21T07:00"))
    found = list(flat(why(there).edges))[1].finding
    assert found
    assert found.reason is Reason.NOT_SCHEDULED
    assert found.text == f"its calendar is closed for this key, and {text}"
    assert found.remedy == "depgen satisfy report b --key 20261121"


def test_a_node_that_is_closed_says_so_and_has_no_state() -> None:
    there = shop(SOURCES + run("[a]", ", runsOn: week"))
    there.write(fact("a", "2026-11-21T07:00"))
    assert there.cell("report") is None
    assert [found.reason for found in why(there).findings] == [Reason.CLOSED]


def test_a_node_that_waits_for_its_past_says_what_became_of_it() -> None:
    there = shop(SOURCES + run("[a]", ", dependsOnPast: true, activeFrom: '2026-11-01'"))
    there.write(fact("a", "2026-11-21T07:00"))
    assert why(there).findings == (
        Finding(
            Reason.NOT_RUN,
            "dependsOnPast: the node's own key before this one: has not run, or its fact is gone",
            "",
            "a success of report for that key",
        ),
    )
    before = fact("report", "2026-11-20T07:00", "Failed", key="20261120", offset=-1)
    there.write(fact("a", "2026-11-21T07:00"), before)
    assert why(there).findings[0].reason is Reason.FAILED


def test_what_was_used_up_by_the_run_of_the_key_before_is_too_old() -> None:
    there = shop(SOURCES + run("[{node: a, lookback: sinceLastRun}]"))
    there.write(
        fact("a", "2026-11-21T07:00"),
        fact("report", "2026-11-20T09:00", key="20261120", offset=-1, used="2026-11-21T08:00:00Z"),
    )
    assert [found.reason for found in why(there).findings] == [Reason.STALE]


# ---- status ----


def test_what_stands_under_a_former_id_is_the_nodes_own() -> None:
    there = shop(SOURCES.replace("{cronWorkflow: a}", "{cronWorkflow: a}, renamedFrom: old") + run("[a]"))
    there.write(fact("old", "2026-11-21T07:00"))
    cell = there.cell("report")
    assert cell
    assert cell.state is State.READY


# ---- the sweep ----


def test_a_node_that_closed_upstreams_leave_out_is_skipped_and_so_satisfies_done() -> None:
    nodes = SOURCES + run("[a, {node: b, ifNotScheduled: skip}]")
    nodes += "  audit: {run: {workflowTemplate: audit}, dependsOn: [{node: report, status: done}]}\n"
    there = SweptShop(subject=subject_of(nodes, "UTC", WEEK))
    there.ended("a", "2026-11-21T10:00")
    before = there.ledgers()
    assert told_of(there.sweep(), Kind.SKIPPED) == [("report", KEY, "calendar")]
    assert there.fires(before) == [f"etl-audit-{KEY}"]
    assert done(there.sweep("2026-11-21T12:05")) == {"asked": 1}


def test_a_rerun_whose_event_was_lost_is_asked_for_by_the_sweep() -> None:
    there = SweptShop(
        subject=subject_of("  a: {source: {cronWorkflow: a}}\n" + run("[a]", ", onRerun: refresh"), "UTC")
    )
    used = {
        "finishedAt": "",
        "phase": "Submitted",
        "used": "2026-11-21T09:00:00Z",
        "workflow": f"etl-report-{KEY}",
    }
    there.write(fact("a", "2026-11-21T09:00"), {f"run.report.{KEY}.u0.0": json.dumps(used)})
    there.ended("a", "2026-11-21T10:00")
    there.sweep()
    assert there.fires({}) == [f"etl-report-{KEY}-r2"]
    there.sweep("2026-11-21T12:05")
    assert there.data()["sweep.report"].startswith("1 ")


def test_a_skipped_key_passes_for_the_one_after_it() -> None:
    there = shop(SOURCES + run("[a]", ", dependsOnPast: true, activeFrom: '2026-11-01'"))
    there.write(
        fact("a", "2026-11-21T07:00"),
        outcome("report", "2026-11-20T07:00", "Skipped", key="20261120", offset=-1),
    )
    cell = there.cell("report")
    assert cell
    assert cell.state is State.READY
