"""Why a node waits: the reason of each edge, told from the ledger and the cluster around it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, CRON_WORKFLOWS, WORKFLOWS
from depgen.cluster.explain import default_key, explain
from depgen.cluster.explanation import EdgeReport, Explanation, GroupReport, flat
from depgen.cluster.reasons import Finding, Reason
from depgen.cluster.states import State, read_ledgers
from depgen.report import why as report
from tests.subjects import KEY, Entries, Shop, by_hand, claim, fact, outcome, seconds, subject_of

A, B = (fact(node, "2026-11-21T07:00") for node in "ab")
SOURCES = "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"
COMPLETED = {"workflows.argoproj.io/completed": "true"}


def shop(edges: str = "[a, b]", more: str = "", others: str = "") -> Shop:
    run = f"  report: {{run: {{workflowTemplate: held}}, dependsOn: {edges}{more}}}\n"
    return Shop(subject_of(SOURCES + others + run))


def why(there: Shop, node: str = "report", key: str = KEY) -> Explanation:
    ledgers = read_ledgers(there.cluster, there.subject)
    chosen = there.subject.graph.nodes[node]
    return explain(there.cluster, there.subject, ledgers, chosen, key, there.cluster.now)


def edge(there: Shop, number: int = 0, node: str = "report", key: str = KEY) -> EdgeReport:
    return list(flat(why(there, node, key).edges))[number]


def finding(there: Shop, number: int = 0, key: str = KEY) -> Finding:
    found = edge(there, number, key=key).finding
    assert found
    return found


def cron(there: Shop, name: str, schedule: str, **spec: Any) -> None:
    body = {"metadata": {"name": name}, "spec": {"schedules": [schedule], **spec}}
    there.cluster.add(CRON_WORKFLOWS, "data", body)


def child(there: Shop, name: str, scheduled: str, phase: str, **status: str) -> str:
    """A Workflow of a CronWorkflow, as the controller makes it."""
    whole = f"{name}-{int(seconds(scheduled))}"
    labels = {"workflows.argoproj.io/cron-workflow": name}
    body = there.workflow(whole, labels, phase, startedAt=f"{scheduled}:00Z", **status)
    annotations = {"workflows.argoproj.io/scheduled-time": f"{scheduled}:00Z"}
    there.cluster.patch(
        WORKFLOWS, "data", body["metadata"]["name"], {"metadata": {"annotations": annotations}}
    )
    return whole


# ---- edges ----


def test_a_satisfied_edge_says_by_which_workflow_and_when() -> None:
    there = shop()
    there.write(A)
    assert edge(there) == EdgeReport("a", KEY, "success", True, f"a-{KEY}", "2026-11-21T07:00:00Z")


def test_an_edge_that_was_satisfied_by_hand_says_by_whom_and_why() -> None:
    there = shop()
    there.write(by_hand("satisfy.report.a", "ada", "loaded by file"))
    hand = edge(there).hand
    assert hand
    assert (hand.by, hand.why) == ("ada", "loaded by file")


def test_an_upstream_that_has_not_run_is_told_with_its_schedule() -> None:
    there = shop()
    cron(there, "a", "30 9 * * *", timezone="Europe/Paris")
    found = edge(there)
    assert found.finding
    assert found.finding.reason is Reason.NOT_RUN
    assert (found.expected, found.next) == (seconds("2026-11-21T08:30"), seconds("2026-11-21T08:30"))
    there.cluster.now = seconds("2026-11-21T12:00")
    found = edge(there)
    assert (found.expected, found.next) == (seconds("2026-11-21T08:30"), seconds("2026-11-22T08:30"))


def test_the_expected_time_follows_the_keys_rule_of_the_source() -> None:
    nodes = (
        '  a: {source: {cronWorkflow: a}, key: {offset: "-9d"}}\n'
        "  report: {run: {workflowTemplate: held}, dependsOn: [a]}\n"
    )
    there = Shop(subject_of(nodes))
    cron(there, "a", "0 1 * * *", timezone="Europe/Paris")
    assert edge(there).expected == seconds("2026-11-30T00:00")


def test_a_suspended_cron_is_told_and_one_that_is_not_there_is_no_error() -> None:
    there = shop()
    cron(there, "a", "30 9 * * *", suspend=True)
    assert edge(there).is_cron_suspended
    assert edge(there, 1)._replace(finding=None) == EdgeReport("b", KEY, "success", False)


def test_a_schedule_without_a_firing_for_the_key_has_no_expected_time() -> None:
    there = shop()
    cron(there, "a", "0 9 * * MON", timezone="Europe/Paris")
    found = edge(there)
    assert (found.expected, found.next) == (None, seconds("2026-11-23T08:00"))


def test_a_source_that_runs_is_running_for_its_own_key_only() -> None:
    there = shop()
    name = child(there, "a", "2026-11-21T06:00", "Running", message="2 of 3 done")
    assert finding(there) == Finding(
        Reason.RUNNING, f"{name} is Running: 2 of 3 done", "2026-11-21T06:00:00Z", "its end"
    )
    assert finding(there, key="20261122").reason is Reason.NOT_RUN


def test_an_end_that_no_ledger_holds_is_not_recorded() -> None:
    there = shop()
    name = child(there, "a", "2026-11-21T06:00", "Succeeded", finishedAt="2026-11-21T06:30:00Z")
    found = finding(there)
    assert (found.reason, found.remedy) == (Reason.NOT_RECORDED, "depgen reconcile")
    assert found.text == f"{name} ended Succeeded, and no ledger says so"


def test_an_upstream_that_failed_says_how_to_retry_it() -> None:
    there = shop()
    there.write(fact("a", "2026-11-21T07:00", "Failed"))
    assert finding(there) == Finding(
        Reason.FAILED, f"a-{KEY} ended Failed", "2026-11-21T07:00:00Z", f"argo retry a-{KEY} -n data"
    )


def test_an_upstream_that_failed_and_runs_again_is_running() -> None:
    load = "  load: {run: {workflowTemplate: held}, dependsOn: [a]}\n"
    there = shop("[load]", others=load)
    there.write(fact("load", "2026-11-21T07:00", "Failed", uid="u1"), claim("load", uid="u2"))
    labels = {"depgen.io/graph": "etl", "depgen.io/node": "load", "depgen.io/key": KEY}
    there.workflow("again", labels, "Running", startedAt="2026-11-21T07:30:00Z")
    assert finding(there)[:3] == (Reason.RUNNING, "again is Running", "2026-11-21T07:30:00Z")


def test_a_claim_whose_workflow_is_gone_says_so() -> None:
    load = "  load: {run: {workflowTemplate: held}, dependsOn: [a]}\n"
    there = shop("[load]", others=load)
    there.write(claim("load"))
    found = finding(there)
    assert found.reason is Reason.RUNNING
    assert found.text == f"etl-load-{KEY} has not ended, but it is not in the cluster any more"


@pytest.mark.parametrize(
    ("status", "phase", "reason"),
    [
        ("success", "Skipped", Reason.FAILED),
        ("failure", "Succeeded", Reason.CONDITION_FALSE),
        ("[Error]", "Failed", Reason.FAILED),
        ("failure", "Skipped", Reason.FAILED),
    ],
)
def test_an_end_in_another_phase_is_a_failure_or_a_condition(status: str, phase: str, reason: Reason) -> None:
    there = shop(f"[{{node: a, status: {status}}}]")
    there.write(fact("a", "2026-11-21T07:00", phase))
    assert finding(there).reason is reason


def test_an_end_outside_of_the_window_is_told_with_the_window() -> None:
    there = shop('[{node: a, window: {from: "06:00", to: "07:30"}}]')
    there.write(A)
    assert finding(there) == Finding(
        Reason.OUTSIDE,
        f"a-{KEY} ended Succeeded at 2026-11-21 08:00 local time, outside of 2026-11-21 06:00 to 2026-11-21 07:30",
        "2026-11-21T07:00:00Z",
        "an end from 2026-11-21 06:00 until before 2026-11-21 07:30",
    )


def test_a_failure_outside_of_the_window_and_one_inside_are_failures() -> None:
    there = shop('[{node: a, window: {from: "06:00", to: "09:00"}}]')
    there.write(fact("a", "2026-11-21T12:00", "Failed"))
    assert finding(there).reason is Reason.FAILED
    there.write(fact("a", "2026-11-21T07:00", "Failed", uid="u1"), fact("a", "2026-11-21T12:00", uid="u2"))
    assert finding(there).reason is Reason.FAILED


def test_an_end_too_long_before_the_newest_is_stale() -> None:
    there = shop("[{node: a, lookback: 1h}, b]")
    there.write(A, fact("b", "2026-11-21T08:30"))
    found = finding(there)
    assert found.reason is Reason.STALE
    assert found.text.endswith("too long before the newest end in use (2026-11-21 09:30)")


def test_a_condition_that_is_false_is_told_also_beside_a_lookback() -> None:
    when = '".outputs.rows == \\"1\\""'
    there = shop(f"[{{node: a, when: {when}, lookback: 1h}}, b]")
    there.write(fact("a", "2026-11-21T08:30", outputs={"rows": "0"}), B)
    found = finding(there)
    assert found.reason is Reason.CONDITION_FALSE
    assert found.text.endswith(': .outputs.rows == "1"')


def test_what_ends_after_the_cutoff_does_not_count() -> None:
    there = shop("[a, b]", ', cutoff: "07:30"')
    there.write(A)
    found = finding(there)
    assert found.reason is Reason.OUTSIDE
    assert found.text.endswith("after the cutoff at 2026-11-21 07:30")
    assert found.remedy == f"depgen satisfy report a --key {KEY}"


def test_a_second_run_under_the_key_before_looks_like_a_mismatch() -> None:
    there = shop()
    yesterday = fact("a", "2026-11-20T07:00", key="20261120", uid="u1", workflow="first")
    again = fact("a", "2026-11-21T07:00", key="20261120", uid="u2", workflow="second")
    there.write(yesterday, again, key="20261120")
    found = finding(there)
    assert found.reason is Reason.KEY_MISMATCH
    assert found.text == "second ended Succeeded under the key 20261120, which has another run"
    assert f"depgen satisfy report a --key {KEY}" in found.remedy


def test_one_run_a_day_that_ends_after_midnight_is_no_mismatch() -> None:
    there = shop()
    there.write(fact("a", "2026-11-21T01:00", key="20261120"), key="20261120")
    assert finding(there).reason is Reason.NOT_RUN


def test_a_run_that_ended_before_its_own_key_began_looks_like_a_mismatch() -> None:
    there = shop()
    there.write(fact("a", "2026-11-21T07:00", key="20261122", workflow="early"), key="20261122")
    assert finding(there).text == "early ended Succeeded before its key 20261122 began"


def test_a_source_whose_keys_are_ahead_of_the_clock_by_intent_is_no_mismatch() -> None:
    nodes = (
        '  a: {source: {cronWorkflow: a}, key: {offset: "1d"}}\n'
        "  report: {run: {workflowTemplate: held}, dependsOn: [a]}\n"
    )
    there = Shop(subject_of(nodes))
    there.write(fact("a", "2026-11-21T07:00", key="20261122"), key="20261122")
    assert finding(there).reason is Reason.NOT_RUN


def test_a_completion_without_a_key_looks_like_a_mismatch() -> None:
    there = shop()
    lost = {"finishedAt": "2026-11-21T07:00:00Z", "node": "a", "reason": "no label", "workflow": "manual"}
    body = {"metadata": {"name": "etl-invalid"}, "data": {"invalid.1": json.dumps(lost)}}
    there.cluster.add(CONFIG_MAPS, "data", body)
    assert finding(there)[:2] == (Reason.KEY_MISMATCH, "manual ended without a key: no label")
    assert finding(there, key="20261122").reason is Reason.NOT_RUN


def test_an_edge_on_another_key_tells_which() -> None:
    there = shop("[{node: a, match: {offset: -1}}]")
    assert edge(there).key == "20261120"
    there.write(fact("a", "2026-11-20T07:00", "Failed", key="20261120", offset=-1))
    assert finding(there).reason is Reason.FAILED


def test_an_upstream_that_waits_says_what_for_down_to_the_source() -> None:
    others = (
        "  load: {run: {workflowTemplate: held}, dependsOn: [a, b]}\n"
        "  clean: {run: {workflowTemplate: held}, dependsOn: [load, a]}\n"
    )
    there = shop("[clean, load]", others=others)
    there.write(A)
    assert edge(there).waits == "waits itself for load, which waits itself for b"
    there.write(A | by_hand("hold.load"))
    assert edge(there, 1).waits == "is HELD"


def test_groups_are_a_tree_that_counts() -> None:
    there = shop("[a, {anyOf: [b, {node: a, status: failure}]}]")
    there.write(A)
    top = why(there).edges
    assert (top.need, top.number, top.is_satisfied) == (2, 1, False)
    nested = top.members[1]
    assert isinstance(nested, GroupReport)
    assert (nested.need, nested.number) == (1, 0)
    assert [member.upstream for member in nested.members if isinstance(member, EdgeReport)] == ["b", "a"]


# ---- the node ----


def reasons_of(there: Shop) -> list[Reason]:
    return [found.reason for found in why(there).findings]


def test_a_node_that_waits_has_the_reasons_of_its_edges() -> None:
    there = shop()
    there.write(fact("a", "2026-11-21T07:00", "Failed"))
    assert reasons_of(there) == [Reason.FAILED, Reason.NOT_RUN]


def test_a_hold_and_a_suspension_come_first() -> None:
    there = shop(more=", suspend: true")
    there.write(A, by_hand("hold.report", "ada", "bad data"))
    found = why(there).findings
    assert [f.reason for f in found] == [Reason.HELD, Reason.SUSPENDED, Reason.NOT_RUN]
    assert found[0] == Finding(
        Reason.HELD, "by ada: bad data", "2026-11-21T09:00:00Z", f"depgen release report --key {KEY}"
    )


def test_a_closed_gate_says_when_it_opens() -> None:
    there = shop(more=', notBefore: "20:00"')
    there.write(A, B)
    found = why(there)
    assert found.state is State.GATED
    assert [f.remedy for f in found.findings] == ["the gate opens at 2026-11-21T19:00:00Z"]
    assert [(c.name, c.at, c.is_past) for c in found.clocks] == [
        ("notBefore", seconds("2026-11-21T19:00"), False)
    ]


def test_a_run_says_what_fired_it_and_how_it_goes() -> None:
    there = shop()
    there.write(A, B, claim("report"), by_hand("fire.report", "ada", "urgent"))
    name = f"etl-report-{KEY}"
    there.workflow(name, {}, "Running", message="waiting for a lock")
    found = why(there)
    assert reasons_of(there) == [Reason.ALREADY_FIRED]
    assert found.run
    assert (found.run.phase, found.run.message) == ("Running", "waiting for a lock")
    assert [(hand.verb, hand.by, hand.why) for hand in found.hands] == [("fire", "ada", "urgent")]
    assert [e.workflow for e in flat(found.edges)] == [f"a-{KEY}", f"b-{KEY}"]


def test_a_run_whose_workflow_is_gone_is_told_from_its_fact() -> None:
    there = shop()
    there.write(A, B, fact("report", "2026-11-21T07:30", "Failed", workflow="gone"))
    found = why(there)
    assert found.run
    assert (found.run.is_there, found.run.phase) == (False, "Failed")
    assert found.findings[0].remedy == f"depgen backfill --from {KEY} --to {KEY} --rerun ID"


def test_a_submission_that_is_refused_is_told_by_the_sweeps_tries() -> None:
    there = shop()
    there.write(A, B)
    assert reasons_of(there) == []
    there.write(A, B, {"sweep.report": "2 2026-11-21T07:40:00Z"})
    found = why(there)
    assert [f.reason for f in found.findings] == [Reason.REFUSED]
    assert (found.tries, found.tried_at) == (2, "2026-11-21T07:40:00Z")
    rejected = outcome("report", "2026-11-21T07:50", "Rejected", reason="refused 3 times")
    there.write(A, B, rejected)
    assert why(there).findings[0][:2] == (Reason.REFUSED, "Rejected: refused 3 times")


def test_a_skip_by_hand_says_by_whom() -> None:
    there = shop()
    there.write(outcome("report", "2026-11-21T07:50", "Skipped", reason="by hand", by="ada", why="no data"))
    assert why(there).findings[0].text == "Skipped by ada: by hand; no data"


def test_a_key_outside_of_the_active_days_says_which_are() -> None:
    there = shop(more=', activeFrom: "2026-12-01"')
    assert why(there).findings[0][:2] == (
        Reason.INACTIVE,
        "it runs for keys from 2026-12-01 until ever only",
    )


def test_a_source_says_what_became_of_it() -> None:
    there = shop()
    cron(there, "a", "30 9 * * *", timezone="Europe/Paris")
    assert edge(there, node="a").expected == seconds("2026-11-21T08:30")
    there.write(A)
    assert edge(there, node="a").workflow == f"a-{KEY}"
    assert why(there, "b").state is State.NOT_SEEN


@pytest.mark.parametrize(
    ("by_key", "expected"),
    [
        ({}, None),
        ({"20261120": {}}, "20261120"),
        ({"20261119": {}, "20261120": A, KEY: fact("report", "2026-11-21T08:00")}, "20261120"),
        ({KEY: fact("report", "2026-11-21T08:00")}, KEY),
        ({KEY: A, "20261122t14": A}, KEY),
    ],
)
def test_the_default_key_is_the_newest_that_has_not_succeeded(
    by_key: dict[str, Entries], expected: str | None
) -> None:
    there = shop()
    for key, entries in by_key.items():
        there.write(entries, key=key)
    ledgers = read_ledgers(there.cluster, there.subject)
    node = there.subject.graph.nodes["report"]
    assert default_key(there.subject, ledgers, node, there.cluster.now) == expected


# ---- text ----


def test_the_text_is_a_tree_with_reasons_and_outlooks() -> None:
    others = "  load: {run: {workflowTemplate: held}, dependsOn: [a, b]}\n"
    edges = "[a, load, {anyOf: [b, {node: a, status: failure, match: {offset: -1}}]}]"
    there = shop(edges, ', notBefore: "08:15", deadline: "10:00"', others)
    cron(there, "b", "30 9 * * *", timezone="Europe/Paris")
    there.write(A, by_hand("hold.report", at="2026-11-21T07:50:00Z"))
    assert report.text(why(there), there.cluster.now, has_colour=False) == (
        "etl/report 20261121: HELD\n"
        "  held, by ada: because, since 2026-11-21 08:50 (10 min ago)\n"
        "    needs: depgen release report --key 20261121\n"
        "  waits for all of 3, 1 satisfied  (times: Europe/Paris)\n"
        "  ├─ ✔ a     success: a-20261121, 2026-11-21 08:00 (1 h ago)\n"
        "  ├─ ✘ load  success: upstream-not-run, not recorded yet\n"
        "  │    load waits itself for b\n"
        "  │    needs: success for 20261121\n"
        "  └─ ✘ waits for any of 2, 0 satisfied\n"
        "     ├─ ✘ b  success: upstream-not-run, not recorded yet\n"
        "     │    expected 2026-11-21 09:30 (in 30 min)\n"
        "     │    needs: success for 20261121\n"
        "     └─ ✘ a  failure of 20261120: upstream-not-run, not recorded yet\n"
        "          needs: failure for 20261120\n"
        "  notBefore 2026-11-21 08:15 (45 min ago): nothing is submitted before, not recorded\n"
        "  deadline 2026-11-21 10:00 (in 1 h): to have succeeded by then\n"
        "  hold by hand of ada: because, 2026-11-21 08:50 (10 min ago)\n"
    )


def test_the_text_of_a_run_tells_what_it_was_fired_on() -> None:
    there = shop("[a]")
    there.write(A, claim("report"))
    name = f"etl-report-{KEY}"
    there.workflow(name, {}, "Running", message="waiting for a lock")
    hand = by_hand("x", "ada", "urgent", "2026-11-21T07:30:00Z")["x"]
    cause = json.dumps([["a-1", "2026-11-21T07:00:00Z", None], [None, None, hand], hand, 7, ["odd"]])
    annotations = {"metadata": {"annotations": {"depgen.io/cause": cause}}}
    there.cluster.patch(WORKFLOWS, "data", name, annotations)
    assert report.text(why(there), there.cluster.now, has_colour=False).splitlines()[2:] == [
        "  waits for one edge  (times: Europe/Paris)",
        "  └─ ✔ a  success: a-20261121, 2026-11-21 08:00 (1 h ago)",
        "  its Workflow etl-report-20261121 is Running: waiting for a lock, created 2026-11-21 09:00 (just now)",
        "    fired on a-1, 2026-11-21 08:00 (1 h ago)",
        "    fired by hand of ada: urgent, 2026-11-21 08:30 (30 min ago)",
        "    fired by hand of ada: urgent, 2026-11-21 08:30 (30 min ago)",
    ]


def test_a_cause_that_somebody_else_wrote_is_shown_harmlessly_or_not_at_all() -> None:
    there = shop("[a]")
    there.write(A, claim("report"))
    name = f"etl-report-{KEY}"
    for text in ("", "{", "7", '[["\\u001b[31m", "x", null]]', "[[1, 2, 3]]", '["{"]'):
        there.workflow(name, {}, "Running")
        annotations = {"metadata": {"annotations": {"depgen.io/cause": text}}}
        there.cluster.patch(WORKFLOWS, "data", name, annotations)
        assert "\x1b" not in report.text(why(there), there.cluster.now, has_colour=False)


def test_json_says_the_same_in_utc() -> None:
    there = shop("[a, b]")
    cron(there, "b", "30 9 * * *", timezone="Europe/Paris")
    there.write(A)
    told = json.loads(report.as_json(why(there)))
    assert (told["version"], told["state"]) == (1, "WAITING")
    assert [reason["code"] for reason in told["reasons"]] == ["upstream-not-run"]
    first, second = told["edges"]["members"]
    assert (first["satisfied"], first["finishedAt"]) == (True, "2026-11-21T07:00:00Z")
    assert (second["reason"]["code"], second["expected"]) == ("upstream-not-run", "2026-11-21T08:30:00Z")
