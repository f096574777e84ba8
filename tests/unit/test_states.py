"""The state of a node at a key, read from its ledger."""

from __future__ import annotations

import json

import pytest

from depgen.cluster.states import State
from tests.subjects import KEY, Entries, Shop, by_hand, claim, fact, outcome, seconds, subject_of

A, B = (fact(node, "2026-11-21T07:00") for node in "ab")
SOURCES = "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"
DONE = fact("report", "2026-11-21T07:30")


def shop(more: str = "", head: str = "") -> Shop:
    run = f"  report: {{run: {{workflowTemplate: held}}, dependsOn: [a, b]{more}}}\n"
    return Shop(subject_of(SOURCES + run, head=head))


def state(entries: Entries, more: str = "", now: str = "2026-11-21T08:00") -> State | None:
    there = shop(more)
    there.cluster.now = seconds(now)
    there.write(entries)
    found = there.cell("report")
    return found.state if found else None


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({}, State.WAITING),
        (A, State.WAITING),
        (A | B, State.READY),
        (A | B | claim("report"), State.SUBMITTED),
        (A | B | claim("report", uid="u-report") | DONE, State.SUCCEEDED),
        (A | B | fact("report", "2026-11-21T07:30", "Failed"), State.FAILED),
        (A | B | fact("report", "2026-11-21T07:30", "Error"), State.FAILED),
        (outcome("report", "2026-11-21T07:30", "Skipped"), State.SKIPPED),
        (outcome("report", "2026-11-21T07:30", "Expired"), State.EXPIRED),
        (outcome("report", "2026-11-21T07:30", "Rejected"), State.REJECTED),
        (A | B | by_hand("hold.report"), State.HELD),
        (by_hand("fire.report"), State.READY),
        (A | by_hand("satisfy.report.b"), State.READY),
        ({"run.report.20261121.u.x": "{", "run.report": "", "run.a.20261121.u.1": "nonsense"}, State.WAITING),
        ({"shadow.report": json.dumps({"at": "2026-11-21T07:30:00Z", "name": "r"})}, State.SUBMITTED),
    ],
)
def test_a_run_has_the_state_that_its_ledger_tells(entries: Entries, expected: State) -> None:
    assert state(entries) is expected


def test_a_success_stays_one_whatever_runs_again() -> None:
    assert state(DONE | claim("report", uid="again")) is State.SUCCEEDED


def test_a_failure_that_was_submitted_again_runs() -> None:
    failed = fact("report", "2026-11-21T07:30", "Failed", uid="u1")
    assert state(failed | claim("report", uid="u2")) is State.SUBMITTED
    assert state(failed | claim("report", uid="u1")) is State.FAILED


def test_a_suspended_node_waits_for_nothing() -> None:
    assert state(A | B, ", suspend: true") is State.SUSPENDED
    assert state(A | B | DONE, ", suspend: true") is State.SUCCEEDED


def test_a_gate_holds_back_what_is_ready_until_its_time() -> None:
    gate = ', notBefore: "20:00"'
    assert state(A, gate) is State.WAITING
    assert state(A | B, gate) is State.GATED
    opened = {"clock.report.notBefore": json.dumps({"at": "2026-11-21T19:00:00Z"})}
    assert state(A | B | opened, gate) is State.READY


@pytest.mark.parametrize(
    ("entries", "was"),
    [(A, State.WAITING), (A | B, State.READY), (A | B | claim("report"), State.SUBMITTED)],
)
def test_what_has_not_succeeded_by_its_deadline_is_missed(entries: Entries, was: State) -> None:
    there = shop(', deadline: "09:00"')
    there.write(entries)
    there.cluster.now = seconds("2026-11-21T07:59")
    before = there.cell("report")
    there.cluster.now = seconds("2026-11-21T08:00")  # 09:00 in Paris
    after = there.cell("report")
    assert before
    assert (before.state, before.was) == (was, was)
    assert after
    assert (after.state, after.was) == (State.MISSED, was)


def test_what_ended_is_not_missed_and_a_recorded_deadline_is_believed() -> None:
    deadline = ', deadline: "22:00"'
    came = {"clock.report.deadline": json.dumps({"at": "2026-11-21T21:00:00Z"})}
    assert state(DONE | came, deadline) is State.SUCCEEDED
    assert state(fact("report", "2026-11-21T07:30", "Failed") | came, deadline) is State.FAILED
    assert state(came, deadline) is State.MISSED


def test_a_deadline_that_comes_twice_in_autumn_is_the_second() -> None:
    there = Shop(
        subject_of(SOURCES + '  report: {run: {workflowTemplate: held}, dependsOn: [a], deadline: "02:30"}\n')
    )
    there.write(key="20261025")
    there.cluster.now = seconds("2026-10-25T01:29")
    before = there.cell("report", "20261025")
    there.cluster.now = seconds("2026-10-25T01:30")
    after = there.cell("report", "20261025")
    assert before
    assert before.state is State.WAITING
    assert after
    assert after.state is State.MISSED


def test_a_key_outside_of_the_active_days_has_no_state() -> None:
    assert state(A, ', activeFrom: "2026-11-22"') is None
    assert state(A, ', activeFrom: "2026-11-21", activeUntil: "2026-11-22"') is State.WAITING
    assert state(A, ', activeUntil: "2026-11-21"') is None
    assert state(DONE, ', activeUntil: "2026-11-21"') is State.SUCCEEDED


def test_a_source_has_the_phase_that_was_seen_last() -> None:
    there = shop()
    there.write(fact("a", "2026-11-21T07:00", "Failed", uid="u1") | fact("a", "2026-11-21T07:10", uid="u2"))
    a, b = there.cell("a"), there.cell("b")
    assert a
    assert (a.state, a.phase) == (State.SUCCEEDED, "Succeeded")
    assert b
    assert (b.state, b.phase) == (State.NOT_SEEN, "")


def test_a_key_of_another_period_is_no_place_for_a_node_unless_it_ran_there() -> None:
    there = shop()
    there.write(key="20261121t14")
    assert there.cell("report", "20261121t14") is None
    there.write(claim("report", "20261121t14"), key="20261121t14")
    found = there.cell("report", "20261121t14")
    assert found
    assert found.state is State.INVALID_KEY


def test_facts_for_edges_on_other_keys_are_not_facts_of_this_key() -> None:
    there = Shop(
        subject_of(
            SOURCES
            + "  report: {run: {workflowTemplate: held}, dependsOn: [{node: a, match: {offset: -1}}]}\n"
        )
    )
    there.write(fact("a", "2026-11-20T07:00", key="20261120", offset=-1))
    a, report = there.cell("a"), there.cell("report")
    assert a
    assert a.state is State.NOT_SEEN
    assert report
    assert report.state is State.READY


def test_a_backfill_asks_for_no_gate() -> None:
    gate = ', notBefore: "20:00"'
    assert state(A | B | {"backfill": "{}"}, gate) is State.READY


def test_nodes_of_several_partitions_are_read_from_their_own_ledgers() -> None:
    there = shop(head="partitions: 2\n")
    partition = there.subject.partition("report")
    there.write(A | B, partition=partition)
    there.write(A | B | claim("report"), partition=1 - (partition or 0))
    found = there.cell("report")
    assert found
    assert found.state is State.READY
    assert there.ledger("report").name == f"etl-p{partition}-{KEY}"
