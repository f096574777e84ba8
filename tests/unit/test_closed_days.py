"""Calendars in the programs: closed keys never fire, and what waits for a closed upstream does what its edge says."""

from __future__ import annotations

import pytest

from tests.desk import Desk, desk

# 21 November 2026 is a Saturday; the 25th of December a Friday.
HEAD = """\
calendars:
  business: {days: [mon, tue, wed, thu, fri], holidays: ["2026-12-25", "2027-01-01"], validThrough: "2030-12-31"}
"""
SOURCES = """\
  sales: {source: {cronWorkflow: sales}}
  stock: {source: {cronWorkflow: stock}, runsOn: business}
  hourly: {source: {cronWorkflow: hourly}, key: {every: hour}, runsOn: business}
"""


def shop_of(*runs: str) -> Desk:
    """Runs beside a source of every day and two of working days."""
    return desk(SOURCES + "".join(f"  {run}\n" for run in runs), head=HEAD)


def end(shop: Desk, node: str, *days: str) -> None:
    """A node ends well on these days, of November or with their month."""
    for day in days:
        key = day if len(day) == 8 else f"202611{day}"
        shop.end(node, key, f"{key[:4]}-{key[4:6]}-{key[6:]}T10:00")


@pytest.mark.parametrize(("key", "fires"), [("20261120", True), ("20261121", False), ("20261225", False)])
def test_a_node_never_fires_for_a_key_that_its_calendar_closes(key: str, fires: bool) -> None:
    shop = shop_of("report: {run: {workflowTemplate: t}, dependsOn: [sales], runsOn: business}")
    end(shop, "sales", key)
    assert shop.fires("report", key) is fires


def test_an_operator_can_fire_a_closed_key() -> None:
    shop = shop_of("report: {run: {workflowTemplate: t}, dependsOn: [sales], runsOn: business}")
    shop.ledgers["20261121"] = {"fire.report": '{"at": "2026-11-21T10:00:00Z", "by": "ada", "why": "x"}'}
    assert shop.fires("report", "20261121") is True


@pytest.mark.parametrize(("word", "fires"), [("wait", False), ("satisfy", True), ("skip", False)])
def test_an_upstream_that_is_closed_is_waited_for_or_satisfied_or_leaves_the_node_out(
    word: str, fires: bool
) -> None:
    edges = f"[sales, {{node: stock, ifNotScheduled: {word}}}]"
    shop = shop_of(f"report: {{run: {{workflowTemplate: t}}, dependsOn: {edges}}}")
    end(shop, "sales", "20", "21")
    assert shop.fires("report", "20261120") is False, "the stock is to come on a Friday"
    assert shop.fires("report", "20261121") is fires
    skipped = shop.programs.deciders["report"]
    if word == "skip":
        ask = skipped.ask("skipped")
        body = {"metadata": {"labels": {"depgen.io/key": "20261121"}}, "data": {}}
        assert ask.first({"body": body}, "UTC") is True


def test_a_closed_upstream_that_ran_all_the_same_and_failed_is_not_satisfied() -> None:
    shop = shop_of(
        "report: {run: {workflowTemplate: t}, dependsOn: [sales, {node: stock, ifNotScheduled: satisfy}]}"
    )
    end(shop, "sales", "21")
    shop.end("stock", "20261121", "2026-11-21T11:00", "Failed")
    assert shop.fires("report", "20261121") is False


@pytest.mark.parametrize("lookback", ["2h", "sinceLastRun"])
def test_a_closed_upstream_is_satisfied_whatever_its_lookback(lookback: str) -> None:
    edge = f"{{node: stock, ifNotScheduled: satisfy, lookback: {lookback}}}"
    shop = shop_of(f"report: {{run: {{workflowTemplate: t}}, dependsOn: [sales, {edge}]}}")
    end(shop, "sales", "20", "21")
    assert shop.fires("report", "20261121") is True
    shop.end("stock", "20261120", "2026-11-20T01:00")
    assert shop.fires("report", "20261120") is (lookback != "2h")


def test_a_node_all_of_whose_upstreams_are_closed_is_left_out() -> None:
    shop = shop_of(
        "report: {run: {workflowTemplate: t}, dependsOn: [{node: stock, ifNotScheduled: satisfy}]}"
    )
    body = {"metadata": {"labels": {"depgen.io/key": "20261121"}}, "data": {}}
    decider = shop.programs.deciders["report"]
    assert decider.ask("[skipped, due]").first({"body": body}, "UTC") == [True, False]
    body["metadata"]["labels"]["depgen.io/key"] = "20261120"
    assert decider.ask("skipped").first({"body": body}, "UTC") is False


@pytest.mark.parametrize(
    ("key", "before"),
    [("20261120", "20261119"), ("20261121", "20261120"), ("20261123", "20261120"), ("20261228", "20261224")],
)
def test_the_key_before_steps_over_closed_days_of_the_upstream(key: str, before: str) -> None:
    shop = shop_of(
        "report: {run: {workflowTemplate: t}, dependsOn: [sales, {node: stock, match: {offset: -1}}]}"
    )
    end(shop, "sales", key)
    assert shop.fires("report", key) is False
    end(shop, "stock", before)
    assert shop.fires("report", key) is True


def test_two_nodes_of_one_calendar_need_one_record_for_the_key_before() -> None:
    same = "report: {run: {workflowTemplate: t}, runsOn: business, dependsOn: [{node: stock, match: {offset: -1}}]}"
    shop = shop_of(same)
    end(shop, "stock", "20")
    assert set(shop.ledgers) == {"20261120", "20261123"}
    assert shop.fires("report", "20261123") is True


def test_the_last_keys_are_the_last_open_ones() -> None:
    shop = shop_of("report: {run: {workflowTemplate: t}, dependsOn: [{node: stock, match: {last: 3}}]}")
    end(shop, "stock", "18", "19", "20")
    (edge,) = shop.edges("report", "20261122")
    assert [one["key"] for one in edge["each"]] == ["20261118", "20261119", "20261120"]
    assert [shop.fires("report", f"202611{day}") for day in (20, 21, 22, 23)] == [True, True, True, False]


def test_the_last_key_of_a_weekend_is_fridays() -> None:
    shop = shop_of("report: {run: {workflowTemplate: t}, dependsOn: [{node: stock, match: {last: 1}}]}")
    end(shop, "stock", "20")
    assert [shop.fires("report", f"202611{day}") for day in (20, 21, 22, 23)] == [True, True, True, False]


def test_the_key_after_mine_steps_over_closed_days_too() -> None:
    shop = shop_of("report: {run: {workflowTemplate: t}, dependsOn: [{node: stock, match: {offset: 1}}]}")
    end(shop, "stock", "23")
    assert [shop.fires("report", f"202611{day}") for day in (19, 20, 21, 22, 23)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_monday_takes_friday_to_sunday() -> None:
    node = "report: {run: {workflowTemplate: t}, every: day, runsOn: business, dependsOn: [{node: sales, match: {since: previous}}]}"
    shop = shop_of(node)
    end(shop, "sales", "20", "21")
    assert shop.fires("report", "20261123") is False
    end(shop, "sales", "22")
    assert shop.fires("report", "20261123") is True
    (edge,) = shop.edges("report", "20261124")
    assert [one["key"] for one in edge["each"]] == ["20261123"]


def test_only_the_open_hours_of_a_week_are_wanted() -> None:
    shop = shop_of(
        "report: {run: {workflowTemplate: t}, every: week, dependsOn: [{node: hourly, match: {within: key}}]}"
    )
    (edge,) = shop.edges("report", "2026w52")
    assert len(edge["each"]) == 4 * 24
    assert edge["each"][-1]["key"] == "20261224t23"


def test_a_time_counts_open_days_from_the_end_of_the_period() -> None:
    nodes = "  books: {source: {cronWorkflow: books}, key: {every: month}}\n"
    nodes += '  close: {run: {workflowTemplate: t}, runsOn: business, dependsOn: [books], notBefore: "18:00 end+2bd"}\n'
    shop = desk(nodes, head=HEAD)
    shop.end("books", "202611", "2026-12-01T10:00")
    for day in ("2026-11-30", "2026-12-01"):
        shop.tick(f"{day}T17:00")
    assert shop.fires("close", "202611") is False
    shop.tick("2026-12-02T17:00")
    assert shop.fires("close", "202611") is True


def test_a_time_counts_open_days_from_the_date_of_an_open_key() -> None:
    shop = shop_of(
        'report: {run: {workflowTemplate: t}, runsOn: business, dependsOn: [sales], notBefore: "06:00+1bd"}'
    )
    shop.tick("2026-12-28T05:00")
    assert [key for key in shop.ledgers if "clock.report.notBefore" in shop.ledgers[key]] == ["20261224"]
    shop.tick("2026-12-26T05:00")
    assert len(shop.ledgers) == 1


def test_windows_and_gates_that_count_open_days_compare_local_times() -> None:
    node = 'report: {run: {workflowTemplate: t}, runsOn: business, dependsOn: [{node: sales, window: {from: "18:00", to: "06:00+1bd"}}]}'
    shop = shop_of(node)
    shop.end("sales", "20261120", "2026-11-23T04:59")
    assert shop.fires("report", "20261120") is True
    late = shop_of(node)
    late.end("sales", "20261120", "2026-11-23T05:00")
    assert late.fires("report", "20261120") is False
