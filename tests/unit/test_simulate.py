"""Days that are played: what runs when, what never does and why, as the compiled manifests decide."""

from __future__ import annotations

from datetime import date

import pytest

from depgen.pipeline import InputFile
from depgen.simulate import supposing
from depgen.simulate.expected import Basis
from depgen.simulate.forecasting import Wish, forecast
from depgen.simulate.profile import Profile
from depgen.simulate.supposing import Supposition
from depgen.simulate.timeline import Fate, Item, Timeline
from tests.unit.test_simulate_suppositions import NODES, checked, cron, local, read_profile

DAY = date(2026, 11, 21)
SALES, STOCK = cron("sales-load", "0 18 * * *"), cron("stock-load", "0 19 * * *")


def played(
    nodes: str = NODES,
    what_if: tuple[str, ...] = (),
    crons: str = SALES + STOCK,
    first: date = DAY,
    days: int = 1,
    habits: Profile | None = None,
    head: str = "",
) -> Timeline:
    """The timeline of a graph, its CronWorkflows read from one file."""
    graphs = checked(nodes, head=head)
    supposition = Supposition(habits or Profile(), supposing.read(what_if, graphs.graphs))
    files = (InputFile("crons.yaml", crons.encode()),) if crons else ()
    (told,), problems = forecast(graphs, Wish(first, days, files, supposition))
    assert problems == []
    return told


def item(told: Timeline, node: str, key: str = "20261121") -> Item:
    """One of a timeline."""
    return next(one for one in told.items if (one.node, one.key) == (node, key))


def shown(told: Timeline) -> list[str]:
    """`report 20261121 19:05-19:10` for what ran, and the fate of the rest."""
    return [
        f"{one.node} {one.key} {local(one.begin)[11:]}-{local(one.end)[11:]}"
        if one.begin is not None and one.end is not None
        else f"{one.node} {one.key} {one.fate}"
        for one in told.items
    ]


def test_a_night_as_usual_runs_when_the_last_upstream_has_ended() -> None:
    told = played()
    assert shown(told) == [
        "sales 20261121 18:00-18:05",
        "stock 20261121 19:00-19:05",
        "report 20261121 19:05-19:10",
    ]
    report = item(told, "report")
    assert report.workflow == "etl-report-20261121"
    assert report.last
    assert (report.last.what, local(report.last.at)[11:]) == ("stock", "19:05")
    assert report.since
    assert local(report.since)[11:] == "18:05"
    assert told.is_clean


def test_a_late_source_makes_what_waits_for_it_late() -> None:
    told = played(what_if=("sales=late:3h",))
    assert shown(told)[-1] == "report 20261121 21:05-21:10"
    assert (item(told, "sales").late_by, item(told, "report").late_by) == (10800, 0)
    assert told.is_clean


def test_what_waits_for_a_failed_source_never_runs_and_says_why() -> None:
    told = played(what_if=("sales=fail",))
    report = item(told, "report")
    assert (report.fate, [finding.reason for finding in report.reasons]) == (Fate.NEVER, ["upstream-failed"])
    assert report.reasons[0].text == "sales: sales-load-1795280400 ended Failed"
    assert not told.is_clean


def test_a_missing_source_is_told_as_what_never_started() -> None:
    told = played(what_if=("stock=missing",))
    assert item(told, "stock").fate is Fate.MISSING
    assert [finding.text for finding in item(told, "report").reasons] == ["stock never started"]


def test_what_follows_on_what_never_ran_never_runs_either() -> None:
    nodes = NODES + "  mail: {run: {workflowTemplate: mail}, dependsOn: [report, sales]}\n"
    told = played(nodes, ("stock=fail",))
    mail = item(told, "mail")
    assert (mail.fate, [finding.text for finding in mail.reasons]) == (Fate.NEVER, ["report never ran"])
    assert mail.since
    assert local(mail.since)[11:] == "18:05"


def test_a_branch_that_is_not_taken_had_no_reason_to_run() -> None:
    nodes = NODES + (
        "  page: {run: {workflowTemplate: page}, dependsOn: [{node: report, status: failure}]}\n"
        "  note: {run: {workflowTemplate: note}, dependsOn: [page]}\n"
    )
    usual = played(nodes)
    assert (item(usual, "page").fate, item(usual, "note").fate) == (Fate.IDLE, Fate.IDLE)
    assert usual.is_clean
    failed = played(nodes, ("report=fail",))
    assert (item(failed, "report").fate, item(failed, "page").fate) == (Fate.FAILED, Fate.SUCCEEDED)
    assert failed.is_clean


def test_nothing_is_expected_of_a_day_without_a_source() -> None:
    weekdays = cron("sales-load", "0 18 * * 1-5") + cron("stock-load", "0 19 * * 1-5")
    told = played(crons=weekdays)
    assert [one.fate for one in told.items] == [Fate.IDLE] * 3
    assert told.is_clean


def test_one_source_that_runs_at_weekends_leaves_a_join_open() -> None:
    told = played(crons=SALES + cron("stock-load", "0 19 * * 1-5"))
    report = item(told, "report")
    assert (report.fate, [finding.text for finding in report.reasons]) == (
        Fate.NEVER,
        ["stock had no reason to run"],
    )
    assert not told.is_clean


def test_a_suspended_cron_workflow_never_starts() -> None:
    told = played(crons=SALES + cron("stock-load", "0 19 * * *", more=", suspend: true"))
    assert item(told, "stock").fate is Fate.MISSING
    assert item(told, "report").fate is Fate.NEVER
    assert {ground.node: ground.basis for ground in told.grounds}["stock"] is Basis.SUSPENDED


CLOCKED = NODES.replace(
    "dependsOn: [sales, stock]", 'dependsOn: [sales, stock], notBefore: "20:00", deadline: "21:00"'
)


def test_a_gate_is_what_was_waited_for_last() -> None:
    report = item(played(CLOCKED), "report")
    assert report.begin
    assert report.last
    assert (local(report.begin)[11:], report.last.what) == ("20:00", "notBefore")
    assert report.missed == ()


@pytest.mark.parametrize("what_if", ["stock=late:2h", "stock=fail", "report=late:1h", "report=fail"])
def test_a_deadline_is_missed_by_what_is_late_or_fails_or_never_runs(what_if: str) -> None:
    told = played(CLOCKED, (what_if,))
    assert [mark.name for mark in item(told, "report").missed] == ["deadline"]
    assert not told.is_clean


def test_who_is_told_of_a_missed_deadline_is_told_when_it_is() -> None:
    nodes = CLOCKED.replace('"21:00"', '"21:00", onMiss: {run: {workflowTemplate: page}}')
    told = played(nodes, ("stock=late:2h",))
    assert [(alert.kind, alert.node, local(alert.at)[11:]) for alert in told.alerts] == [
        ("missed", "report", "21:00")
    ]


def test_a_cutoff_ends_the_waiting_where_the_graph_has_a_sweeper() -> None:
    nodes = NODES.replace("[sales, stock]", '[sales, stock], cutoff: "22:00", onCutoff: fail')
    nodes += "  tidy: {run: {workflowTemplate: tidy}, dependsOn: [{node: report, status: done}]}\n"
    swept = played(nodes, ("stock=missing",), head="sweeper: {image: depgen, every: 10m}\n")
    assert (item(swept, "report").fate, item(swept, "tidy").fate) == (Fate.NEVER, Fate.SUCCEEDED)
    tidy = item(swept, "tidy")
    assert tidy.begin
    assert "22:00" <= local(tidy.begin)[11:] <= "22:30"
    alone = played(nodes, ("stock=missing",))
    assert item(alone, "tidy").fate is Fate.NEVER


def test_a_day_reads_the_day_before_where_an_edge_does() -> None:
    nodes = (
        "  sales: {source: {cronWorkflow: sales-load}}\n"
        "  trend: {run: {workflowTemplate: trend}, dependsOn: [sales, {node: sales, match: {offset: -1}}]}\n"
    )
    told = played(nodes, crons=SALES)
    assert shown(told) == ["sales 20261121 18:00-18:05", "trend 20261121 18:05-18:10"]


@pytest.mark.parametrize(("every", "day"), [("month", date(2026, 11, 20)), ("week", date(2026, 11, 18))])
def test_a_period_that_goes_on_after_the_days_is_supposed_to_have_begun_before_them(
    every: str, day: date
) -> None:
    nodes = f"""  sales: {{source: {{cronWorkflow: sales-load}}}}
  books: {{source: {{cronWorkflow: books-close}}, key: {{every: {every}}}}}
  report: {{run: {{workflowTemplate: report}}, dependsOn: [sales, {{node: books, match: containing}}]}}
"""
    told = played(nodes, crons="", first=day)
    assert item(told, "report", f"{day:%Y%m%d}").fate is Fate.SUCCEEDED
    assert told.is_clean


def test_mishaps_befall_the_days_that_are_shown_and_not_those_before() -> None:
    nodes = (
        "  sales: {source: {cronWorkflow: sales-load}}\n"
        "  trend: {run: {workflowTemplate: trend}, dependsOn: [{node: sales, match: {offset: -1}}]}\n"
    )
    told = played(nodes, ("sales=missing",), crons=SALES)
    assert item(told, "trend").fate is Fate.SUCCEEDED


def test_outputs_come_from_the_profile_and_are_else_made_up() -> None:
    nodes = NODES.replace("[sales, stock]", "[{node: sales, when: '(.outputs.rows | tonumber) > 0'}, stock]")
    usual = played(nodes)
    assert (usual.made_up, item(usual, "report").fate) == (("sales.rows",), Fate.SUCCEEDED)
    habits, _ = read_profile('  sales: {outputs: {rows: "0"}}\n')
    empty = played(nodes, habits=habits)
    assert (empty.made_up, item(empty, "report").fate) == ((), Fate.IDLE)


def test_several_days_are_played_in_one_go() -> None:
    told = played(days=3, what_if=("stock@20261122=fail",))
    assert [(one.key, one.fate) for one in told.items if one.node == "report"] == [
        ("20261121", Fate.SUCCEEDED),
        ("20261123", Fate.SUCCEEDED),
        ("20261122", Fate.NEVER),
    ]


def test_the_hours_of_the_day_the_clocks_go_back_are_25() -> None:
    nodes = (
        "  load: {source: {cronWorkflow: load}, key: {every: hour}}\n"
        "  sum: {run: {workflowTemplate: sum}, dependsOn: [load]}\n"
    )
    told = played(nodes, crons=cron("load", "10 * * * *"), first=date(2026, 10, 25))
    ran = [one.key for one in told.items if one.node == "sum" and one.fate is Fate.SUCCEEDED]
    assert len(ran) == 25
    assert ran[2:4] == ["20261025t02", "20261025t02b"]
    assert told.days[0].hours == 25


def test_a_closed_day_is_marked_and_nothing_is_expected_of_it() -> None:
    head = 'calendars: {business: {days: [mon, tue, wed, thu, fri], validThrough: "2030-12-31"}}\n'
    nodes = (
        "  sales: {source: {cronWorkflow: sales-load}, runsOn: business}\n"
        "  report: {run: {workflowTemplate: report}, dependsOn: [sales], runsOn: business}\n"
    )
    told = played(nodes, crons="", days=3, head=head)
    assert [day.closed for day in told.days] == [("business",), ("business",), ()]
    assert [one.key for one in told.items if one.fate is Fate.SUCCEEDED] == ["20261123", "20261123"]
    assert told.is_clean


@pytest.mark.parametrize(("says", "fate"), [("skip", Fate.IDLE), ("wait", Fate.NEVER)])
def test_a_run_that_is_left_out_where_an_upstream_is_closed_had_no_reason_to_run(
    says: str, fate: Fate
) -> None:
    head = 'calendars: {business: {days: [mon, tue, wed, thu, fri], validThrough: "2030-12-31"}}\n'
    nodes = f"""
  sales: {{source: {{cronWorkflow: sales-load}}}}
  stock: {{source: {{cronWorkflow: stock-load}}, runsOn: business}}
  report: {{run: {{workflowTemplate: report}}, dependsOn: [sales, {{node: stock, ifNotScheduled: {says}}}]}}
"""
    told = played(nodes, crons="", head=head)
    assert item(told, "report").fate is fate
    assert told.is_clean is (says == "skip")


def test_the_same_seed_gives_the_same_day() -> None:
    habits, _ = read_profile(
        "  sales: {duration: {from: 1m, to: 50m}}\n  stock: {duration: {from: 1m, to: 50m}}\n"
    )
    assert shown(played(habits=habits)) == shown(played(habits=habits))


def test_progress_is_told_up_to_the_end() -> None:
    seen: list[tuple[float, int]] = []
    forecast(checked(), Wish(DAY), lambda done, now, number: seen.append((done, number)))
    assert seen[-1] == (1.0, 3)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_nodes_that_listen_to_one_cron_workflow_share_its_workflows() -> None:
    nodes = NODES + (
        "  again: {source: {cronWorkflow: sales-load}}\n"
        "  copy: {run: {workflowTemplate: copy}, dependsOn: [again]}\n"
    )
    told = played(nodes, ("again=late:1h",))
    assert item(told, "sales").workflow == item(told, "again").workflow
    assert local(item(told, "sales").end or 0)[11:] == "19:05"
    assert item(told, "copy").fate is item(told, "report").fate is Fate.SUCCEEDED
    assert item(played(nodes, ("again=missing",)), "report").fate is Fate.NEVER


def test_a_month_is_played_from_its_first_day_when_its_last_is_shown() -> None:
    nodes = (
        "  sales: {source: {cronWorkflow: sales-load}}\n"
        "  month: {run: {workflowTemplate: month}, every: month, dependsOn: [{node: sales, match: {within: key}}]}\n"
    )
    told = played(nodes, crons=SALES, first=date(2026, 11, 30))
    assert [one.key for one in told.items] == ["20261130", "202611"]
    assert item(told, "month", "202611").fate is Fate.SUCCEEDED
    assert [one.node for one in played(nodes, crons=SALES).items] == ["sales"]


def test_a_node_that_depends_on_its_past_is_supposed_to_have_one() -> None:
    nodes = NODES.replace(
        "dependsOn: [sales, stock]",
        "dependsOn: [sales, stock], dependsOnPast: true, activeFrom: '2026-01-01'",
    )
    told = played(nodes, days=2)
    assert [one.fate for one in told.items if one.node == "report"] == [Fate.SUCCEEDED] * 2
    broken = played(nodes, ("report@20261121=fail",), days=2)
    assert item(broken, "report", "20261122").fate is Fate.NEVER


def test_what_waits_for_suspended_sources_only_never_runs_either() -> None:
    both = cron("sales-load", "0 18 * * *", more=", suspend: true") + cron(
        "stock-load", "0 19 * * *", more=", suspend: true"
    )
    told = played(crons=both)
    assert [one.fate for one in told.items] == [Fate.MISSING, Fate.MISSING, Fate.NEVER]
