"""When a node fires: a ledger before and after, and what the rendered program says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.compiled import Compiled, compile_nodes
from tests.desk import desk

KEY = "20261121"
Ledger = dict[str, str]
SOURCES = (
    "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n  c: {source: {cronWorkflow: c}}\n"
)


def fact(node: str, at: str, phase: str = "Succeeded", key: str = KEY, **more: Any) -> Ledger:
    """One entry; `at` is UTC, and the wall clock is an hour later (Paris in winter)."""
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    wall = (when + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    value = {
        "finishedAt": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "phase": phase,
        "wall": wall,
        "workflow": f"{node}-1",
        **more,
    }
    return {f"run.{node}.{key}.u-{node}.{int(when.timestamp())}": json.dumps(value)}


def claim(node: str) -> Ledger:
    return {
        f"run.{node}.{KEY}.u9.0": json.dumps(
            {"finishedAt": "", "phase": "Submitted", "workflow": f"etl-{node}-{KEY}"}
        )
    }


def joined(edges: str, more: str = "", run: str = "workflowTemplate: report", head: str = "") -> Compiled:
    return compile_nodes(f"{SOURCES}  report:\n    run: {{{run}}}\n    dependsOn: {edges}\n{more}", head=head)


def ask(
    compiled: Compiled, new: Ledger, old: Ledger | None = None, key: str = KEY, node: str = "report"
) -> dict[str, Any]:
    metadata = {"labels": {"depgen.io/graph": "etl", "depgen.io/key": key}}
    event: dict[str, Any] = {"type": "ADD", "body": {"metadata": metadata, "data": new}}
    if old is not None:
        event |= {"type": "UPDATE", "oldBody": {"metadata": metadata, "data": old}}
    return compiled.run("etl-submit", node, event)


def fires(compiled: Compiled, new: Ledger, old: Ledger | None = None, key: str = KEY) -> bool:
    result: bool = ask(compiled, new, {} if old is None else old, key)["fire"]
    return result


A, B, C = (fact(node, "2026-11-21T10:00:00") for node in "abc")


def test_a_node_fires_when_its_last_edge_becomes_satisfied() -> None:
    graph = joined("[a, b]")
    assert not fires(graph, A)
    assert fires(graph, A | B, A)
    assert ask(graph, A | B, A)["metadata"]["name"] == f"etl-report-{KEY}"


def test_it_fires_once_and_not_again_while_it_stays_ready() -> None:
    graph = joined("[a, b]")
    assert not fires(graph, A | B | C, A | B)


def test_a_claim_or_a_run_of_the_node_keeps_it_from_firing() -> None:
    graph = joined("[a, b]")
    assert not fires(graph, A | B | claim("report"), A | claim("report"))
    done = fact("report", "2026-11-21T11:00:00")
    assert not fires(graph, A | B | done, A | done)


def test_a_failure_after_the_success_withdraws_the_edge_and_a_retry_restores_it() -> None:
    graph = joined("[a, b]")
    failed = fact("a", "2026-11-21T10:05:00", "Failed")
    again = fact("a", "2026-11-21T10:10:00")
    assert not fires(graph, A | failed | B, A | failed)
    assert fires(graph, A | failed | again | B, A | failed | B)


def test_a_late_redelivery_of_a_failure_does_not_withdraw_its_retry() -> None:
    graph = joined("[a, b]")
    again = fact("a", "2026-11-21T10:10:00")
    stale = fact("a", "2026-11-21T10:05:00", "Failed")
    assert fires(graph, again | stale | B, again | stale)


def test_success_wins_a_tie_in_the_same_second() -> None:
    graph = joined("[a]")
    entry = json.dumps({"finishedAt": "2026-11-21T10:00:00Z", "phase": "Failed"})
    assert fires(graph, A | {f"run.a.{KEY}.u-z.1795255200": entry, f"run.a.{KEY}.u-0.1795255200": entry})


def test_facts_of_another_key_or_node_do_not_count() -> None:
    graph = joined("[a, b]")
    other = fact("a", "2026-11-21T10:00:00", key="20261120")
    assert not fires(graph, other | B, B)
    assert not fires(graph, fact("a-x", "2026-11-21T10:00:00") | B, B)


def test_the_sweep_asks_again_by_raising_its_counter() -> None:
    graph = joined("[a, b]")
    assert fires(graph, A | B | {"sweep.report": "1"}, A | B)
    assert not fires(graph, A | {"sweep.report": "1"}, A)
    assert not fires(graph, A | B | claim("report") | {"sweep.report": "1"}, A | B | claim("report"))


def test_a_replayed_ledger_fires_only_for_recent_facts() -> None:
    graph = joined("[a]")
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    assert ask(graph, fact("a", now.isoformat()))["fire"] is True
    assert ask(graph, fact("a", (now - timedelta(seconds=1000)).isoformat()))["fire"] is False


@pytest.mark.parametrize(
    ("status", "phase", "expected"),
    [
        ("success", "Succeeded", True),
        ("success", "Failed", False),
        ("failure", "Failed", True),
        ("failure", "Error", True),
        ("failure", "Expired", True),
        ("failure", "Skipped", False),
        ("failure", "Succeeded", False),
        ("done", "Succeeded", True),
        ("done", "Error", True),
        ("done", "Skipped", True),
        ("done", "Submitted", False),
        ("[Error]", "Error", True),
        ("[Error]", "Failed", False),
        ("[Succeeded, Failed]", "Failed", True),
    ],
)
def test_the_status_of_an_edge_decides_which_phases_count(status: str, phase: str, expected: bool) -> None:
    graph = joined(f"[{{node: a, status: {status}}}]")
    assert fires(graph, fact("a", "2026-11-21T10:00:00", phase)) is expected


@pytest.mark.parametrize(
    ("mode", "facts", "expected"),
    [
        ("any", A, True),
        ("any", {}, False),
        ("atLeast\n    minSatisfied: 2", A, False),
        ("atLeast\n    minSatisfied: 2", A | C, True),
        ("all", A | B, False),
    ],
)
def test_the_mode_decides_how_many_edges_are_enough(mode: str, facts: Ledger, expected: bool) -> None:
    assert fires(joined("[a, b, c]", f"    mode: {mode}\n"), facts) is expected


def test_groups_nest() -> None:
    graph = joined("[a, {anyOf: [b, {allOf: [c, {node: c, status: done}]}]}]")
    assert fires(graph, A | B)
    assert fires(graph, A | C)
    assert not fires(graph, B | C)
    assert not fires(graph, A)


def window(start: str, end: str) -> Compiled:
    return joined(f'[{{node: a, window: {{from: "{start}", to: "{end}"}}}}]')


@pytest.mark.parametrize(
    ("start", "end", "finish", "expected"),
    [
        ("18:00", "20:00", "2026-11-21T17:00:00", True),
        ("18:00", "20:00", "2026-11-21T16:59:59", False),
        ("18:00", "20:00", "2026-11-21T18:59:59", True),
        ("18:00", "20:00", "2026-11-21T19:00:00", False),
        ("22:00", "02:00", "2026-11-22T00:59:59", True),
        ("22:00", "02:00", "2026-11-22T01:00:00", False),
        ("02:00+1d", "03:00+1d", "2026-11-22T01:30:00", True),
        ("00:00", "00:00+1d", "2026-11-20T23:00:00", True),
    ],
)
def test_a_window_takes_its_start_and_not_its_end(start: str, end: str, finish: str, expected: bool) -> None:
    assert fires(window(start, end), fact("a", finish)) is expected


def test_a_rerun_outside_the_window_does_not_erase_the_success_inside() -> None:
    inside, outside = fact("a", "2026-11-21T17:30:00"), fact("a", "2026-11-21T22:00:00", "Failed")
    graph = joined('[{node: a, window: {from: "18:00", to: "20:00"}}, b]')
    assert fires(graph, inside | outside | B, inside | outside)


def test_the_end_of_a_week_or_month_is_its_last_day() -> None:
    for every, key, finish in (
        ("week", "2026w47", "2026-11-22T17:30:00"),
        ("month", "202602", "2026-02-28T17:30:00"),
    ):
        graph = compile_nodes(
            f"  a: {{source: {{cronWorkflow: a}}, key: {{every: {every}}}}}\n"
            '  report: {run: {workflowTemplate: report}, dependsOn: [{node: a, window: {from: "18:00 end", to: "20:00 end"}}]}\n'
        )
        assert fires(graph, fact("a", finish, key=key), {}, key)
        assert not fires(graph, fact("a", "2026-11-18T17:30:00", key=key), {}, key)


def test_lookback_measures_from_the_newest_fact_in_use() -> None:
    graph = joined("[{node: a, lookback: 1h}, b]")
    late = fact("a", "2026-11-21T10:55:00")
    b = fact("b", "2026-11-21T11:05:00")
    assert not fires(graph, A | b, A)
    assert fires(graph, A | late | b, A | late)
    assert not fires(graph, A | b | fact("c", "2026-11-21T10:56:00"), A | b)


def test_lookback_counts_elapsed_hours_or_calendar_days() -> None:
    before, after = fact("a", "2026-10-24T12:30:00"), fact("b", "2026-10-25T13:00:00")
    assert not fires(joined("[{node: a, lookback: 24h}, b]"), before | after, before)
    day = joined("[{node: a, lookback: 1d}, b]")
    assert fires(day, fact("a", "2026-10-24T12:00:00") | after, after)
    assert not fires(day, fact("a", "2026-10-24T11:59:59") | after, after)
    month = joined("[{node: a, lookback: 1mo}, b]")
    assert fires(month, fact("a", "2026-09-25T12:00:00") | after, after)
    assert not fires(month, fact("a", "2026-09-25T11:59:00") | after, after)


def test_when_is_asked_of_the_fact() -> None:
    graph = joined('[{node: a, when: "(.outputs.rows | tonumber) > 0"}]')
    assert fires(graph, fact("a", "2026-11-21T10:00:00", outputs={"rows": "3"}))
    assert not fires(graph, fact("a", "2026-11-21T10:00:00", outputs={"rows": "0"}))
    assert not fires(graph, A)


def test_an_offset_edge_takes_the_fact_that_was_pushed_for_it() -> None:
    graph = joined("[{node: a, match: {offset: -1}}, a]")
    pushed = fact("a", "2026-11-20T10:00:00", key="20261120", offset=-1)
    assert fires(graph, A | pushed, A)
    assert not fires(graph, A | fact("a", "2026-11-20T10:00:00", key="20261120"), A)
    assert not fires(graph, pushed)


def test_an_offset_edge_does_not_take_the_fact_of_a_node_whose_name_begins_alike() -> None:
    graph = joined("[{node: a, match: {offset: -1}}, a]")
    assert not fires(graph, A | fact("a-x", "2026-11-20T10:00:00", key="20261120", offset=-1), A)


def test_a_replayed_ledger_counts_the_age_of_satisfied_edges_only() -> None:
    graph = joined("[a, b]", "    mode: any\n")
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    assert ask(graph, A | fact("b", now, "Failed"))["fire"] is False


def test_a_config_map_without_a_key_is_no_ledger() -> None:
    graph = joined("[a]")
    event = {
        "type": "UPDATE",
        "body": {"metadata": {"labels": {}}, "data": A},
        "oldBody": {"metadata": {}, "data": {}},
    }
    assert graph.run("etl-submit", "report", event)["fire"] is False


def test_a_suspended_node_never_fires() -> None:
    assert not fires(joined("[a]", "    suspend: true\n"), A)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ('activeFrom: "2026-11-21"', True),
        ('activeFrom: "2026-11-22"', False),
        ('activeUntil: "2026-11-21"', False),
        ('activeUntil: "2026-11-22"', True),
    ],
)
def test_keys_outside_the_active_range_never_fire(bounds: str, expected: bool) -> None:
    assert fires(joined("[a]", f"    {bounds}\n"), A) is expected


def params(params: str, facts: Ledger, key: str = KEY, every: str = "day") -> dict[str, Any]:
    graph = compile_nodes(
        f"  a: {{source: {{cronWorkflow: a}}, key: {{every: {every}}}}}\n  b: {{source: {{cronWorkflow: b}}, key: {{every: {every}}}}}\n"
        f"  report: {{run: {{workflowTemplate: report, params: {{{params}}}}}, dependsOn: [a, b], mode: any}}\n"
    )
    result: dict[str, Any] = ask(graph, facts, {}, key)["params"]
    return result


@pytest.mark.parametrize(
    ("format_", "every", "key", "expected"),
    [
        ("%Y-%m-%d", "day", "20261121", "2026-11-21"),
        ("%Y%m%d", "day", "20261121", "20261121"),
        ("%G-W%V from %Y-%m-%d", "week", "2026w53", "2026-W53 from 2026-12-28"),
        ("%Y/%m", "month", "202612", "2026/12"),
        ("%Y-%m-%dT%H", "hour", "20261025t02b", "2026-10-25T02"),
        ("%H:%M", "15m", "20261121t1415", "14:15"),
        ("%H", "6h", "20261121t12", "12"),
    ],
)
def test_the_key_is_given_in_any_format(format_: str, every: str, key: str, expected: str) -> None:
    assert params(f'day: {{key: "{format_}"}}', {}, key, every) == {"day": expected}


@pytest.mark.parametrize(
    ("every", "key", "start", "end"),
    [
        ("day", "20261121", "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00"),
        ("day", "20261025", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        ("hour", "20261025t02", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"),
        ("hour", "20261025t02b", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"),
        ("6h", "20260329t00", "2026-03-29T00:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        ("week", "2026w53", "2026-12-28T00:00:00+01:00", "2027-01-04T00:00:00+01:00"),
        ("month", "202612", "2026-12-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"),
    ],
)
def test_the_borders_of_the_period_have_their_offsets(every: str, key: str, start: str, end: str) -> None:
    assert params("from: {interval: start}, to: {interval: end}", {}, key, every) == {
        "from": start,
        "to": end,
    }


def test_a_day_that_begins_in_a_gap_begins_at_the_first_valid_instant() -> None:
    graph = compile_nodes(
        "  a: {source: {cronWorkflow: a}}\n"
        "  report: {run: {workflowTemplate: report, params: {from: {interval: start}}}, dependsOn: [a]}\n",
        zone="Asia/Beirut",
    )
    assert ask(graph, {}, {}, "20260329")["params"] == {"from": "2026-03-29T01:00:00+03:00"}


def test_values_come_from_the_upstreams_facts() -> None:
    a = fact("a", "2026-11-21T10:00:00", outputs={"rows": "7"})
    b = fact("b", "2026-11-21T09:00:00", outputs={})
    found = params(
        "rows: {from: a, output: rows}, w: {from: a, field: workflow}, uid: {from: a, field: uid}, p: {from: b, field: phase},"
        " at: {from: b, field: finishedAt}, last: {from: $trigger, field: node}, none: {from: b, output: rows, default: 0},"
        " lacking: {from: b, output: rows}, gone: {from: a, field: missing}",
        a | b,
    )
    assert found == {
        "rows": "7",
        "w": "a-1",
        "uid": "u-a",
        "p": "Succeeded",
        "at": "2026-11-21T09:00:00Z",
        "last": "a",
        "none": "0",
        "gone": "[]",
    }
    assert params("gone: {from: b, field: missing}", A) == {"gone": f'["{KEY}"]'}


@pytest.mark.parametrize(
    "data",
    [
        {"run.a.20261121.u.1": "not json", "run.b.20261121.u.1": "[]", "odd": "{}"},
        {"run.a.20261121.u.1": '{"finishedAt": 5, "phase": {}, "outputs": "x", "wall": 1}'},
        {},
    ],
)
def test_decide_programs_are_total(data: Ledger) -> None:
    graph = joined(
        '[{node: a, lookback: 1d, when: "(.outputs.rows | tonumber) > 1", window: {from: "01:00", to: "02:00"}}, b]',
        run="workflowTemplate: r, params: {rows: {from: a, output: rows}, from: {interval: start}, uid: {from: a, field: uid}}",
    )
    assert ask(graph, data)["fire"] is False
    for key in ("", "nonsense"):
        bad = graph.run(
            "etl-submit",
            "report",
            {"type": "ADD", "body": {"metadata": {"labels": {"depgen.io/key": key}}, "data": data}},
        )
        assert bad["fire"] is False
    assert graph.run("etl-submit", "report", {"type": "ADD", "body": {"metadata": {}}})["fire"] is False


def test_a_ledger_without_a_key_fires_nothing() -> None:
    compiled = joined("[{node: a, match: {offset: -1}}]")
    ledger = fact("a", "2026-11-20T10:00:00", key="20261120", offset=-1)
    event: dict[str, Any] = {"type": "UPDATE", "oldBody": {}}
    for labels, is_fired in (({}, False), ({"depgen.io/key": KEY}, True)):
        event["body"] = {"metadata": {"labels": labels}, "data": ledger}
        assert compiled.run("etl-submit", "report", event)["fire"] is is_fired


def test_what_is_missing_is_named_by_the_upstreams_key_and_a_run_that_has_not_ended_is() -> None:
    params = "{before: {from: b, field: missing}, mine: {from: a, field: missing}}"
    node = f"run: {{workflowTemplate: t, params: {params}}}, mode: any, dependsOn: [a, {{node: b, match: {{offset: -1}}}}]"
    shop = desk(
        f"  a: {{source: {{cronWorkflow: a}}}}\n  b: {{source: {{cronWorkflow: b}}}}\n  r: {{{node}}}\n"
    )
    shop.ledgers[KEY] = {f"run.a.{KEY}.u.0": '{"phase": "Submitted", "finishedAt": ""}'}
    assert shop.says("r", KEY)["params"] == {"before": '["20261120"]', "mine": f'["{KEY}"]'}
