"""What a pass says of runs whose times have passed, for those who alert on it."""

from __future__ import annotations

import json

import pytest

from depgen.report.sweep_metrics import SweepMetrics
from tests.subjects import KEY, by_hand, outcome
from tests.sweeps import NOW, SweptShop

NODES = """\
  a: {source: {cronWorkflow: a}}
  report: {run: {workflowTemplate: report}, dependsOn: [a], startBy: "09:00", deadline: "11:00"%s}
"""
Overdue = dict[tuple[str, str], int]


def shop(more: str = "", head: str = "", is_new: bool = False) -> SweptShop:
    return SweptShop(NODES % more, head=head, is_new=is_new)


def counts(start: int, end: int) -> Overdue:
    return {("report", "startBy"): start, ("report", "deadline"): end}


def test_a_day_on_which_nothing_happened_is_overdue_without_a_ledger() -> None:
    of = SweptShop(NODES.replace(', startBy: "09:00", deadline: "11:00"%s', ', startBy: "09:00"'))
    assert of.ledgers() == {}
    assert of.sweep().overdue == {("report", "startBy"): 1}


@pytest.mark.parametrize(
    "at", ["2026-11-21T08:59", "2026-11-21T09:00", "2026-11-21T10:59", "2026-11-21T11:00"]
)
def test_each_time_counts_for_a_day_so_that_yesterdays_ends_when_todays_begins(at: str) -> None:
    assert shop().sweep(at).overdue == counts(1, 1)


def test_a_time_that_has_not_come_is_not_overdue() -> None:
    of = shop(', activeFrom: "2026-11-21"')
    assert of.sweep("2026-11-21T08:59").overdue == counts(0, 0)
    assert of.sweep("2026-11-21T09:00").overdue == counts(1, 0)
    assert of.sweep("2026-11-21T11:00").overdue == counts(1, 1)


def test_a_run_that_is_submitted_is_not_late_but_may_miss_its_deadline() -> None:
    of = shop()
    of.ended("a", "2026-11-21T08:00")
    of.run("report")
    assert of.sweep().overdue == counts(0, 1)


@pytest.mark.parametrize(("phase", "missed"), [("Succeeded", 0), ("Failed", 1), ("Error", 1)])
def test_only_a_success_meets_a_deadline(phase: str, missed: int) -> None:
    of = shop()
    of.ended("a", "2026-11-21T08:00")
    of.run("report", at="2026-11-21T10:00", phase=phase)
    assert of.sweep().overdue == counts(0, missed)


@pytest.mark.parametrize(("phase", "missed"), [("Skipped", 0), ("Expired", 1), ("Rejected", 1)])
def test_what_is_skipped_is_not_missed_and_what_was_given_up_is(phase: str, missed: int) -> None:
    of = shop()
    of.write(outcome("report", "2026-11-21T10:00", phase))
    assert of.sweep().overdue == counts(0, missed)


def test_what_somebody_holds_or_suspended_is_not_overdue() -> None:
    held = shop()
    held.write(by_hand("hold.report"))
    assert held.sweep().overdue == counts(0, 0)
    assert shop(", suspend: true").sweep().overdue == counts(0, 0)


def test_times_before_the_node_was_known_do_not_count() -> None:
    assert shop(is_new=True).sweep().overdue == counts(0, 0)


def test_a_backfill_is_not_late() -> None:
    of = shop()
    of.write({"backfill": json.dumps({"at": "2026-11-21T11:30:00Z", "by": "ada", "why": "because"})})
    assert of.sweep().overdue == counts(0, 0)


def test_closed_days_and_a_shadow_are_left_out() -> None:
    closed = shop(", runsOn: weekdays", "calendars: {weekdays: {days: [mon, tue, wed, thu, fri]}}\n")
    assert closed.sweep().overdue == counts(0, 0), "a Saturday"
    assert shop(head="mode: shadow\n").sweep().overdue == {}


def test_a_week_ends_when_its_last_day_does() -> None:
    nodes = """\
  a: {source: {cronWorkflow: a}, key: {every: week}}
  report: {run: {workflowTemplate: report}, dependsOn: [a], deadline: "10:00 end"}
"""
    of = SweptShop(nodes)
    assert of.sweep("2026-11-21T12:00").overdue == {("report", "deadline"): 0}
    assert of.sweep("2026-11-22T12:00").overdue == {("report", "deadline"): 1}


def test_it_is_a_gauge_that_is_there_while_nothing_is_overdue() -> None:
    of, metrics = shop(is_new=True), SweepMetrics({"etl": "data"})
    metrics.passed([of.sweep()], NOW)
    page = metrics.page()[1].decode().splitlines()
    labels = 'graph="etl",namespace="data",node="report"'
    assert f'depgen_sweep_overdue{{clock="startBy",{labels}}} 0.0' in page
    metrics.passed([shop().sweep()], NOW)
    assert f'depgen_sweep_overdue{{clock="startBy",{labels}}} 1.0' in metrics.page()[1].decode().splitlines()
    assert KEY not in metrics.page()[1].decode(), "keys come and go: a series for each would stay"
