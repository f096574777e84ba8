"""Ticks of a calendar event, and the clock facts the rendered program makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from depgen.cron import parse
from tests.compiled import Compiled, compile_nodes

SOURCE = "  a: {source: {cronWorkflow: a}}\n"


def graph(times: str, zone: str = "Europe/Paris", every: str = "day", head: str = "") -> Compiled:
    source = f"  a: {{source: {{cronWorkflow: a}}, key: {{every: {every}}}}}\n"
    return compile_nodes(
        f"{source}  r: {{run: {{workflowTemplate: r}}, dependsOn: [a], {times}}}\n", zone, head
    )


def event_time(moment: datetime) -> str:
    """As Go prints a time on the clock of its process."""
    there = moment.astimezone(UTC)
    return there.strftime("%Y-%m-%d %H:%M:%S.0000063 +0000 UTC m=+32.020000001")


def strike(
    compiled: Compiled, dependency: str, local: str, zone: str = "Europe/Paris", fold: int = 0
) -> dict[str, Any]:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return compiled.run("etl-record", dependency, {"eventTime": event_time(moment), "metadata": {}})


def struck(*arguments: Any, **more: Any) -> dict[str, str]:
    """Clock -> its instant; {} if the tick is nobody's."""
    result = strike(*arguments, **more)
    if not result["data"] or result["name"].endswith("null"):
        return {}
    return {f"{result['name']} {name}": json.loads(value)["at"] for name, value in result["data"].items()}


def test_a_tick_opens_the_gate_of_its_date() -> None:
    compiled = graph('notBefore: "20:00"')
    assert struck(compiled, "at-2000", "2026-11-21T20:00:00") == {
        "etl-20261121 clock.r.notBefore": "2026-11-21T19:00:00Z"
    }


def test_a_tick_a_second_late_has_the_minute_it_stands_for() -> None:
    compiled = graph('notBefore: "20:00"')
    assert struck(compiled, "at-2000", "2026-11-21T20:00:07") == {
        "etl-20261121 clock.r.notBefore": "2026-11-21T19:00:00Z"
    }


def test_a_time_on_the_next_day_is_of_the_key_before() -> None:
    compiled = graph('cutoff: "06:00+1d"')
    assert struck(compiled, "at-0600-1d", "2027-01-01T06:00:00") == {
        "etl-20261231 clock.r.cutoff": "2027-01-01T05:00:00Z"
    }


def test_nodes_with_one_time_share_its_tick() -> None:
    compiled = compile_nodes(
        SOURCE
        + '  r: {run: {workflowTemplate: r}, dependsOn: [a], notBefore: "20:00"}\n'
        + '  s: {run: {workflowTemplate: s}, dependsOn: [a], deadline: "20:00"}\n'
    )
    assert list(compiled.objects["EventSource", "etl"]["spec"]["calendar"]) == ["at-2000"]
    assert struck(compiled, "at-2000", "2026-11-21T20:00:00") == {
        "etl-20261121 clock.r.notBefore": "2026-11-21T19:00:00Z",
        "etl-20261121 clock.s.deadline": "2026-11-21T19:00:00Z",
    }


@pytest.mark.parametrize(
    ("every", "time", "dependency", "hits", "misses"),
    [
        ("week", '"06:00"', "at-0600-week", {"2026-11-16T06:00:00": "etl-2026w47"}, ["2026-11-17T06:00:00"]),
        ("week", '"06:00 end"', "at-0600-week-end", {"2026-11-22T06:00:00": "etl-2026w47"}, ["2026-11-16T06:00:00"]),
        ("week", '"06:00 end+1d"', "at-0600-week-end-1d", {"2026-11-23T06:00:00": "etl-2026w47"}, ["2026-11-22T06:00:00"]),
        ("month", '"06:00"', "at-0600-month", {"2027-01-01T06:00:00": "etl-202701"}, ["2027-01-02T06:00:00"]),
        ("month", '"06:00+3d"', "at-0600-month-3d", {"2027-01-04T06:00:00": "etl-202701"}, ["2027-01-01T06:00:00"]),
        ("month", '"06:00 end"', "at-0600-month-end", {"2028-02-29T06:00:00": "etl-202802"}, ["2028-02-28T06:00:00"]),
        ("month", '"06:00 end+2d"', "at-0600-month-end-2d", {"2028-03-02T06:00:00": "etl-202802"}, ["2028-02-29T06:00:00"]),
    ],
)  # fmt: skip
def test_weeks_and_months_have_one_tick_each(
    every: str, time: str, dependency: str, hits: dict[str, str], misses: list[str]
) -> None:
    compiled = graph(f"notBefore: {time}", every=every)
    for local, ledger in hits.items():
        result = strike(compiled, dependency, local)
        assert (result["name"], list(result["data"])) == (ledger, ["clock.r.notBefore"])
    for local in misses:
        assert strike(compiled, dependency, local)["fresh"] is False


def test_a_minute_that_the_clocks_skip_comes_when_the_gap_ends() -> None:
    compiled = graph('notBefore: "02:30"')
    assert sorted(compiled.objects["EventSource", "etl"]["spec"]["calendar"]) == ["at-0230", "at-0300"]
    assert struck(compiled, "at-0300", "2027-03-28T03:00:00") == {
        "etl-20270328 clock.r.notBefore": "2027-03-28T01:00:00Z"
    }
    assert struck(compiled, "at-0300", "2027-03-27T03:00:00") == {}
    assert struck(compiled, "at-0230", "2027-03-27T02:30:00") != {}


def test_of_a_minute_that_comes_twice_the_first_opens_and_the_last_ends() -> None:
    compiled = compile_nodes(
        SOURCE
        + '  r: {run: {workflowTemplate: r}, dependsOn: [a], notBefore: "02:30"}\n'
        + '  s: {run: {workflowTemplate: s}, dependsOn: [a], deadline: "02:30"}\n'
    )
    assert struck(compiled, "at-0230", "2026-10-25T02:30:00", fold=0) == {
        "etl-20261025 clock.r.notBefore": "2026-10-25T00:30:00Z"
    }
    assert struck(compiled, "at-0230", "2026-10-25T02:30:00", fold=1) == {
        "etl-20261025 clock.s.deadline": "2026-10-25T01:30:00Z"
    }


@pytest.mark.parametrize("payload", [{}, {"eventTime": None}, {"eventTime": "yesterday"}, {"eventTime": 3}])
def test_a_tick_that_cannot_be_read_is_nobodys(payload: dict[str, Any]) -> None:
    assert graph('notBefore: "20:00"').run("etl-record", "at-2000", payload)["fresh"] is False


def test_a_tick_of_last_week_is_too_old() -> None:
    assert strike(graph('notBefore: "20:00"'), "at-2000", "2020-11-21T20:00:00")["fresh"] is False


def test_a_tick_goes_to_the_partition_of_its_node() -> None:
    compiled = graph('notBefore: "20:00"', head="partitions: 4\n")
    (dependency,) = [d["name"] for d in compiled.sensor("etl-record")["dependencies"] if "at-" in d["name"]]
    result = strike(compiled, dependency, "2026-11-21T20:00:00")
    partition = result["labels"]["depgen.io/partition"]
    assert (result["name"], dependency) == (f"etl-p{partition}-20261121", f"at-2000-p{partition}")


def test_the_schedules_of_ticks_are_crons() -> None:
    spec = graph('notBefore: "20:05"').objects["EventSource", "etl"]["spec"]
    assert spec["calendar"]["at-2005"] == {"schedule": "5 20 * * *", "timezone": "Europe/Paris"}
    parse(spec["calendar"]["at-2005"]["schedule"])


def test_every_clock_stands_in_a_trigger_with_each_tick_once() -> None:
    compiled = graph('notBefore: "02:30", deadline: "03:00", cutoff: "02:00+1d"')
    for trigger in compiled.sensor("etl-record")["triggers"]:
        names = trigger["template"]["conditions"].split(" || ")
        events = [d["eventName"] for d in compiled.sensor("etl-record")["dependencies"] if d["name"] in names]
        assert len(events) == len(set(events))


def test_a_gap_that_ends_at_midnight_is_of_the_date_before() -> None:
    compiled = graph('notBefore: "23:30"', "America/Nuuk")
    assert sorted(compiled.objects["EventSource", "etl"]["spec"]["calendar"]) == ["at-0000", "at-2330"]
    assert struck(compiled, "at-0000-eve", "2027-03-28T00:00:00", "America/Nuuk") == {
        "etl-20270327 clock.r.notBefore": "2027-03-28T01:00:00Z"
    }
    assert struck(compiled, "at-0000-eve", "2027-03-29T00:00:00", "America/Nuuk") == {}


def test_a_gap_before_midnight_hides_no_clock_of_midnight() -> None:
    compiled = compile_nodes(
        SOURCE
        + '  r: {run: {workflowTemplate: r}, dependsOn: [a], notBefore: "23:30"}\n'
        + '  s: {run: {workflowTemplate: s}, dependsOn: [a], notBefore: "00:00"}\n',
        "America/Nuuk",
    )
    told = [
        struck(compiled, name, "2027-03-28T00:00:00", "America/Nuuk") for name in ("at-0000", "at-0000-eve")
    ]
    assert told == [
        {"etl-20270328 clock.s.notBefore": "2027-03-28T01:00:00Z"},
        {"etl-20270327 clock.r.notBefore": "2027-03-28T01:00:00Z"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-15 19:00:00 +0000 UTC",
        "2027-01-15 20:00:00.5 +0100 CET m=+1.5",
        "2027-01-16 00:45:00 +0545 +0545",
        "2027-01-15 15:30:00 -0330 NST",
    ],
)
def test_a_tick_may_be_told_on_any_clock(text: str) -> None:
    told = graph('notBefore: "20:00"').run("etl-record", "at-2000", {"eventTime": text})
    assert (told["fresh"], told["name"]) == (True, "etl-20270115")
    assert [json.loads(value)["at"] for value in told["data"].values()] == ["2027-01-15T19:00:00Z"]


def test_a_minute_that_comes_twice_and_is_nobodys_the_second_time_is_no_tick() -> None:
    compiled = graph('notBefore: "02:30"')
    assert strike(compiled, "at-0230", "2030-10-27T02:30:00", fold=0)["fresh"] is True
    again = strike(compiled, "at-0230", "2030-10-27T02:30:00", fold=1)
    assert (again["fresh"], again["data"]) == (False, {})


@pytest.mark.parametrize(("days", "is_fresh"), [(1, True), (3, False)])
def test_a_tick_is_taken_for_two_days(days: int, is_fresh: bool) -> None:
    day = datetime.now(UTC).date() - timedelta(days=days)
    told = strike(graph('notBefore: "12:00"', "UTC"), "at-1200", f"{day}T12:00:00", "UTC")
    assert told["fresh"] is is_fresh


def test_the_end_of_a_day_is_its_date() -> None:
    compiled = graph('deadline: "20:00 end"')
    assert struck(compiled, "at-2000", "2026-11-21T20:00:00") == {
        "etl-20261121 clock.r.deadline": "2026-11-21T19:00:00Z"
    }


def test_the_order_of_nodes_in_the_file_changes_nothing() -> None:
    nodes = [
        f'  {id_}: {{run: {{workflowTemplate: r}}, dependsOn: [a], deadline: "20:00"}}\n' for id_ in "rs"
    ]
    one, other = (compile_nodes(SOURCE + "".join(order)) for order in (nodes, nodes[::-1]))
    assert one.files == other.files
