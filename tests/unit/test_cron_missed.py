"""Runs that were due and never started: what is called missed, what is not, and what is done about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest

from depgen import pipeline
from depgen.cluster.api import (
    CONFIG_MAPS,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Object,
)
from depgen.cluster.cron_missed import Due, Judged, Verdict, check, span
from depgen.cluster.cron_submit import Outcome, submit
from depgen.cluster.cron_workflow import CronWorkflow, scheduled_for
from depgen.pipeline import Checked, InputFile
from depgen.report.cron_missed import Report, as_json, text
from depgen.runnable import Runnable, runnable
from tests.compiled import FRAME
from tests.fakes import FakeCluster

NOW = 1795248000.0  # 2026-11-21T08:00:00Z
DUE = 1795222800  # 2026-11-21T02:00 in Paris
OWNER = {"apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "controller": True}
GRAPH = (
    FRAME.format(zone="Europe/Paris")
    + """
nodes:
  sales: {source: {cronWorkflow: sales-load}}
  other: {source: {workflowTemplate: other}}
  report: {run: {workflowTemplate: report}, dependsOn: [sales, other]}
"""
)


@lru_cache
def compiled(graph: str = GRAPH) -> tuple[Checked, dict[str, Runnable]]:
    checked = pipeline.check(pipeline.load([InputFile("graph.yaml", graph.encode())]))
    assert not checked.has_errors, checked.findings
    return checked, runnable(pipeline.build(checked).objects())


def cron(name: str = "sales-load", schedule: str = "0 2 * * *", /, **spec: Any) -> Object:
    status = spec.pop("status", {})
    meta = {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z", **spec.pop("metadata", {})}
    spec = {"schedules": [schedule], "timezone": "Europe/Paris", "workflowSpec": {"entrypoint": "a"}, **spec}
    return {"metadata": meta, "spec": spec, "status": status}


def child(at: int, phase: str = "Succeeded", *, took: int = 600, name: str = "", key: str = "") -> Object:
    """A run that was due at a Unix time, and ended `took` seconds later if it has ended."""
    status: Object = {"phase": phase}
    if phase != "Running":
        status["finishedAt"] = utc(at + took)
    return {
        "metadata": {
            "name": name or f"sales-load-{at}",
            "creationTimestamp": utc(at),
            "labels": {"workflows.argoproj.io/cron-workflow": "sales-load"}
            | ({"depgen.io/key": key} if key else {}),
        },
        "spec": {},
        "status": status,
    }


def utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def instant(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def cluster_with(
    crons: Sequence[Object] = (), children: Sequence[Object] = (), now: float = NOW
) -> FakeCluster:
    cluster = FakeCluster(now=now)
    cluster.add(CRON_WORKFLOWS, "data", *crons)
    cluster.add(WORKFLOWS, "data", *children)
    return cluster


def judged(cluster: FakeCluster, hours: float = 24, grace: float = 120, graph: str = GRAPH) -> list[Judged]:
    checked, programs = compiled(graph)
    return check(cluster, checked.graphs, programs, span(cluster.now, hours * 3600, grace))


def only(cluster: FakeCluster, hours: float = 24) -> Judged:
    (found,) = judged(cluster, hours)
    return found


def verdicts(found: Judged) -> list[tuple[int, str]]:
    return [(int(due.at.timestamp()), str(due.verdict)) for due in found.due]


def one(cluster: FakeCluster) -> Due:
    (due,) = only(cluster).due
    return due


# -- missed or not


def test_a_time_without_a_run_is_missed() -> None:
    due = one(cluster_with([cron()]))
    assert (int(due.at.timestamp()), due.name, due.verdict) == (DUE, f"sales-load-{DUE}", Verdict.MISSED)
    assert (due.keys, due.reason) == ({"etl/sales": "20261121"}, "")


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", "Running"])
def test_a_time_with_a_run_of_its_name_is_not(phase: str) -> None:
    assert one(cluster_with([cron()], [child(DUE, phase)])).verdict is Verdict.RAN


def test_a_resubmitted_run_counts_for_the_time_of_the_first() -> None:
    again = child(DUE, name=f"sales-load-{DUE}-x7k2p")
    assert one(cluster_with([cron()], [again])).verdict is Verdict.RAN


def test_a_run_of_another_time_or_of_a_longer_name_does_not_count() -> None:
    others = [child(DUE - 60), child(DUE, name=f"sales-load-eu-{DUE}")]
    assert one(cluster_with([cron()], others)).verdict is Verdict.MISSED
    assert scheduled_for("sales-load", f"sales-load-eu-{DUE}") is None


def test_the_last_scheduled_time_proves_a_run() -> None:
    assert one(cluster_with([cron(status={"lastScheduledTime": utc(DUE)})])).verdict is Verdict.RAN
    earlier = cron(status={"lastScheduledTime": utc(DUE - 86400)})
    assert one(cluster_with([earlier])).verdict is Verdict.MISSED


@pytest.mark.parametrize(
    ("name", "workflow", "verdict"),
    [
        (f"run.sales.20261121.u.{DUE}", f"sales-load-{DUE}", Verdict.RAN),
        (f"run.sales.20261121.u.{DUE}", f"sales-load-{DUE - 60}", Verdict.MISSED),
        (f"run.sales.20261121.u.{DUE}", "sales-load-x7k2p", Verdict.RAN),
        (f"run.sales.20261121.skipped.{DUE}", "", Verdict.RAN),
        (f"run.sales.20261120.u.{DUE}", f"sales-load-{DUE - 86400}", Verdict.MISSED),
        (f"run.report.20261121.u.{DUE}", "etl-report-20261121", Verdict.MISSED),
    ],
)
def test_a_fact_in_the_ledger_of_the_key_proves_a_run(name: str, workflow: str, verdict: Verdict) -> None:
    cluster = cluster_with([cron()])
    fact = {"finishedAt": utc(DUE), "phase": "Succeeded"} | ({"workflow": workflow} if workflow else {})
    labels = {"depgen.io/graph": "etl", "depgen.io/key": "20261121"}
    ledger = {
        "metadata": {"name": "etl-20261121", "labels": labels},
        "data": {name: json.dumps(fact), "run.sales.x": "no JSON"},
    }
    cluster.add(CONFIG_MAPS, "data", ledger)
    assert one(cluster).verdict is verdict


def test_a_run_started_by_hand_counts_for_the_key_it_was_told() -> None:
    by_hand = child(DUE + 7200, name="sales-load-x7k2p", key="20261121")
    due = one(cluster_with([cron()], [by_hand]))
    assert (due.verdict, due.reason) == (Verdict.RAN, "sales-load-x7k2p has its key")
    assert one(cluster_with([cron()], [child(DUE + 7200, name="sales-load-x7k2p")])).verdict is Verdict.MISSED


def test_a_run_may_be_late_and_a_new_cron_workflow_owes_nothing_of_the_past() -> None:
    assert len(only(cluster_with([cron()], now=DUE + 119), hours=1).due) == 0
    assert len(only(cluster_with([cron()], now=DUE + 121), hours=1).due) == 1
    new = cron(metadata={"creationTimestamp": utc(DUE)})
    assert only(cluster_with([new])).due == ()


def test_times_are_those_of_its_zone_on_the_days_the_clocks_change() -> None:
    for now, expected in {
        "2026-03-29T12:00:00Z": [],  # there is no half past two
        "2026-10-25T12:00:00Z": ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
    }.items():
        cluster = cluster_with([cron("sales-load", "30 2 * * *")], now=instant(now))
        assert [utc(due.at.timestamp()) for due in only(cluster).due] == expected


def test_several_schedules_are_one_list_and_schedule_hides_them() -> None:
    both = cron(schedules=["0 2 * * *", "0 2,4 * * *"])
    assert [at for at, _ in verdicts(only(cluster_with([both])))] == [DUE, DUE + 7200]
    old = cron(schedule="0 3 * * *", schedules=["0 2 * * *"])
    assert [at for at, _ in verdicts(only(cluster_with([old])))] == [DUE + 3600]


def test_without_a_zone_times_are_utc() -> None:
    assert [at for at, _ in verdicts(only(cluster_with([cron(timezone="")])))] == [DUE + 3600]


# -- unknown


def hourly(*children: Object, **spec: Any) -> list[tuple[int, str]]:
    """The verdicts of 4, 5, 6 and 7 o'clock UTC, in hours before NOW."""
    found = only(cluster_with([cron("sales-load", "0 * * * *", **spec)], children), hours=4)
    return [(int(NOW - at) // 3600, verdict) for at, verdict in verdicts(found)]


def at_hour(ago: int) -> int:
    return int(NOW) - ago * 3600


def test_a_run_that_the_history_limit_may_have_removed_is_unknown() -> None:
    kept = [child(at_hour(ago)) for ago in (1, 2, 3)]
    assert hourly(*kept) == [(4, "unknown"), (3, "ran"), (2, "ran"), (1, "ran")]


def test_an_older_run_that_is_still_there_shows_that_nothing_newer_was_removed() -> None:
    kept = [child(at_hour(ago)) for ago in (1, 3, 5)]
    assert hourly(*kept) == [(4, "missed"), (3, "ran"), (2, "missed"), (1, "ran")]


def test_a_failure_that_a_newer_failure_removed_is_unknown() -> None:
    kept = [child(at_hour(2)), child(at_hour(1), "Failed")]
    assert hourly(*kept) == [(4, "unknown"), (3, "unknown"), (2, "ran"), (1, "ran")]


def test_history_limits_of_its_own_count() -> None:
    assert hourly(child(at_hour(1)), successfulJobsHistoryLimit=1)[0] == (4, "unknown")
    assert hourly(*[child(at_hour(a)) for a in (1, 2, 3)], successfulJobsHistoryLimit=9)[0] == (4, "missed")
    assert {v for _, v in hourly(failedJobsHistoryLimit=0)} == {"unknown"}


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [
        ({"secondsAfterCompletion": 7200}, ["unknown", "unknown", "unknown", "missed"]),
        ({"secondsAfterSuccess": 7200, "secondsAfterCompletion": 60}, ["unknown"] * 4),
        ({"secondsAfterFailure": 7200}, ["unknown", "unknown", "unknown", "missed"]),
        ({"secondsAfterCompletion": 86400}, ["missed"] * 4),
    ],
)
def test_a_run_that_is_past_its_age_is_unknown(ttl: Mapping[str, int], expected: list[str]) -> None:
    assert [verdict for _, verdict in hourly(workflowSpec={"ttlStrategy": ttl})] == expected


def test_the_age_is_also_found_in_the_template_and_in_the_newest_run() -> None:
    crons = [cron(workflowSpec={"workflowTemplateRef": {"name": "load"}})]
    ttl = {"ttlStrategy": {"secondsAfterCompletion": 60}}
    cluster = cluster_with(crons)
    cluster.add(WORKFLOW_TEMPLATES, "data", {"metadata": {"name": "load"}, "spec": ttl})
    assert one(cluster).verdict is Verdict.UNKNOWN
    newest = child(DUE + 3600, name="sales-load-x7k2p")
    newest["status"]["storedWorkflowTemplateSpec"] = ttl
    assert one(cluster_with(crons, [newest])).verdict is Verdict.UNKNOWN
    assert one(cluster_with(crons)).verdict is Verdict.MISSED


def test_an_age_that_may_not_be_read_makes_it_unknown() -> None:
    cluster = cluster_with([cron(workflowSpec={"workflowTemplateRef": {"name": "load"}})])
    cluster.fail_next("get", 403, "Forbidden", resource=WORKFLOW_TEMPLATES)
    assert one(cluster).verdict is Verdict.UNKNOWN


def test_times_before_the_spec_was_written_are_unknown() -> None:
    edits = [
        {"manager": "ann", "time": utc(DUE + 60), "fieldsV1": {"f:spec": {}}},
        {"manager": "workflows", "time": utc(NOW), "fieldsV1": {"f:status": {}}},
    ]
    due = one(cluster_with([cron(metadata={"managedFields": edits})]))
    assert due.verdict is Verdict.UNKNOWN
    assert due.reason == "its spec was written later, at 2026-11-21T02:01:00+01:00: it may have been another"


# -- as it should be


def test_a_time_at_which_a_run_was_going_is_forbidden_by_its_policy() -> None:
    long = child(DUE - 86400, took=90000)
    due = one(cluster_with([cron(concurrencyPolicy="Forbid")], [long]))
    assert (due.verdict, due.reason) == (
        Verdict.FORBIDDEN,
        f"concurrencyPolicy: Forbid, and sales-load-{DUE - 86400} was running",
    )
    assert one(cluster_with([cron()], [long])).verdict is Verdict.MISSED
    short = child(DUE - 86400)
    assert one(cluster_with([cron(concurrencyPolicy="Forbid")], [short])).verdict is Verdict.MISSED


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"suspend": True}, "suspended"),
        ({"when": "{{cronworkflow.failed}} < 1"}, "has a condition `when`"),
        ({"schedules": ["@every 1h"]}, "@every counts from the start of the controller"),
        ({"status": {"phase": "Stopped"}}, "its stopStrategy has stopped it"),
    ],
)
def test_what_nobody_can_judge_is_said(given: dict[str, Any], reason: str) -> None:
    found = only(cluster_with([cron(**given)]))
    assert (found.not_judged, found.due, found.is_fine) == (reason, (), True)


@pytest.mark.parametrize(
    ("given", "trouble"),
    [
        ({"schedules": ["0 25 * * *"]}, 'schedule: hour: found "25", expected 0 to 23'),
        ({"timezone": "Europe/Pariss"}, "timezone: there is no Europe/Pariss"),
        ({"schedules": []}, "has no schedule"),
    ],
)
def test_what_never_starts_is_said(given: dict[str, Any], trouble: str) -> None:
    found = only(cluster_with([cron(**given)]))
    assert (found.trouble, found.is_fine) == (trouble, False)


def test_a_cron_workflow_that_is_not_there_is_said() -> None:
    found = only(cluster_with())
    assert (found.namespace, found.name, found.nodes) == ("data", "sales-load", ("etl/sales",))
    assert (found.trouble, found.is_fine) == ("is not there", False)


def test_what_the_controller_has_to_say_is_told() -> None:
    status = {
        "conditions": [
            {"type": "SubmissionError", "status": "True", "message": "quota is full"},
            {"type": "SpecError", "status": "False", "message": "old"},
        ],
        "lastScheduledTime": utc(DUE - 86400),
    }
    due = one(cluster_with([cron(status=status, startingDeadlineSeconds=36000)]))
    assert due.reason == (
        "the controller says: quota is full; the controller may start it until 2026-11-21T12:00:00+01:00"
    )


def test_where_all_ran_two_lists_are_all_that_is_asked() -> None:
    cluster = cluster_with([cron()], [child(DUE)])
    assert judged(cluster)[0].is_fine
    assert cluster.requests == 2


def test_ledgers_are_asked_for_once_for_all_times_without_a_run() -> None:
    cluster = cluster_with([cron("sales-load", "*/15 * * * *")])
    assert len(only(cluster).due) == 96
    assert [call for call in cluster.calls if call.plural == "configmaps"] == [("list", "configmaps", "")]


# -- the run of the controller


def test_a_run_is_written_as_the_controller_writes_it() -> None:
    found = CronWorkflow(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "metadata": {
                "name": "sales-load",
                "namespace": "data",
                "uid": "u-1",
                "labels": {
                    "team": "x",
                    "workflows.argoproj.io/creator": "ann",
                    "workflows.argoproj.io/controller-instanceid": "two",
                },
            },
            "spec": {
                "schedules": ["0 2 * * *"],
                "workflowMetadata": {
                    "labels": {"own": "1"},
                    "annotations": {"a": "b"},
                    "finalizers": ["f.example.com/x"],
                },
                "workflowSpec": {"entrypoint": "a"},
            },
        }
    )
    assert found.run(datetime.fromtimestamp(DUE, UTC)) == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": "sales-load-1795222800",
            "labels": {
                "workflows.argoproj.io/creator": "ann",
                "workflows.argoproj.io/controller-instanceid": "two",
                "workflows.argoproj.io/cron-workflow": "sales-load",
                "own": "1",
            },
            "annotations": {"workflows.argoproj.io/scheduled-time": "2026-11-21T01:00:00Z", "a": "b"},
            "ownerReferences": [{**OWNER, "name": "sales-load", "uid": "u-1", "blockOwnerDeletion": True}],
            "finalizers": ["f.example.com/x"],
        },
        "spec": {"entrypoint": "a"},
    }


# -- created


def test_what_was_missed_is_created_and_then_no_longer_missed() -> None:
    cluster = cluster_with([cron()])
    (done,) = submit(cluster, judged(cluster))
    assert done.outcome is Outcome.CREATED
    assert cluster.get(WORKFLOWS, "data", f"sales-load-{DUE}") is not None
    live = cluster.get(CRON_WORKFLOWS, "data", "sales-load")
    assert live is not None
    assert live["status"]["lastScheduledTime"] == "2026-11-21T01:00:00Z"
    assert judged(cluster)[0].is_fine


def test_a_newer_last_scheduled_time_stays() -> None:
    newer = utc(DUE + 7200)
    cluster = cluster_with([cron(status={"lastScheduledTime": newer})])
    (done,) = submit(cluster, judged(cluster))
    assert done.outcome is Outcome.CREATED
    live = cluster.get(CRON_WORKFLOWS, "data", "sales-load")
    assert live is not None
    assert live["status"]["lastScheduledTime"] == newer


def test_without_the_right_to_set_it_the_run_is_created_all_the_same() -> None:
    cluster = cluster_with([cron()])
    cluster.fail_next("patch", 403, "Forbidden")
    (done,) = submit(cluster, judged(cluster))
    assert done.outcome is Outcome.CREATED
    assert done.reason == "its lastScheduledTime stays as it was: cannot patch: told to fail"


def test_a_run_that_the_controller_started_meanwhile_is_there_already() -> None:
    cluster = cluster_with([cron()])
    found = judged(cluster)
    cluster.add(WORKFLOWS, "data", child(DUE, "Running"))
    (done,) = submit(cluster, found)
    assert (done.outcome, done.reason) == (Outcome.PRESENT, "")


TWO = GRAPH.replace(
    "other: {source: {workflowTemplate: other}}", "other: {source: {cronWorkflow: other-load}}"
)


def test_a_refusal_is_told_and_the_rest_goes_on() -> None:
    cluster = cluster_with([cron(), cron("other-load")])
    cluster.fail_next("create", 403, "Forbidden", name=f"other-load-{DUE}")
    done = submit(cluster, judged(cluster, graph=TWO))
    assert [(s.cron.name, s.outcome, s.reason) for s in done] == [
        ("other-load", Outcome.FAILED, "cannot create: told to fail"),
        ("sales-load", Outcome.CREATED, ""),
    ]


def test_a_cluster_out_of_reach_is_not_asked_again() -> None:
    cluster = cluster_with([cron(), cron("other-load")])
    cluster.fail_next("create", 503)
    done = submit(cluster, judged(cluster, graph=TWO))
    assert [s.outcome for s in done] == [Outcome.FAILED, Outcome.NOT_TRIED]
    assert [call.name for call in cluster.calls if call.verb == "create"] == [f"other-load-{DUE}"]


@pytest.mark.parametrize("policy", ["Forbid", "Replace"])
def test_runs_that_may_not_overlap_are_created_one_at_a_time(policy: str) -> None:
    cluster = cluster_with([cron(concurrencyPolicy=policy)])
    done = submit(cluster, only_list(judged(cluster, hours=48)))
    assert [s.outcome for s in done] == [Outcome.CREATED, Outcome.HELD_BACK]
    assert done[1].reason == f"concurrencyPolicy: {policy}, and sales-load-{DUE - 86400} is running"
    again = submit(cluster, judged(cluster, hours=48))
    assert [s.outcome for s in again] == [Outcome.HELD_BACK] * len(again)


def test_runs_that_may_overlap_are_created_all_at_once_the_oldest_first() -> None:
    cluster = cluster_with([cron()])
    done = submit(cluster, judged(cluster, hours=72))
    assert [s.due.name for s in done] == [f"sales-load-{DUE - days * 86400}" for days in (2, 1, 0)]
    assert {s.outcome for s in done} == {Outcome.CREATED}


def test_a_dry_run_writes_nothing() -> None:
    cluster = cluster_with([cron(concurrencyPolicy="Forbid")])
    done = submit(cluster, judged(cluster, hours=48), dry_run=True)
    assert [s.outcome for s in done] == [Outcome.WOULD_CREATE, Outcome.HELD_BACK]
    assert {call.verb for call in cluster.calls} <= {"list", "get"}


def only_list(found: list[Judged]) -> list[Judged]:
    assert len(found) == 1
    return found


# -- told


def report(cluster: FakeCluster, *, do: bool = False) -> Report:
    found = judged(cluster, graph=TWO)
    wanted = span(NOW, 24 * 3600, 120)
    return Report(wanted, found, submit(cluster, found) if do else None, retried=2 if do else 0)


def test_people_are_told_a_line_per_time_and_the_sum() -> None:
    assert text(report(cluster_with([cron(), cron("other-load", suspend=True)]))) == (
        "data/other-load: not judged: suspended\n"
        "data/sales-load: missed 2026-11-21T02:00+01:00 (etl/sales 20261121)\n"
        "1 due, 0 ran, 1 missed, 0 forbidden, 0 unknown; 1 CronWorkflow not judged\n"
    )


def test_times_alike_are_told_in_one_line() -> None:
    crons = [cron("sales-load", "0 * * * *", failedJobsHistoryLimit=0), cron("other-load", suspend=True)]
    assert text(report(cluster_with(crons))).splitlines()[1:] == [
        "data/sales-load: unknown 24 times from 2026-11-20T09:00+01:00 to 2026-11-21T08:00+01:00: "
        "a run may have been removed since: history limits or ttlStrategy",
        "24 due, 0 ran, 0 missed, 0 forbidden, 24 unknown; 1 CronWorkflow not judged",
    ]


def test_people_are_told_what_was_done() -> None:
    assert text(report(cluster_with([cron()]), do=True)) == (
        "data/other-load: is not there\n"
        "data/sales-load: missed 2026-11-21T02:00+01:00 (etl/sales 20261121), created\n"
        "1 due, 0 ran, 1 missed, 0 forbidden, 0 unknown; 1 CronWorkflow broken; 1 created, 2 retried\n"
    )


def test_programs_are_told_everything() -> None:
    told = json.loads(as_json(report(cluster_with([cron(), cron("other-load", suspend=True)]), do=True)))
    assert (told["version"], told["since"], told["until"]) == (
        1,
        "2026-11-20T08:00:00Z",
        "2026-11-21T07:58:00Z",
    )
    assert told["cronWorkflows"][1] == {
        "namespace": "data",
        "name": "sales-load",
        "nodes": ["etl/sales"],
        "trouble": "",
        "notJudged": "",
        "due": [
            {
                "at": "2026-11-21T01:00:00Z",
                "workflow": "sales-load-1795222800",
                "keys": {"etl/sales": "20261121"},
                "verdict": "missed",
                "reason": "",
                "submission": {"outcome": "created", "reason": ""},
            }
        ],
    }
    assert told["counts"]["created"] == 1
    assert (told["counts"]["already there"], told["counts"]["retried"], told["counts"]["failed"]) == (0, 2, 0)
