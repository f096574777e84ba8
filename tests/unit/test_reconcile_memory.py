"""From when on a node fires: new nodes, suspended ones and resumed ones; and the times that end its waiting."""

from __future__ import annotations

import json

import pytest

from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.reconcile.counts import Kind
from tests.subjects import KEY, by_hand, claim, fact, seconds
from tests.sweeps import NODES, NOW, OLD, SweptShop, done, told_of

READY = fact("a", "2026-11-21T10:00") | fact("b", "2026-11-21T10:30")
ONE = "  a: {source: {cronWorkflow: a}}\n  report: {run: {workflowTemplate: r}, dependsOn: [a]%s}\n"
TODAY = "2026-11-21T00:00:00Z"
DAYS = ("20261117", "20261118", "20261119", "20261120")


def day(number: str) -> str:
    return f"{number[:4]}-{number[4:6]}-{number[6:]}"


# ---- new nodes ----


def test_a_new_node_does_not_fire_for_what_was_complete_before_it() -> None:
    shop = SweptShop(is_new=True)
    shop.write(READY)
    before = shop.ledgers()
    swept = shop.sweep()
    assert json.loads(shop.data()[f"run.report.{KEY}.skipped.{int(seconds('2026-11-21T10:30'))}"]) == {
        "finishedAt": "2026-11-21T10:30:00Z",
        "phase": "Skipped",
        "reason": "complete before the node existed",
        "wall": "2026-11-21T10:30:00",
    }
    assert done(swept) == {"skipped": 2}, "audit waits for any end of report, and is as new"
    assert shop.fires(before) == []
    assert shop.memory() == {"audit": "2026-11-21T11:45:00Z", "report": "2026-11-21T11:45:00Z"}


def test_the_facts_that_make_a_new_node_due_come_in_one_write_with_its_outcome() -> None:
    shop = SweptShop(is_new=True)
    shop.write({})
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T10:30")
    shop.sweep()
    assert sum(call.verb == "patch" and call.name == f"etl-{KEY}" for call in shop.cluster.calls) == 1
    assert shop.fires({}) == []


def test_a_new_node_fires_for_what_events_would_still_have_acted_on() -> None:
    shop = SweptShop(is_new=True)
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T11:50")
    shop.sweep()
    assert shop.fires({}) == [f"etl-report-{KEY}"]


def test_a_node_that_is_added_later_is_new_and_the_others_are_not() -> None:
    shop = SweptShop(NODES)
    late = "  late: {run: {workflowTemplate: r}, dependsOn: [a]}\n"
    shop.edit(NODES + late)
    shop.write({})
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T10:30")
    shop.sweep()
    assert shop.fires({}) == [f"etl-report-{KEY}"]
    assert shop.memory() == {"audit": OLD, "late": "2026-11-21T11:45:00Z", "report": OLD}
    shop.edit(NODES)
    shop.sweep()
    assert shop.memory() == {"audit": OLD, "report": OLD}, "a node that is gone is forgotten"


def test_by_hand_the_first_pass_after_an_incident_reaches_farther_back() -> None:
    shop = SweptShop(is_new=True)
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T10:30")
    shop.sweep(since=seconds("2026-11-21T09:00"))
    assert shop.fires({}) == [f"etl-report-{KEY}"]
    assert shop.memory()["report"] == "2026-11-21T09:00:00Z", "or the next pass would skip it"


def test_by_hand_nothing_is_forgotten() -> None:
    shop = SweptShop()
    shop.write(READY)
    assert done(shop.sweep(since=NOW)) == {"asked": 1}
    assert shop.memory()["report"] == OLD


def test_what_may_just_be_firing_is_not_skipped() -> None:
    shop = SweptShop(is_new=True)
    shop.remember(dict.fromkeys(("audit", "report"), "2026-11-21T11:59:50Z"))
    shop.write(fact("a", "2026-11-21T10:00"), fact("b", "2026-11-21T11:59:45"))
    assert done(shop.sweep()) == {}
    assert done(shop.sweep("2026-11-21T12:06"))["skipped"] == 2


def test_an_operators_word_and_a_backfill_count_for_new_nodes() -> None:
    for entry in (by_hand("fire.report"), {"backfill": "{}"}):
        shop = SweptShop(is_new=True)
        shop.write(READY, entry)
        assert done(shop.sweep()) == {"asked": 1}


def test_the_memory_is_written_only_when_it_changes() -> None:
    shop = SweptShop(is_new=True)
    shop.sweep()
    shop.sweep("2026-11-21T13:00")
    writes = [call.verb for call in shop.cluster.calls if call.name == "etl-sweep" and call.verb != "get"]
    assert writes == ["create", "patch"]


def test_a_memory_that_another_sweeper_wrote_meanwhile_is_read_again() -> None:
    shop = SweptShop(is_new=True)
    shop.remember({"gone": OLD})
    shop.cluster.fail_next("patch", 409, "Conflict", resource=CONFIG_MAPS, name="etl-sweep")
    shop.sweep()
    assert set(shop.memory()) == {"audit", "report"}


# ---- suspended and resumed ----


@pytest.mark.parametrize(
    ("catchup", "fired"),
    [("none", []), ("latest", ["20261120"]), ("all", ["20261118", "20261119", "20261120"])],
)
def test_s18_a_node_that_was_suspended_for_three_days_catches_up_as_it_is_told(
    catchup: str, fired: list[str]
) -> None:
    shop = SweptShop(ONE % ", suspend: true")
    shop.cluster.now = seconds("2026-11-17T10:00")
    shop.write(fact("a", "2026-11-17T10:00", key="20261117"), claim("report", "20261117"), key="20261117")
    shop.sweep("2026-11-17T12:00")
    assert shop.memory() == {"report": f"suspended {OLD}"}
    for key in DAYS[1:]:
        shop.cluster.now = seconds(f"{day(key)}T10:00")
        shop.write(fact("a", f"{day(key)}T10:00", key=key), key=key)
    assert done(shop.sweep("2026-11-20T12:00")) == {}
    shop.edit(ONE % f", catchup: {catchup}")
    swept = shop.sweep("2026-11-21T12:00")
    assert [key for _, key, _ in told_of(swept, Kind.ASKED)] == fired
    skipped = sorted(set(DAYS[1:]) - set(fired))
    assert told_of(swept, Kind.SKIPPED) == [("report", k, f"suspended, catchup {catchup}") for k in skipped]
    for key in fired:
        shop.run("report", key)
    assert not shop.sweep("2026-11-21T12:30").repairs[len(fired) :]
    since = "2026-11-21T12:00:00Z" if catchup == "none" else OLD
    assert shop.memory() == {"report": f"resumed {since}"}


def test_the_latest_of_several_keys_fires_also_if_its_facts_come_in_the_same_pass() -> None:
    shop = SweptShop(ONE % ", catchup: latest", is_new=True)
    shop.remember({"report": f"suspended {OLD}"})
    for key in DAYS:
        shop.ended("a", f"{day(key)}T10:00", key=key)
    shop.sweep()
    assert shop.fires({}) == ["etl-report-20261120"]


# ---- clocks ----


CLOCKED = """\
  a: {source: {cronWorkflow: a}}
  report: {run: {workflowTemplate: report}, dependsOn: [a], %s}
  audit: {run: {workflowTemplate: audit}, dependsOn: [{node: report, status: %s}]}
"""


def test_the_tick_of_a_gate_that_was_lost_is_made_up_and_opens_it() -> None:
    shop = SweptShop(CLOCKED % ('notBefore: "11:00"', "success"), since=TODAY)
    shop.write(fact("a", "2026-11-21T10:00"))
    before = shop.ledgers()
    swept = shop.sweep()
    assert json.loads(shop.data()["clock.report.notBefore"]) == {"at": "2026-11-21T11:00:00Z"}
    assert told_of(swept, Kind.CLOCK) == [
        ("report", KEY, "notBefore at 2026-11-21T11:00:00Z was not recorded")
    ]
    assert shop.fires(before) == [f"etl-report-{KEY}"]
    assert (
        "clock.report.notBefore"
        not in SweptShop(CLOCKED % ('notBefore: "13:00"', "success"), since=TODAY).ledgers()
    )


def test_young_ticks_make_ledgers_and_older_ones_only_fill_those_that_are_there() -> None:
    shop = SweptShop(CLOCKED % ('deadline: "11:00"', "success"))
    shop.write({}, key="20261115")
    shop.sweep()
    assert sorted(shop.ledgers()) == ["etl-20261115", "etl-20261120", "etl-20261121"]
    assert all(list(data) == ["clock.report.deadline"] for data in shop.ledgers().values())


def test_times_before_a_node_was_there_are_not_made_up() -> None:
    shop = SweptShop(CLOCKED % ('deadline: "11:50"', "success"), is_new=True)
    for key in DAYS:
        shop.write({}, key=key)
    shop.sweep()
    assert [name for name, data in shop.ledgers().items() if data] == [f"etl-{KEY}"]


@pytest.mark.parametrize(
    ("cutoff", "status", "phase", "fired"),
    [
        ('cutoff: "11:00"', "done", "Skipped", True),
        ('cutoff: "11:00", onCutoff: fail', "failure", "Expired", True),
        ('cutoff: "11:00"', "failure", "Skipped", False),
    ],
)
def test_s29_a_node_that_still_waits_at_its_cutoff_is_skipped_or_expires(
    cutoff: str, status: str, phase: str, fired: bool
) -> None:
    shop = SweptShop(CLOCKED % (cutoff, status), since=TODAY)
    shop.write({})
    before = shop.ledgers()
    shop.sweep()
    fact_ = json.loads(shop.data()[f"run.report.{KEY}.{phase.lower()}.{int(seconds('2026-11-21T11:00'))}"])
    assert (fact_["phase"], fact_["reason"]) == (phase, "cutoff")
    assert shop.fires(before) == ([f"etl-audit-{KEY}"] if fired else [])
    shop.run("audit")
    assert set(done(shop.sweep("2026-11-21T12:30"))) == {"claim"}


def test_at_its_cutoff_a_node_that_is_ready_goes_on_though_something_keeps_it() -> None:
    shop = SweptShop(CLOCKED % ('cutoff: "11:00"', "done"), since=TODAY)
    shop.write(fact("a", "2026-11-21T10:00"), by_hand("hold.report"))
    assert done(shop.sweep()) == {"clock": 1}


def test_a_gate_that_opened_or_an_operators_word_is_as_new_as_a_fact() -> None:
    gated = SweptShop(CLOCKED % ('notBefore: "11:50"', "done"), is_new=True)
    gated.write(fact("a", "2026-11-21T10:00"))
    before = gated.ledgers()
    gated.sweep()
    assert gated.fires(before) == [f"etl-report-{KEY}"]
    satisfied = SweptShop(is_new=True)
    satisfied.write(fact("a", "2026-11-21T10:00"), by_hand("satisfy.report.b", at="2026-11-21T11:50:00Z"))
    assert done(satisfied.sweep()) == {"asked": 1}


def test_a_cutoff_is_given_a_minute_for_facts_that_are_under_way() -> None:
    shop = SweptShop(CLOCKED % ('cutoff: "11:00"', "done"), since=TODAY)
    shop.write({})
    assert done(shop.sweep("2026-11-21T11:00:30")) == {"clock": 1}
    assert done(shop.sweep("2026-11-21T11:01")) == {"skipped": 1}


def test_a_late_upstream_makes_a_patient_node_run_after_its_cutoff() -> None:
    shop = SweptShop(CLOCKED % ('cutoff: "11:00", onLate: run', "success"), since=TODAY)
    shop.write({})
    shop.sweep()
    before = shop.ledgers()
    shop.ended("a", "2026-11-21T12:10")
    shop.sweep("2026-11-21T12:20")
    assert shop.fires(before) == [f"etl-report-{KEY}"]
    assert done(shop.sweep("2026-11-21T12:30")) == {"asked": 1}


def test_a_suspended_node_does_not_end_its_waiting() -> None:
    shop = SweptShop(CLOCKED % ('cutoff: "11:00", suspend: true', "done"), since=TODAY)
    shop.write({})
    assert done(shop.sweep()) == {"clock": 1}


def test_a_ledger_that_a_backfill_fills_has_no_times() -> None:
    shop = SweptShop(CLOCKED % ('cutoff: "11:00"', "done"), since=TODAY)
    shop.write({"backfill": "{}"})
    assert shop.sweep().repairs == []


# ---- alerts ----


MISSED = """\
  a: {source: {cronWorkflow: a}}
  report:
    run: {workflowTemplate: report}
    dependsOn: [a]
    deadline: "11:00"
    onMiss: {run: {workflowTemplate: page}}
"""


def test_a_missed_deadline_whose_tick_was_lost_is_told_of() -> None:
    shop = SweptShop(MISSED, since=TODAY)
    shop.write({})
    before = shop.ledgers()
    shop.sweep()
    assert shop.fires(before) == [f"etl-report-missed-{KEY}"]


def test_nobody_is_paged_for_what_was_missed_before_the_alert_was_there() -> None:
    shop = SweptShop(MISSED, is_new=True)
    shop.remember({"report": OLD})
    for key in DAYS:
        shop.write({}, key=key)
    before = shop.ledgers()
    shop.sweep("2026-11-21T10:00")
    assert shop.fires(before) == []


def test_each_failed_run_has_its_alert_asked_for() -> None:
    head = "onFailure: {run: {workflowTemplate: page}}\n"
    shop = SweptShop(head=head)
    shop.write(
        fact("report", "2026-11-21T10:00", "Failed", workflow=f"etl-report-{KEY}"), claim("audit"), READY
    )
    before = shop.ledgers()
    assert done(shop.sweep()) == {"asked": 1}
    assert shop.fires(before) == [f"etl-report-failed-{KEY}"]


def test_failures_from_before_the_alert_are_passed_over_one_by_one() -> None:
    head = "onFailure: {run: {workflowTemplate: page}}\n"
    shop = SweptShop(head=head, is_new=True)
    shop.remember({"report": OLD, "audit": OLD})
    failed = [
        fact(node, "2026-11-21T10:00", "Failed", workflow=f"etl-{node}-{KEY}") for node in ("report", "audit")
    ]
    shop.write(*failed)
    swept = shop.sweep()
    assert [node for node, _, _ in told_of(swept, Kind.SKIPPED)] == ["audit-failed", "report-failed"]
