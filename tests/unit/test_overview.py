"""The tables of `status`: which keys, nodes and states, what stands beside them, and how they follow the ledgers."""

from __future__ import annotations

import json
from datetime import date

import pytest

from depgen.cluster.api import CONFIG_MAPS, ClusterError
from depgen.cluster.follow import follow
from depgen.cluster.overview import Beside, Choice, Overview, overview, read_beside
from depgen.cluster.states import State, read_ledgers
from depgen.report import status
from tests.subjects import KEY, Shop, by_hand, claim, fact, seconds, subject_of

A, B = (fact(node, "2026-11-21T07:00") for node in "ab")
NODES = """\
  a: {source: {cronWorkflow: a}}
  b: {source: {cronWorkflow: b}}
  ticks: {source: {cronWorkflow: t}, key: {every: hour}}
  report: {run: {workflowTemplate: held}, dependsOn: [a, b]}
  audit: {run: {workflowTemplate: held}, dependsOn: [report]}
  hourly: {run: {workflowTemplate: held}, dependsOn: [ticks]}
"""


ALL = Choice()


def shop() -> Shop:
    there = Shop(subject_of(NODES))
    there.write(key="20261119")
    there.write(A | fact("report", "2026-11-20T09:00", key="20261120"), key="20261120")
    there.write(A, B, claim("report"))
    there.write(key="20261121t07")
    there.write(key="20261121t08")
    return there


def view(there: Shop, choice: Choice = ALL) -> Overview:
    ledgers = read_ledgers(there.cluster, there.subject)
    beside = read_beside(there.cluster, there.subject)
    return overview(there.subject, ledgers, beside, choice, there.cluster.now)


def test_there_is_a_table_for_each_period_with_upstreams_first_and_the_newest_key_last() -> None:
    found = view(shop())
    assert [(t.every, t.keys, [row.node for row in t.rows]) for t in found.tables] == [
        ("day", ("20261119", "20261120", "20261121"), ["a", "b", "report", "audit"]),
        ("hour", ("20261121t07", "20261121t08"), ["ticks", "hourly"]),
    ]


def test_the_newest_keys_are_shown_or_those_of_some_dates() -> None:
    there = shop()
    assert [t.keys for t in view(there, Choice(keys=1)).tables] == [("20261121",), ("20261121t08",)]
    until = Choice(end=date(2026, 11, 20))
    assert [t.keys for t in view(there, until).tables] == [("20261119", "20261120")]
    since = Choice(keys=1, begin=date(2026, 11, 20), end=date(2026, 11, 21))
    assert [t.keys for t in view(there, since).tables] == [
        ("20261120", "20261121"),
        ("20261121t07", "20261121t08"),
    ]


def test_nodes_are_chosen_by_glob_and_rows_by_state() -> None:
    there = shop()
    assert [row.node for t in view(there, Choice(nodes=("a*",))).tables for row in t.rows] == ["a", "audit"]
    assert [
        row.node for t in view(there, Choice(among={"etl": frozenset({"b"})})).tables for row in t.rows
    ] == ["b"]
    submitted = Choice(states=frozenset({State.SUBMITTED}))
    assert [row.node for t in view(there, submitted).tables for row in t.rows] == ["report"]
    assert status.names([view(there, submitted)], submitted) == f"etl/report {KEY}\n"


def test_what_is_shown_is_counted() -> None:
    assert view(shop()).counts == {
        State.WAITING: 5,
        State.READY: 1,
        State.SUBMITTED: 1,
        State.SUCCEEDED: 3,
        State.NOT_SEEN: 6,
    }


def test_completions_without_a_key_stand_beside_and_count_as_invalid() -> None:
    there = shop()
    assert not view(there).has_any({State.INVALID_KEY})
    lost = {"finishedAt": "2026-11-21T07:00:00Z", "node": "a", "reason": "no label", "workflow": "manual"}
    data = {"invalid.1": json.dumps(lost), "invalid.2": "nonsense"}
    there.cluster.add(CONFIG_MAPS, "data", {"metadata": {"name": "etl-invalid"}, "data": data})
    found = view(there)
    assert [one.workflow for one in found.beside.invalid] == ["manual"]
    assert found.has_any({State.INVALID_KEY})
    assert (found.has_any({State.SUBMITTED}), found.has_any({State.FAILED})) == (True, False)


def test_a_large_ledger_is_told_of() -> None:
    there = shop()
    assert view(there).large == ()
    there.write({"padding": "x" * 200_000})
    assert view(there).large == ((f"etl-{KEY}", 200_007),)


# ---- text ----


def test_the_table_in_plain_text() -> None:
    there = shop()
    assert status.text([view(there, Choice(keys=2))], there.cluster.now, looks=False) == (
        "etl  (namespace data, Europe/Paris)\n"
        "  every day  20261120   20261121\n"
        "  a          not seen   SUCCEEDED\n"
        "  b          not seen   SUCCEEDED\n"
        "  report     SUCCEEDED  SUBMITTED\n"
        "  audit      READY      WAITING\n"
        "  every hour  20261121t07  20261121t08\n"
        "  ticks       not seen     not seen\n"
        "  hourly      WAITING      WAITING\n"
        "  3 WAITING, 1 READY, 1 SUBMITTED, 3 SUCCEEDED, 4 not seen\n"
    )


def test_a_terminal_gets_symbols_and_colours_in_the_same_columns() -> None:
    there = shop()
    found = view(there, Choice(keys=1, nodes=("report", "audit")))
    plain = status.text([found], there.cluster.now, looks=False).splitlines()
    shown = status.text([found], there.cluster.now, looks=True).splitlines()
    assert "\x1b[36m▶ SUBMITTED\x1b[0m" in shown[2]
    assert len(plain) == len(shown)


def test_the_wide_list_has_a_line_for_each_node_and_key() -> None:
    there = shop()
    there.write(A | B | by_hand("hold.report"))
    choice = Choice(keys=1, nodes=("a", "report"))
    assert status.wide([view(there, choice)], there.cluster.now, choice) == (
        "GRAPH  NODE    KEY       STATE      SINCE                       WORKFLOW    NOTE\n"
        "etl    a       20261121  SUCCEEDED  2026-11-21 08:00 (1 h ago)  a-20261121  -\n"
        "etl    report  20261121  HELD       2026-11-21 10:00 (in 1 h)   -           by ada: because\n"
    )


def test_json_has_every_cell_that_was_asked_for() -> None:
    choice = Choice(keys=1, nodes=("report",))
    found = json.loads(status.as_json([view(shop(), choice)], choice))
    assert found["version"] == 1
    assert found["graphs"][0]["cells"] == [
        {
            "node": "report",
            "key": KEY,
            "state": "SUBMITTED",
            "was": "SUBMITTED",
            "shadow": False,
            "phase": "Submitted",
            "since": None,
            "workflow": f"etl-report-{KEY}",
            "reason": None,
            "by": None,
            "why": None,
        }
    ]
    assert found["graphs"][0]["counts"] == {"SUBMITTED": 1}


def test_a_graph_without_ledgers_has_nothing_to_show() -> None:
    there = Shop(subject_of(NODES))
    assert "nothing to show" in status.text([view(there)], there.cluster.now, looks=False)


# ---- following ----


def test_changes_are_told_of_together_and_the_last_state_is_right() -> None:
    there = Shop(subject_of(NODES))
    there.write(A)
    there.cluster.at(there.cluster.now + 1, lambda: there.write(A, B))
    there.cluster.at(there.cluster.now + 2, lambda: there.write(key="20261122"))
    there.cluster.at(there.cluster.now + 3, lambda: there.cluster.delete(CONFIG_MAPS, "data", "etl-20261122"))
    states = [
        overview(there.subject, ledgers, Beside(), Choice(nodes=("report",)), seconds("2026-11-21T08:00"))
        for (ledgers,) in follow(there.cluster, [there.subject], 5)
    ]
    assert [found.state for found in states[-1].cells] == [State.READY]


def test_an_error_of_the_watch_ends_it() -> None:
    there = Shop(subject_of(NODES))
    there.cluster.fail_next("watch", 403)
    with pytest.raises(ClusterError):
        list(follow(there.cluster, [there.subject], 5))
