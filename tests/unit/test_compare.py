"""Shadow mode against the crons: verdicts, and where the times come from."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from depgen.cluster.api import CRON_WORKFLOWS
from depgen.cluster.compare import Compared, Verdict, compare, key_bounds
from depgen.report import compare as report
from tests.subjects import Shop, seconds, subject_of

NODES = (
    "  a: {source: {cronWorkflow: a}}\n"
    "  report: {run: {workflowTemplate: held}, dependsOn: [a], replaces: report-cron}\n"
    "  audit: {run: {workflowTemplate: held}, dependsOn: [report]}\n"
)
CRON = {"workflows.argoproj.io/cron-workflow": "report-cron"}


def shop() -> Shop:
    there = Shop(subject_of(NODES, head="mode: shadow\n"))
    there.cluster.add(CRON_WORKFLOWS, "data", {"metadata": {"name": "report-cron"}, "spec": {}})
    return there


def shadow(at: str) -> dict[str, str]:
    return {"shadow.report": json.dumps({"at": f"{at}:00Z", "workflow": "etl-report-x"})}


def ran(there: Shop, at: str, phase: str = "Succeeded") -> str:
    """A child of the cron, still in the cluster."""
    name = f"report-cron-{int(seconds(at))}"
    there.workflow(name, CRON, phase)
    return name


def verdicts(there: Shop) -> dict[str, Verdict]:
    return {each.key: each.verdict for each in compare(there.cluster, there.subject, 300).comparisons}


def test_each_key_has_its_verdict() -> None:
    there = shop()
    for key, graph_at, cron_at in (
        ("20261101", "2026-11-01T19:00", "2026-11-01T19:05"),
        ("20261102", "2026-11-02T18:00", "2026-11-02T19:00"),
        ("20261103", "2026-11-03T20:30", "2026-11-03T19:00"),
        ("20261104", "", "2026-11-04T19:00"),
        ("20261105", "2026-11-05T19:00", ""),
    ):
        there.write(shadow(graph_at) if graph_at else {"x": "y"}, key=key)
        if cron_at:
            ran(there, cron_at)
    there.write({"clock.report.cutoff": "{}"}, key="20261106")
    assert verdicts(there) == {
        "20261101": Verdict.SAME,
        "20261102": Verdict.EARLIER,
        "20261103": Verdict.LATER,
        "20261104": Verdict.NOT_BY_GRAPH,
        "20261105": Verdict.NOT_BY_CRON,
    }


def test_a_child_that_runs_still_counts_and_one_that_is_gone_is_known_from_the_ledger() -> None:
    there = shop()
    running = ran(there, "2026-11-01T19:00", "Running")
    gone = f"report-cron-{int(seconds('2026-11-02T19:00'))}"
    value = {"finishedAt": "2026-11-02T20:00:00Z", "phase": "Succeeded", "workflow": gone}
    there.write(shadow("2026-11-02T19:00") | {"run.report.20261102.u1.1": json.dumps(value)}, key="20261102")
    found = compare(there.cluster, there.subject, 300).comparisons
    assert [(each.key, each.workflow, each.verdict) for each in found] == [
        ("20261101", running, Verdict.NOT_BY_GRAPH),
        ("20261102", gone, Verdict.SAME),
    ]


def test_of_several_children_of_a_key_the_first_is_when_the_cron_ran() -> None:
    there = shop()
    moments = ("2026-11-02T19:00", "2026-11-02T21:00")
    entries = {}
    for number, at in enumerate(moments):
        gone = f"report-cron-{int(seconds(at))}"
        value = {"finishedAt": "2026-11-02T22:00:00Z", "phase": "Succeeded", "workflow": gone}
        entries[f"run.report.20261102.u{number}.1"] = json.dumps(value)
    there.write(shadow("2026-11-02T19:00") | entries, key="20261102")
    assert verdicts(there) == {"20261102": Verdict.SAME}


def test_keys_at_which_the_node_is_not_active_are_not_told_of() -> None:
    nodes = NODES.replace("replaces: report-cron", 'replaces: report-cron, activeFrom: "2026-11-03"')
    there = Shop(subject_of(nodes, head="mode: shadow\n"))
    for day in (2, 3):
        ran(there, f"2026-11-0{day}T19:00")
    assert list(verdicts(there)) == ["20261103"]


def test_a_child_that_was_resubmitted_is_of_the_same_key() -> None:
    there = shop()
    there.workflow(f"report-cron-{int(seconds('2026-11-02T19:00'))}-x7k2p", CRON, "Succeeded")
    assert list(verdicts(there)) == ["20261102"]


def test_a_child_started_by_hand_is_nobodys() -> None:
    there = shop()
    there.workflow("report-cron-x7k2p", CRON, "Succeeded")
    assert verdicts(there) == {}


def test_the_dates_bound_what_is_told() -> None:
    there = shop()
    for day in range(1, 5):
        ran(there, f"2026-11-0{day}T19:00")
    found = compare(there.cluster, there.subject, 300, "20261102", "20261103~").comparisons
    assert [each.key for each in found] == ["20261102", "20261103"]


def test_the_dates_bound_the_keys_of_any_period() -> None:
    for every, key, first, last in (
        ("week", "2026w47", datetime(2026, 11, 16), datetime(2026, 11, 22)),
        ("month", "202611", datetime(2026, 11, 1), datetime(2026, 11, 30)),
        ("hour", "20261121t14", datetime(2026, 11, 21), datetime(2026, 11, 21)),
    ):
        nodes = NODES.replace("{cronWorkflow: a}", f"{{cronWorkflow: a}}, key: {{every: {every}}}")
        there = Shop(subject_of(nodes, head="mode: shadow\n"))
        there.write(shadow("2026-11-21T14:00"), key=key)
        for start, end, expected in (
            (first, last, [key]),
            (None, first - timedelta(days=1), []),
            (last + timedelta(days=1), None, []),
        ):
            found = compare(there.cluster, there.subject, 300, *key_bounds(start, end)).comparisons
            assert [each.key for each in found] == expected


def test_it_says_what_stands_between_here_and_live() -> None:
    there = shop()
    found = compare(there.cluster, there.subject, 300)
    assert (found.active, found.alone) == (("report-cron",), ("audit",))
    there.cluster.patch(CRON_WORKFLOWS, "data", "report-cron", {"spec": {"suspend": True}})
    assert compare(there.cluster, there.subject, 300).active == ()


def test_the_table_is_on_the_clock_of_the_graph() -> None:
    there = shop()
    there.write(shadow("2026-11-02T18:00"), key="20261102")
    ran(there, "2026-11-02T19:00")
    told = report.text("etl", "Europe/Paris", compare(there.cluster, there.subject, 300))
    assert told == (
        "node    key       graph             cron\n"
        "report  20261102  2026-11-02 19:00  2026-11-02 20:00  60 min before the cron\n"
        "etl: 1 run: 1 before the cron\n"
        'without "replaces", so not compared: audit\n'
        "to be suspended when the graph goes live: report-cron\n"
    )


def test_json_has_a_version_and_instants() -> None:
    empty = json.loads(report.as_json("etl", Compared((), (), ())))
    assert empty == {
        "version": 1,
        "graph": "etl",
        "comparisons": [],
        "activeCronWorkflows": [],
        "withoutCronWorkflow": [],
    }
