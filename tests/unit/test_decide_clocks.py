"""Gates, cutoffs, alerts and an operator's hand: what they do to a node's decision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.desk import desk
from tests.unit.test_decide_programs import KEY, Ledger, ask, claim, fact, fires, joined

FIRED = fact("a", "2026-11-21T02:00:00")
BOTH = FIRED | fact("b", "2026-11-21T03:00:00")


def clock(name: str, at: str, node: str = "report") -> Ledger:
    return {f"clock.{node}.{name}": json.dumps({"at": f"{at}Z"})}


def hand(kind: str, *of: str) -> Ledger:
    return {".".join([kind, *of]): json.dumps({"at": "2026-11-21T03:00:00Z", "by": "ana", "why": "tested"})}


def outcome(node: str, kind: str, epoch: int, **more: Any) -> Ledger:
    value = {"finishedAt": "2026-11-22T05:00:00Z", "phase": kind.title(), **more}
    return {f"run.{node}.{KEY}.{kind}.{epoch}": json.dumps(value)}


# ---- notBefore ----

GATED = joined("[a]", '    notBefore: "06:00"\n')


def test_a_gate_holds_what_is_ready_until_its_tick() -> None:
    assert not fires(GATED, FIRED)
    assert fires(GATED, FIRED | clock("notBefore", "2026-11-21T05:00:00"), FIRED)


def test_a_gate_is_open_to_what_completes_after_it_though_its_tick_was_lost() -> None:
    assert not fires(GATED, fact("a", "2026-11-21T04:59:59"))
    assert fires(GATED, fact("a", "2026-11-21T05:00:00"))


def test_the_tick_alone_fires_nothing() -> None:
    assert not fires(GATED, clock("notBefore", "2026-11-21T05:00:00"))


def test_an_edge_that_is_not_satisfied_opens_no_gate() -> None:
    compiled = joined("[a, {node: b, status: done}]", '    notBefore: "06:00"\n    mode: any\n')
    assert not fires(compiled, fact("a", "2026-11-21T06:00:00", "Failed") | fact("b", "2026-11-21T03:00:00"))


def test_the_clock_is_the_decision_time_of_a_lookback_behind_a_gate() -> None:
    compiled = joined("[{node: a, lookback: 2h}]", '    notBefore: "06:00"\n')
    opened = clock("notBefore", "2026-11-21T05:00:00")
    assert not fires(compiled, fact("a", "2026-11-21T02:59:59") | opened)
    assert fires(compiled, fact("a", "2026-11-21T03:00:00") | opened)


@pytest.mark.parametrize("value", ["", "5", "[]", "{", '{"at": null}', "{}"])
def test_a_clock_entry_that_cannot_be_read_opens_nothing(value: str) -> None:
    assert not fires(GATED, FIRED | {"clock.report.notBefore": value})


def test_a_replayed_ledger_whose_gate_has_just_opened_fires() -> None:
    opened = FIRED | {"clock.report.notBefore": json.dumps({"at": "2099-01-01T00:00:00Z"})}
    assert ask(GATED, opened)["fire"] is True
    assert ask(GATED, FIRED | clock("notBefore", "2020-01-01T00:00:00"))["fire"] is False


# ---- cutoff ----


def test_what_finishes_at_the_cutoff_is_late() -> None:
    compiled = joined("[a]", '    cutoff: "06:00+1d"\n')
    assert fires(compiled, fact("a", "2026-11-22T04:59:59"))
    assert not fires(compiled, fact("a", "2026-11-22T05:00:00"))


def test_late_upstreams_count_if_the_node_says_so() -> None:
    compiled = joined("[a]", '    cutoff: "06:00+1d"\n    onLate: run\n')
    late = fact("a", "2026-11-22T08:00:00")
    expired = outcome("report", "skipped", 1, reason="cutoff")
    assert fires(compiled, expired | late, expired)
    assert not fires(compiled, expired | late | claim("report"), expired | claim("report"))


def test_late_upstreams_do_not_undo_what_an_operator_skipped() -> None:
    compiled = joined("[a]", '    cutoff: "06:00+1d"\n    onLate: run\n')
    skipped = outcome("report", "skipped", 1, reason="not needed", by="ana")
    assert not fires(compiled, skipped | fact("a", "2026-11-22T08:00:00"), skipped)


def test_at_the_cutoff_a_node_can_run_with_what_is_there() -> None:
    compiled = joined("[a, b]", '    cutoff: "06:00+1d"\n    onCutoff: run\n')
    assert not fires(compiled, FIRED)
    assert fires(compiled, FIRED | clock("cutoff", "2026-11-22T05:00:00"), FIRED)


def test_at_the_cutoff_a_node_that_is_to_fail_stays_quiet() -> None:
    compiled = joined("[a, b]", '    cutoff: "06:00+1d"\n    onCutoff: fail\n')
    assert not fires(compiled, FIRED | clock("cutoff", "2026-11-22T05:00:00"), FIRED)


def test_in_the_hour_that_comes_twice_a_cutoff_is_the_last() -> None:
    compiled = joined("[a]", '    cutoff: "02:30"\n')
    entry = {k.replace(KEY, "20261025"): v for k, v in fact("a", "2026-10-25T01:29:00").items()}
    assert fires(compiled, entry, key="20261025")


@pytest.mark.parametrize("outcomes", ["skipped", "expired", "rejected"])
def test_a_node_with_an_outcome_never_fires(outcomes: str) -> None:
    assert not fires(joined("[a]"), FIRED | outcome("report", outcomes, 5))


def test_a_node_that_was_given_up_at_its_cutoff_stays_so_if_late_upstreams_do_not_count() -> None:
    compiled = joined("[a]", '    cutoff: "06:00+1d"\n')
    skipped = outcome("report", "skipped", 1, reason="cutoff")
    assert not fires(compiled, skipped | FIRED, skipped)


@pytest.mark.parametrize(
    ("status", "counting"),
    [
        ("failure", ["expired", "rejected"]),
        ("done", ["skipped", "expired", "rejected"]),
        ("success", []),
    ],
)
def test_what_became_of_an_upstream_counts_by_the_status_of_the_edge(
    status: str, counting: list[str]
) -> None:
    compiled = joined(f"[{{node: a, status: {status}}}]")
    kinds = ["skipped", "expired", "rejected"]
    assert [kind for kind in kinds if fires(compiled, outcome("a", kind, 1))] == counting


# ---- an operator's hand ----


def test_a_held_node_waits_for_its_release() -> None:
    held = hand("hold", "report")
    assert not fires(joined("[a]"), FIRED | held, held)
    assert fires(joined("[a]"), FIRED, FIRED | held)


def test_a_node_fired_by_hand_waits_for_nothing() -> None:
    compiled = joined("[a]", '    notBefore: "06:00"\n    suspend: true\n')
    assert fires(compiled, hand("fire", "report"))
    assert not fires(compiled, hand("fire", "report") | claim("report"))
    assert not fires(compiled, hand("fire", "report") | hand("hold", "report"))


def test_an_edge_satisfied_by_hand_counts_for_its_node_alone() -> None:
    compiled = joined("[a, b]")
    assert fires(compiled, FIRED | hand("satisfy", "report", "b"), FIRED)
    assert not fires(compiled, FIRED | hand("satisfy", "other", "b"), FIRED)


@pytest.mark.parametrize(
    "edge",
    [
        "{node: b, status: failure}",
        "{node: b, status: done}",
        "{node: b, status: [Error]}",
        "{node: b, when: '.workflow == \"x\"'}",
        "{node: b, lookback: 1h}",
        '{node: b, window: {from: "06:00", to: "07:00"}}',
        "{node: b, match: {offset: -1}}",
    ],
)
def test_an_edge_of_any_kind_can_be_satisfied_by_hand(edge: str) -> None:
    compiled = joined(f"[a, {edge}]")
    satisfied = hand("satisfy", "report", "b")
    assert not fires(compiled, FIRED)
    assert fires(compiled, FIRED | satisfied, FIRED)
    assert fires(compiled, BOTH | satisfied, satisfied)


def test_a_backfill_asks_for_no_times() -> None:
    edges = '[{node: a, window: {from: "22:00", to: "23:00"}}, {node: b, lookback: 1h}]'
    compiled = joined(edges, '    notBefore: "23:00"\n    cutoff: "23:30"\n')
    late = fact("a", "2026-11-25T03:00:00") | fact("b", "2026-11-24T03:00:00")
    assert not fires(compiled, late)
    assert fires(compiled, late | {"backfill": "{}"})
    assert not fires(compiled, fact("a", "2026-11-25T03:00:00") | {"backfill": "{}"})


def test_a_backfill_waits_for_no_gate() -> None:
    compiled = joined("[a]", '    notBefore: "23:00"\n')
    assert not fires(compiled, FIRED)
    assert fires(compiled, FIRED | {"backfill": "{}"})


# ---- alerts ----

ON_MISS = "    onMiss: {run: {workflowTemplate: page, params: {who: {from: $trigger, field: node}, how: {from: $trigger, field: phase, default: none}}}}\n"
DEADLINE = joined("[a]", f'    deadline: "09:00"\n    startBy: "08:00"\n{ON_MISS}')
DUE = clock("deadline", "2026-11-21T08:00:00")
START = clock("startBy", "2026-11-21T07:00:00")


def alert(name: str, new: Ledger, old: Ledger | None = None) -> dict[str, Any]:
    return ask(DEADLINE, new, old or {}, node=name)


def test_a_missed_deadline_is_told_once_and_the_node_goes_on() -> None:
    told = alert("report-missed", DUE)
    assert (told["fire"], told["metadata"]["name"], told["params"]) == (
        True,
        "etl-report-missed-20261121",
        {"who": "report", "how": "none"},
    )
    assert not alert("report-missed", DUE | FIRED, DUE)["fire"]
    assert not alert("report-missed", DUE | claim("report-missed"))["fire"]
    assert fires(DEADLINE, DUE | FIRED, DUE)


@pytest.mark.parametrize(
    ("run", "is_told"),
    [
        (fact("report", "2026-11-21T08:00:00"), False),
        (fact("report", "2026-11-21T08:00:01"), True),
        (fact("report", "2026-11-21T07:00:00", "Failed"), True),
        (claim("report"), True),
        (fact("report", "2026-11-21T07:00:00", "Skipped"), False),
    ],
)
def test_a_deadline_is_met_by_success_in_time(run: Ledger, is_told: bool) -> None:
    assert alert("report-missed", run | DUE, run)["fire"] is is_told


def submitted(at: str) -> Ledger:
    return {
        name: json.dumps({**json.loads(value), "at": f"{at}Z"}) for name, value in claim("report").items()
    }


@pytest.mark.parametrize(
    ("run", "is_told"),
    [
        ({}, True),
        (submitted("2026-11-21T07:00:00"), False),
        (submitted("2026-11-21T07:00:01"), True),
        (fact("report", "2026-11-21T07:00:00"), False),
        (fact("report", "2026-11-21T07:00:01"), True),
    ],
)
def test_start_by_is_met_by_a_submission_in_time(run: Ledger, is_told: bool) -> None:
    assert alert("report-late", run | START, run)["fire"] is is_told


def test_alerts_keep_to_the_dates_of_their_node() -> None:
    compiled = joined("[a]", f'    deadline: "09:00"\n    activeFrom: "2026-12-01"\n{ON_MISS}')
    assert not ask(compiled, DUE, {}, node="report-missed")["fire"]


def test_without_on_miss_a_deadline_is_only_recorded() -> None:
    compiled = joined("[a]", '    deadline: "09:00"\n')
    assert [d["name"] for d in compiled.sensor("etl-submit")["dependencies"]] == ["report"]
    assert "at-0900" in compiled.objects["EventSource", "etl"]["spec"]["calendar"]


FAILING = joined(
    "[a]",
    head="onFailure: {run: {workflowTemplate: page, params: {who: {from: $trigger, field: node}, wf: {from: $trigger, field: workflow}}}}\n",
)


def failed(node: str, phase: str = "Failed", at: str = "2026-11-21T04:00:00") -> Ledger:
    return fact(node, at, phase, workflow=f"etl-{node}-{KEY}")


def on_failure(new: Ledger, old: Ledger | None = None) -> dict[str, Any]:
    return ask(FAILING, new, old or {}, node="on-failure")


def node_of(told: dict[str, Any]) -> str:
    label: str = told["metadata"]["labels"]["depgen.io/node"]
    return label


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_a_run_that_fails_is_told_of(phase: str) -> None:
    told = on_failure(failed("report", phase))
    assert told["fire"] is True
    assert (told["metadata"]["name"], node_of(told)) == ("etl-report-failed-20261121", "report-failed")
    assert told["params"] == {"who": "report", "wf": "etl-report-20261121"}


def test_nobody_is_told_of_sources_successes_and_alerts_that_fail() -> None:
    assert not on_failure(fact("a", "2026-11-21T04:00:00", "Failed"))["fire"]
    assert not on_failure(failed("report", "Succeeded"))["fire"]
    assert not on_failure(failed("report-failed") | failed("report") | claim("report-failed"))["fire"]


def test_failures_at_once_are_told_one_after_the_other() -> None:
    both = failed("report") | failed("audit")
    first = on_failure(both)
    assert (first["fire"], node_of(first)) == (True, "audit-failed")
    then = on_failure(both | claim("audit-failed"), both)
    assert (then["fire"], node_of(then)) == (True, "report-failed")
    done = both | claim("audit-failed") | claim("report-failed")
    assert not on_failure(done, both | claim("audit-failed"))["fire"]


def test_a_failure_is_told_once_though_the_ledger_changes() -> None:
    assert not on_failure(failed("report") | FIRED, failed("report"))["fire"]


def test_a_failure_is_told_again_if_the_sweep_asks_and_by_a_replay_only_while_it_is_young() -> None:
    asked = failed("report") | {"sweep.on-failure": "1 2026-11-21T05:00:00Z"}
    assert on_failure(asked, failed("report"))["fire"]
    assert ask(FAILING, failed("report"), node="on-failure")["fire"] is False
    assert ask(FAILING, failed("report", at="2099-01-01T00:00:00"), node="on-failure")["fire"] is True


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ("suspend: true", False),
        ('activeFrom: "2026-11-22"', False),
        ('activeFrom: "2026-11-21"', True),
        ('activeUntil: "2026-11-21"', False),
        ('activeUntil: "2026-11-22"', True),
    ],
)
def test_nobody_is_told_that_a_node_is_late_which_does_not_run(more: str, is_told: bool) -> None:
    compiled = joined("[a]", f'    deadline: "09:00"\n    startBy: "08:00"\n    {more}\n{ON_MISS}')
    told = [ask(compiled, DUE | START, {}, node=name)["fire"] for name in ("report-missed", "report-late")]
    assert told == [is_told, is_told]


@pytest.mark.parametrize("name", ["run", "run.", "run.a", "run.a.b", ".", "x"])
def test_an_entry_of_any_name_in_a_ledger_without_a_key_is_nobodys_failure(name: str) -> None:
    event = {"type": "ADD", "body": {"metadata": {"labels": {}}, "data": {name: "{}"}}}
    for labels in ({}, {"depgen.io/key": KEY}):
        event["body"] = {"metadata": {"labels": labels}, "data": {name: "{}"}}
        assert FAILING.run("etl-submit", "on-failure", event)["fire"] is False


# ---- the audit trail ----


def test_a_run_says_which_facts_it_was_fired_on_and_by_whose_hand() -> None:
    told = ask(joined("[a, b]"), FIRED | hand("satisfy", "report", "b") | hand("fire", "report"), {})
    cause = json.loads(told["metadata"]["annotations"]["depgen.io/cause"])
    by_hand = hand("fire", "report")["fire.report"]
    assert cause == [["a-1", "2026-11-21T02:00:00Z", None], [None, None, by_hand], by_hand]


def test_the_gate_is_open_at_a_cutoff_that_runs_the_node_whatever_became_of_its_own_tick() -> None:
    times = 'notBefore: "08:00", cutoff: "20:00", onCutoff: run'
    shop = desk(
        f"  a: {{source: {{cronWorkflow: a}}}}\n  r: {{run: {{workflowTemplate: t}}, dependsOn: [a], {times}}}\n"
    )
    shop.tick("2026-11-21T19:00")
    assert shop.fires("r", KEY) is True


def test_nobody_is_told_of_the_failure_of_a_missed_clocks_alert_but_of_a_node_of_such_a_name() -> None:
    head = "onFailure: {run: {workflowTemplate: page}}\n"
    nodes = "  a: {source: {cronWorkflow: a}}\n"
    nodes += "  r: {run: {workflowTemplate: t}, dependsOn: [a], deadline: '20:00', onMiss: {run: {workflowTemplate: page}}}\n"
    nodes += "  too-late: {run: {workflowTemplate: t}, dependsOn: [a]}\n"
    shop = desk(nodes, head=head)
    shop.end("r-missed", KEY, "2026-11-21T19:10", "Failed", f"etl-r-missed-{KEY}", is_run=True)
    assert shop.fires("on-failure", KEY) is False
    shop.end("too-late", KEY, "2026-11-21T19:10", "Failed", f"etl-too-late-{KEY}", is_run=True)
    assert shop.says("on-failure", KEY)["metadata"]["name"] == f"etl-too-late-failed-{KEY}"
