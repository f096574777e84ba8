"""Runs that are made again when an upstream is, nodes that depend on their past, one run for each upstream, former ids."""

from __future__ import annotations

import pytest

from tests.desk import Desk, desk

KEY = "20261121"
SOURCES = "  sales: {source: {cronWorkflow: sales}}\n  stock: {source: {cronWorkflow: stock}}\n"


def refreshed(word: str) -> Desk:
    """A report that has fired on both of its upstreams."""
    shop = desk(
        SOURCES + f"  report: {{run: {{workflowTemplate: t}}, onRerun: {word}, dependsOn: [sales, stock]}}\n"
    )
    shop.end("sales", KEY, "2026-11-21T10:00")
    shop.end("stock", KEY, "2026-11-21T10:10")
    assert shop.says("report", KEY)["metadata"]["name"] == f"etl-report-{KEY}"
    shop.claim("report", KEY, ["2026-11-21T10:00:00Z", "2026-11-21T10:10:00Z"])
    return shop


@pytest.mark.parametrize("word", ["ignore", "refresh", "hold"])
def test_nothing_fires_twice_on_the_same_facts(word: str) -> None:
    shop = refreshed(word)
    assert shop.fires("report", KEY) is False
    shop.end(
        "report", KEY, "2026-11-21T10:30", is_run=True, uid="c1", cause=[["w", "2026-11-21T10:10:00Z", None]]
    )
    assert shop.fires("report", KEY) is False


@pytest.mark.parametrize(("word", "after_one", "after_both"), [
    ("ignore", False, False),
    ("refresh", True, True),
    ("hold", False, True),
])  # fmt: skip
def test_an_upstream_that_completes_again_is_ignored_or_makes_a_new_run(
    word: str, after_one: bool, after_both: bool
) -> None:
    shop = refreshed(word)
    shop.end("sales", KEY, "2026-11-21T11:00")
    assert shop.fires("report", KEY) is after_one
    shop.end("stock", KEY, "2026-11-21T11:10")
    said = shop.says("report", KEY)
    assert said["fire"] is after_both
    if after_both:
        assert said["metadata"]["name"] == f"etl-report-{KEY}-r2"
        assert said["metadata"]["labels"]["depgen.io/key"] == KEY


def test_a_rerun_that_fails_makes_no_new_run() -> None:
    shop = refreshed("refresh")
    shop.end("sales", KEY, "2026-11-21T11:00", "Failed")
    assert shop.fires("report", KEY) is False


def test_a_completion_between_a_submission_and_its_claim_makes_the_next_run_when_the_claim_comes() -> None:
    shop = refreshed("refresh")
    shop.end("sales", KEY, "2026-11-21T11:00")
    shop.end("stock", KEY, "2026-11-21T11:10")
    before = dict(shop.ledgers[KEY])
    shop.claim("report", KEY, ["2026-11-21T11:00:00Z"], uid="c2")
    said = shop.says("report", KEY, before)
    assert (said["fire"], said["metadata"]["name"]) == (True, f"etl-report-{KEY}-r3")


def test_an_outcome_by_hand_is_not_refreshed() -> None:
    shop = refreshed("refresh")
    shop.ledgers[KEY]["run.report.20261121.skipped.1795255800"] = (
        '{"finishedAt": "2026-11-21T10:20:00Z", "phase": "Skipped", "reason": "by hand"}'
    )
    shop.end("sales", KEY, "2026-11-21T11:00")
    assert shop.fires("report", KEY) is False


PAST = "  balance: {run: {workflowTemplate: t}, dependsOn: [sales], dependsOnPast: true, activeFrom: '2026-11-20'}\n"


@pytest.mark.parametrize(("phase", "fires"), [("Succeeded", True), ("Failed", False)])
def test_a_key_waits_for_the_success_of_the_one_before_but_for_the_first(phase: str, fires: bool) -> None:
    shop = desk(SOURCES + PAST)
    for day in (19, 20, 21):
        shop.end("sales", f"202611{day}", f"2026-11-{day}T10:00")
    assert [shop.fires("balance", f"202611{day}") for day in (19, 20, 21)] == [False, True, False]
    shop.end("balance", "20261120", "2026-11-21T12:00", phase, is_run=True)
    assert shop.fires("balance", KEY) is fires


def test_a_skipped_key_passes() -> None:
    shop = desk(SOURCES + PAST)
    shop.end("sales", KEY, "2026-11-21T10:00")
    shop.end("balance", "20261120", "2026-11-20T12:00", "Skipped", is_run=True)
    assert shop.fires("balance", KEY) is True


def test_the_past_steps_over_days_that_the_node_is_closed() -> None:
    head = "calendars: {week: {days: [mon, tue, wed, thu, fri]}}\n"
    node = "  balance: {run: {workflowTemplate: t}, dependsOn: [sales], dependsOnPast: true, activeFrom: '2026-11-19', runsOn: week}\n"
    shop = desk(SOURCES + node, head=head)
    shop.end("sales", "20261123", "2026-11-23T10:00")
    assert shop.fires("balance", "20261123") is False
    shop.end("balance", "20261120", "2026-11-20T12:00", is_run=True)
    assert shop.fires("balance", "20261123") is True


def test_one_run_for_each_upstream_that_fails() -> None:
    edges = "[{node: sales, status: failure}, {node: stock, status: failure}]"
    run = "{workflowTemplate: t, params: {who: {from: $trigger, field: node}}}"
    shop = desk(SOURCES + f"  clean: {{run: {run}, per: upstream, dependsOn: {edges}}}\n")
    shop.end("stock", KEY, "2026-11-21T10:00", "Failed")
    assert [shop.fires(node, KEY) for node in ("clean-sales", "clean-stock")] == [False, True]
    said = shop.says("clean-stock", KEY)
    assert said["metadata"]["name"] == f"etl-clean-stock-{KEY}"
    assert said["params"] == {"who": "stock"}


def test_what_the_ledgers_hold_under_a_former_id_counts() -> None:
    nodes = "  orders: {source: {cronWorkflow: orders}, renamedFrom: sales}\n"
    nodes += "  summary: {run: {workflowTemplate: t}, renamedFrom: report, dependsOn: [orders, {node: orders, match: {offset: -1}}]}\n"
    shop = desk(nodes)
    done = '"phase": "Succeeded", "finishedAt": "2026-11-21T10:00:00Z"'
    shop.ledgers[KEY] = {
        f"run.sales.{KEY}.u1.1795255200": f"{{{done}}}",
        "run.sales.20261120.u2.1795168800": f'{{{done}, "offset": -1}}',
    }
    assert shop.fires("summary", KEY) is True
    held = dict(shop.ledgers[KEY]) | {"hold.report": '{"at": "x", "by": "ada", "why": "y"}'}
    shop.ledgers[KEY] = held
    assert shop.fires("summary", KEY) is False
    del shop.ledgers[KEY]["hold.report"]
    shop.ledgers[KEY][f"run.report.{KEY}.u3.0"] = '{"phase": "Submitted", "finishedAt": ""}'
    assert shop.fires("summary", KEY) is False
