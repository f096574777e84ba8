"""What is read from one ledger."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from depgen.history import ledgers
from depgen.history.ledgers import Page
from depgen.history.records import Clock, Intervention, Sweep
from tests.histories import KEY, Json, at, claim, fact, ledger

OF_REPORT = ("data", "etl", "report", KEY)


def read(entries: Mapping[str, Json | str]) -> Page:
    return ledgers.read("data", "etl", ledger(entries))


def test_a_completion_a_claim_and_an_outcome_are_facts() -> None:
    skipped = {f"run.report.{KEY}.skipped.1": {"finishedAt": "2026-11-21T20:00:00Z", "phase": "Skipped"}}
    page = read({**fact("sales", "u1", at("19:00")), **claim("report", "u2"), **skipped})
    told = [(f.node, f.uid, f.kind, f.phase, f.at) for f in page.facts]
    assert told == [
        ("report", "skipped", "outcome", "Skipped", at("20:00")),
        ("report", "u2", "claim", "Submitted", None),
        ("sales", "u1", "completion", "Succeeded", at("19:00")),
    ]
    assert page.unreadable == 0


def test_a_claim_says_when_the_run_was_submitted_if_it_says_so() -> None:
    told = {"at": "2026-11-21T20:00:00Z", "finishedAt": "", "phase": "Submitted", "workflow": "w"}
    page = read({f"run.report.{KEY}.u2.0": told})
    assert [(f.kind, f.at) for f in page.facts] == [("claim", at("20:00"))]
    assert page.finishes == []


def test_a_fact_keeps_all_that_it_says() -> None:
    more: Json = {"outputs": {"rows": "7"}, "errors": {"log": "longer than 4096 bytes"}, "reason": "r"}
    (found,) = read(fact("sales", "u1", at("19:00:07"), key="20261120", **more)).facts
    assert found._asdict() == {
        "namespace": "data",
        "graph": "etl",
        "node": "sales",
        "key": "20261120",
        "uid": "u1",
        "epoch": 1795287607,
        "kind": "completion",
        "phase": "Succeeded",
        "at": at("19:00:07"),
        "wall": "2026-11-21T19:00:07",
        "workflow": "sales-1",
        "reason": "r",
        "who": "",
        "why": "",
        "outputs": {"rows": "7"},
        "errors": {"log": "longer than 4096 bytes"},
    }


def test_clocks_and_sweeps_belong_to_the_ledgers_key() -> None:
    page = read(
        {"clock.report.deadline": {"at": "2026-11-21T21:00:00Z"}, "sweep.report": "2 2026-11-21T22:00:00Z"}
    )
    assert page.clocks == [Clock(*OF_REPORT, "deadline", at("21:00"))]
    assert page.sweeps == [Sweep(*OF_REPORT, "2 2026-11-21T22:00:00Z", 2, at("22:00"))]


@pytest.mark.parametrize(("text", "tries"), [("1", 1), ("again", None), ("2 noon", None), ("", None)])
def test_a_sweep_counter_set_by_hand_may_be_anything(text: str, tries: int | None) -> None:
    assert read({"sweep.report": text}).sweeps == [Sweep(*OF_REPORT, text, tries, None)]


def test_an_operators_hand_is_kept_with_who_and_why() -> None:
    told = {"at": "2026-11-21T20:15:00Z", "by": "ana", "why": "the vendor is late"}
    page = read(
        {"hold.report": told, "release.report": told, "fire.report": told, "satisfy.report.sales": told}
    )
    of_ana = (at("20:15"), "ana", "the vendor is late")
    assert page.interventions == [
        Intervention(*OF_REPORT, "fire", "", *of_ana),
        Intervention(*OF_REPORT, "hold", "", *of_ana),
        Intervention(*OF_REPORT, "release", "", *of_ana),
        Intervention(*OF_REPORT, "satisfy", "sales", *of_ana),
    ]


def test_a_skip_by_hand_is_an_outcome_and_an_intervention_and_one_by_the_cutoff_is_not() -> None:
    value = {"finishedAt": "2026-11-21T20:15:00Z", "phase": "Skipped", "reason": "by hand"}
    by_hand = read({f"run.report.{KEY}.skipped.5": {**value, "by": "ana", "why": "holiday"}})
    assert by_hand.interventions == [Intervention(*OF_REPORT, "skip", "", at("20:15"), "ana", "holiday")]
    assert (by_hand.facts[0].who, by_hand.facts[0].why) == ("ana", "holiday")
    assert read({f"run.report.{KEY}.skipped.5": value}).interventions == []


def test_a_skip_that_another_keys_ledger_repeats_is_one_of_its_own_key() -> None:
    value = {"finishedAt": "2026-11-21T20:15:00Z", "phase": "Skipped", "by": "ana", "offset": -1}
    page = read({"run.report.20261120.skipped.5": value})
    assert [(hand.action, hand.key) for hand in page.interventions] == [("skip", "20261120")]


def test_what_shadow_mode_would_have_submitted_is_a_fact_of_its_own_kind() -> None:
    (found,) = read({"shadow.report": {"at": "2026-11-21T20:00:00Z", "name": "etl-report-20261121"}}).facts
    assert (found.kind, found.phase, found.at) == ("shadow", "Shadow", at("20:00"))
    assert found.workflow == "etl-report-20261121"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (f"run.sales.{KEY}.u.x", '{"finishedAt": "", "phase": "Submitted"}'),
        (f"run.sales.{KEY}.u.1", "no JSON"),
        (f"run.sales.{KEY}.u.1", '["no object"]'),
        (f"run.sales.{KEY}.u.1", '{"phase": "Succeeded"}'),
        (f"run.sales.{KEY}.u.1", '{"finishedAt": "yesterday", "phase": "Succeeded"}'),
        (f"run.sales.{KEY}.u.1", '{"finishedAt": "2026-11-21T20:00:00", "phase": "Succeeded"}'),
        (f"run.sales.{KEY}.1", '{"finishedAt": "", "phase": "Submitted"}'),
        (f"run.sales.{KEY}.u.-5", '{"finishedAt": "", "phase": "Submitted"}'),
        (f"run.sales.{KEY}.u.{10**16}", '{"finishedAt": "2026-11-21T20:00:00Z", "phase": "Succeeded"}'),
        (f"run.sales.{KEY}.u.1", '{"finishedAt": "2026-11-21T20:00:00Z", "phase": 5}'),
        (f"run.sales.{KEY}.u.1", r'{"finishedAt": "2026-11-21T20:00:00Z", "phase": "a\u0000b"}'),
        (f"run.sales.{KEY}.u.1", r'{"finishedAt": "2026-11-21T20:00:00Z", "phase": "a\ud800b"}'),
        (f"run.sales.{KEY}.u.1", '{"finishedAt": "0001-01-01T00:00:00+05:00", "phase": "Failed"}'),
        ("clock.report.deadline", '{"at": null}'),
        ("hold.report", "{}"),
        ("note", "x"),
    ],
)
def test_an_entry_that_cannot_be_read_is_counted_and_the_others_are_kept(name: str, text: str) -> None:
    page = read({name: text, **fact("stock", "u9", at("18:00"))})
    assert page.unreadable == 1
    assert [f.uid for f in page.facts] == ["u9"]
    assert (page.clocks, page.interventions, page.sweeps) == ([], [], [])


def test_how_a_ledger_is_decided_on_is_nothing_that_happened() -> None:
    begun = {"at": "2026-11-22T09:00:00Z", "by": "ana", "why": "new column"}
    assert read({"backfill": begun}) == Page("data", "etl", KEY, backfilled_at=at("09:00", 22))


def test_an_empty_ledger_is_an_empty_page() -> None:
    page = ledgers.read("data", "etl", {"metadata": {"name": "etl-20261121"}})
    assert (page.facts, page.unreadable) == ([], 0)
