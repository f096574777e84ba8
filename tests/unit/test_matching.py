"""Edges over other keys than the node's own: which are wanted, where they are recorded, when they are enough."""

from __future__ import annotations

import json

import pytest

from tests.desk import Desk, desk

DAY = "20261121"
HOURLY = "  hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}\n"
SALES = "  sales: {source: {cronWorkflow: sales}}\n"
MONTHLY = "  books: {source: {cronWorkflow: books}, key: {every: month}}\n"


def run(name: str, edges: str, more: str = "") -> str:
    """A node of these edges."""
    return f"  {name}: {{run: {{workflowTemplate: t}}, dependsOn: [{edges}]{more}}}\n"


def wanted(shop: Desk, node: str, key: str) -> list[str]:
    """The keys that the first edge of a node wants."""
    (edge, *_) = shop.edges(node, key)
    return [one["key"] for one in edge["each"]] if "each" in edge else [edge["key"]]


WITHIN = run("report", "{node: hourly, match: {within: key}}", ", every: day")


@pytest.mark.parametrize(
    ("key", "hours"), [(DAY, 24), ("20260329", 23), ("20261025", 25)], ids=["plain", "spring", "autumn"]
)
def test_a_day_wants_all_hours_that_it_has(key: str, hours: int) -> None:
    shop = desk(HOURLY + WITHIN)
    found = wanted(shop, "report", key)
    assert len(found) == hours == len(set(found))
    for number, hour in enumerate(found):
        assert shop.fires("report", key) is False
        shop.end("hourly", hour, f"{key[:4]}-{key[4:6]}-{key[6:8]}T{number % 24:02}:10")
    assert shop.fires("report", key) is True


def test_the_hour_that_comes_twice_is_wanted_twice_and_the_one_that_does_not_come_never() -> None:
    shop = desk(HOURLY + WITHIN)
    assert wanted(shop, "report", "20261025")[2:4] == ["20261025t02", "20261025t02b"]
    assert "20260329t02" not in wanted(shop, "report", "20260329")


def test_finer_keys_are_recorded_in_the_ledger_of_the_period_they_begin_in() -> None:
    nodes = HOURLY + SALES + WITHIN
    nodes += run("week", "{node: sales, match: {within: key}}", ", every: week")
    nodes += run("month", "{node: sales, match: {within: key}}", ", every: month")
    shop = desk(nodes)
    shop.end("hourly", "20261025t02b", "2026-10-25T01:30")
    shop.end("sales", "20261231", "2026-12-31T10:00")
    assert set(shop.ledgers) == {"20261025t02b", "20261025", "20261231", "2026w53", "202612"}
    assert wanted(shop, "week", "2026w53") == [f"202612{day}" for day in (28, 29, 30, 31)] + [
        f"2027010{day}" for day in (1, 2, 3)
    ]
    assert len(wanted(shop, "month", "202802")) == 29


def test_weeks_belong_to_the_month_their_monday_is_in() -> None:
    nodes = "  weekly: {source: {cronWorkflow: weekly}, key: {every: week}}\n"
    shop = desk(nodes + run("month", "{node: weekly, match: {within: key}}", ", every: month"))
    assert wanted(shop, "month", "202611") == ["2026w45", "2026w46", "2026w47", "2026w48", "2026w49"]
    shop.end("weekly", "2026w49", "2026-12-06T10:00")
    assert "202611" in shop.ledgers


def test_parts_of_an_hour_are_wanted_in_both_hours_of_one_name() -> None:
    nodes = "  quarter: {source: {cronWorkflow: quarter}, key: {every: 15m}}\n"
    shop = desk(nodes + run("hour", "{node: quarter, match: {within: key}}", ", every: hour"))
    assert wanted(shop, "hour", "20261025t02") == [f"20261025t02{m:02}" for m in (0, 15, 30, 45)]
    assert wanted(shop, "hour", "20261025t02b") == [f"20261025t02{m:02}b" for m in (0, 15, 30, 45)]
    shop.end("quarter", "20261025t0215b", "2026-10-25T01:20")
    assert "20261025t02b" in shop.ledgers


def test_only_the_last_of_the_keys_within_can_be_wanted() -> None:
    shop = desk(HOURLY + run("report", "{node: hourly, match: {within: key, pick: last}}", ", every: day"))
    assert wanted(shop, "report", DAY) == [f"{DAY}t23"]
    shop.end("hourly", f"{DAY}t22", "2026-11-21T22:10")
    assert shop.fires("report", DAY) is False
    shop.end("hourly", f"{DAY}t23", "2026-11-21T23:10")
    assert shop.fires("report", DAY) is True


def test_the_longer_key_around_mine_serves_each_of_mine() -> None:
    nodes = HOURLY + SALES + MONTHLY
    nodes += run("fine", "hourly, {node: sales, match: containing}")
    nodes += run("daily", "sales, {node: books, match: containing}")
    shop = desk(nodes)
    shop.end("sales", "20261025", "2026-10-25T22:00")
    hours = {key for key in shop.ledgers if key.startswith("20261025t")}
    assert len(hours) == 25
    assert "20261025t02b" in hours
    shop.end("books", "202602", "2026-03-01T10:00")
    days = {key for key in shop.ledgers if len(key) == 8 and key.startswith("2026")}
    assert days == {f"202602{day:02}" for day in range(1, 29)} | {"20261025"}
    shop.end("hourly", "20261025t02b", "2026-10-25T01:30")
    assert shop.fires("fine", "20261025t02b") is True
    assert shop.fires("fine", "20261025t03") is False


def test_the_last_keys_up_to_mine_are_wanted_and_recorded_for_it() -> None:
    shop = desk(SALES + run("report", "{node: sales, match: {last: 3}}"))
    for day in (19, 21, 20):
        assert shop.fires("report", DAY) is False
        shop.end("sales", f"202611{day}", f"2026-11-{day}T10:00")
    assert wanted(shop, "report", DAY) == ["20261119", "20261120", "20261121"]
    assert shop.fires("report", DAY) is True
    assert shop.fires("report", "20261122") is False


def test_since_previous_without_a_calendar_is_the_period_before() -> None:
    nodes = SALES + HOURLY
    nodes += run("daily", "{node: sales, match: {since: previous}}", ", every: day")
    nodes += run("rolled", "{node: hourly, match: {since: previous}}", ", every: day")
    nodes += run("week", "{node: sales, match: {since: previous}}", ", every: week")
    shop = desk(nodes)
    assert wanted(shop, "daily", DAY) == ["20261120"]
    assert wanted(shop, "rolled", DAY) == [f"20261120t{hour:02}" for hour in range(24)]
    assert wanted(shop, "week", "2026w47") == [f"202611{day:02}" for day in range(9, 16)]
    shop.end("hourly", "20261120t23", "2026-11-20T23:10")
    shop.end("sales", "20261115", "2026-11-15T23:10")
    assert {"20261121", "2026w47", "20261116"} <= set(shop.ledgers)


SETTLED = "{node: hourly, match: {within: key}, require: %s, settle: '01:00+1d'}"


def hours(shop: Desk, count: int) -> None:
    """So many hours of the day end well."""
    for hour in range(count):
        shop.end("hourly", f"{DAY}t{hour:02}", f"2026-11-21T{hour:02}:10", outputs={"rows": str(hour)})


@pytest.mark.parametrize(("require", "count", "before", "after"), [
    ("-1", 24, True, True),
    ("-1", 23, False, True),
    ("-1", 22, False, False),
    ("20", 20, False, True),
    ("20", 19, False, False),
])  # fmt: skip
def test_fewer_keys_are_enough_from_the_settle_time_on(
    require: str, count: int, before: bool, after: bool
) -> None:
    shop = desk(HOURLY + run("report", SETTLED % require, ", every: day"))
    hours(shop, count)
    assert shop.fires("report", DAY) is before
    shop.tick("2026-11-22T00:00")
    assert shop.fires("report", DAY) is after


def test_all_of_the_keys_may_be_asked_for_in_so_many_words() -> None:
    shop = desk(HOURLY + run("report", "{node: hourly, match: {within: key}, require: all}", ", every: day"))
    hours(shop, 23)
    assert not shop.fires("report", DAY)
    hours(shop, 24)
    assert shop.fires("report", DAY)


def test_a_parameter_of_several_keys_is_a_list_that_names_the_missing_one() -> None:
    params = "{rows: {from: hourly, output: rows}, missing: {from: hourly, field: missing}}"
    node = f"  report: {{run: {{workflowTemplate: t, params: {params}}}, every: day, dependsOn: [{SETTLED % -1}]}}\n"
    shop = desk(HOURLY + node)
    hours(shop, 23)
    shop.tick("2026-11-22T00:00")
    said = shop.says("report", DAY)["params"]
    assert json.loads(said["missing"]) == [f"{DAY}t23"]
    assert json.loads(said["rows"])[-2:] == [
        {"key": f"{DAY}t22", "value": "22"},
        {"key": f"{DAY}t23", "value": None},
    ]


def test_an_hour_that_fails_is_missing_until_it_succeeds() -> None:
    shop = desk(HOURLY + WITHIN)
    hours(shop, 23)
    shop.end("hourly", f"{DAY}t23", "2026-11-21T23:10", "Failed")
    assert shop.fires("report", DAY) is False
    shop.end("hourly", f"{DAY}t23", "2026-11-21T23:40")
    assert shop.fires("report", DAY) is True


def test_a_condition_is_asked_of_each_key() -> None:
    edge = '{node: hourly, match: {within: key}, when: "(.outputs.rows | tonumber) > 0", require: -1, settle: "23:59"}'
    shop = desk(HOURLY + run("report", edge, ", every: day"))
    hours(shop, 24)
    (said,) = shop.edges("report", DAY)
    assert [one["key"] for one in said["each"] if not one["ok"]] == [f"{DAY}t00"]


def test_a_lookback_of_several_keys_is_measured_from_the_newest_fact_of_all_edges() -> None:
    shop = desk(SALES + HOURLY + run("report", "sales, {node: sales, match: {last: 3}, lookback: 36h}"))
    for day in (19, 20, 21):
        shop.end("sales", f"202611{day}", f"2026-11-{day}T10:00")
    assert [one["ok"] for one in shop.edges("report", DAY)[1]["each"]] == [False, True, True]


def test_every_fact_of_several_keys_is_a_cause() -> None:
    shop = desk(SALES + run("report", "{node: sales, match: {last: 2}}"))
    for day in (20, 21):
        shop.end("sales", f"202611{day}", f"2026-11-{day}T10:00")
    cause = json.loads(shop.says("report", DAY)["metadata"]["annotations"]["depgen.io/cause"])
    assert [entry[1] for entry in cause] == ["2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"]


def test_an_operator_satisfies_an_edge_over_several_keys_at_once() -> None:
    shop = desk(HOURLY + WITHIN)
    shop.ledgers[DAY] = {"satisfy.report.hourly": '{"at": "2026-11-21T10:00:00Z", "by": "ada", "why": "x"}'}
    assert shop.fires("report", DAY) is True


def test_only_what_is_newer_than_the_last_run_counts_with_since_last_run() -> None:
    edge = "{node: sales, match: {last: 2}, require: 1, settle: '23:00', lookback: sinceLastRun}"
    shop = desk(SALES + "  stock: {source: {cronWorkflow: stock}}\n" + run("report", f"stock, {edge}"))
    shop.end("stock", DAY, "2026-11-21T10:00")
    shop.end("sales", "20261120", "2026-11-20T10:00")
    shop.tick("2026-11-21T22:00")
    assert shop.fires("report", DAY) is True
    shop.end(
        "report", "20261120", "2026-11-20T12:00", is_run=True, cause=[["w", "2026-11-20T10:00:00Z", None]]
    )
    assert shop.fires("report", DAY) is False
    shop.end("sales", DAY, "2026-11-21T11:00")
    assert shop.fires("report", DAY) is True
