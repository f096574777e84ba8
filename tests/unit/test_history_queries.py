"""What the history answers, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from depgen.history import database, queries
from depgen.history.queries import Question, Trait
from depgen.history.records import Known, NodeFigures, Run, Subject
from tests.histories import KEY, Json, at, claim, fact, keep, ledger, stamp, workflow


def deadline(node: str, moment: str, day: int) -> dict[str, Json]:
    return {f"clock.{node}.deadline": {"at": f"2026-11-{day}T{moment}:00Z"}}


def of_day(node: str, day: int, start: str, end: datetime | None, phase: str = "Succeeded") -> Json:
    key = f"202611{day}"
    return workflow(node, f"{node}-{day}", at(start, day), end, phase, key=key)


@pytest.fixture
def filled(url: str) -> str:
    """Three nights of two nodes, and one expired key."""
    ledgers = [
        ledger({**deadline("report", "21:00", 19)}, "20261119"),
        ledger({**deadline("report", "21:00", 20), **deadline("audit", "23:00", 20)}, "20261120"),
        ledger(
            {
                **deadline("report", "21:00", 21),
                "run.audit.20261121.expired.1": {"finishedAt": "2026-11-21T23:00:00Z", "phase": "Expired"},
            },
            "20261121",
        ),
    ]
    runs = [
        of_day("report", 19, "20:00", at("20:30", 19)),
        of_day("report", 20, "20:00", at("21:10", 20)),
        of_day("report", 21, "20:00", at("20:10", 21), "Failed"),
        of_day("audit", 19, "21:00", at("21:00:40", 19)),
        of_day("audit", 20, "21:10", None, "Running"),
    ]
    keep(url, ledgers, runs)
    return url


def ask(url: str, limit: int = 0, **about: Any) -> list[tuple[str, str, str]]:
    """Day, node and phase of the runs that a question finds."""
    traits = {name: about.pop(name) for name in ("phases", "longer_than", "is_late") if name in about}
    with database.opened(url, writes=False) as history, history.reading() as connection:
        found = queries.matching(connection, Question(**about), Trait(**traits), limit)
    return [(known.run.key[-2:], known.run.node, known.run.phase) for known in found]


ALL = [
    ("21", "audit", "Expired"),
    ("21", "report", "Failed"),
    ("20", "audit", "Running"),
    ("20", "report", "Succeeded"),
    ("19", "audit", "Succeeded"),
    ("19", "report", "Succeeded"),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, ALL),
        ({"limit": 2}, ALL[:2]),
        ({"node": "report"}, [run for run in ALL if run[1] == "report"]),
        ({"first": "20261120", "last": "20261120"}, ALL[2:4]),
        ({"first": "20261120"}, ALL[:4]),
        ({"last": "20261120"}, ALL[2:]),
        ({"last": "202611"}, ALL),
        ({"last": "2026112"}, ALL),
        ({"last": "%"}, []),
        ({"phases": ("Failed", "Expired")}, ALL[:2]),
        ({"longer_than": 1799}, [ALL[3], ALL[5]]),
        ({"longer_than": 1800}, [ALL[3]]),
        ({"longer_than": 0, "node": "audit"}, [ALL[4]]),
        ({"is_late": True}, [ALL[1], ALL[2], ALL[3]]),
        ({"graphs": (("", "etl"),)}, ALL),
        ({"graphs": (("data", "etl"), ("x", "y"))}, ALL),
        ({"graphs": (("other", "etl"),)}, []),
        ({"graphs": (("", "core"),)}, []),
    ],
)
def test_runs_are_found_by(
    filled: str, question: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert ask(filled, **question) == expected


def test_late_runs_are_those_that_say_so_of_themselves(filled: str) -> None:
    with database.opened(filled, writes=False) as history, history.reading() as connection:
        known = queries.matching(connection, Question())
        late = queries.matching(connection, Question(), Trait(is_late=True))
    assert [each for each in known if each.is_late] == late
    assert [each.lateness for each in known] == [None, None, None, 600, None, -1800]


def test_a_key_that_was_skipped_is_not_late(url: str) -> None:
    skipped: dict[str, Json | str] = {
        "run.report.20261121.skipped.1": {"finishedAt": "2026-11-21T23:00:00Z", "phase": "Skipped"},
        **deadline("report", "21:00", 21),
    }
    keep(url, [ledger(skipped)])
    assert ask(url, is_late=True) == []
    assert ask(url) == [("21", "report", "Skipped")]


def test_a_node_in_figures(filled: str) -> None:
    with database.opened(filled, writes=False) as history, history.reading() as connection:
        audit, report = queries.figures(connection, Question())
    of_audit = {"runs": 2, "succeeded": 1, "failed": 0, "outcomes": 1, "median": 40, "p95": 40, "longest": 40}
    assert audit == NodeFigures("data", "etl", "audit", **of_audit, deadlines=1, late=1, latest=None)
    of_report = {"runs": 3, "succeeded": 2, "failed": 1, "outcomes": 0, "median": 1800, "p95": 4200}
    assert report == NodeFigures(
        "data", "etl", "report", **of_report, longest=4200, deadlines=3, late=2, latest=600
    )


def test_figures_are_of_the_runs_that_are_meant(filled: str) -> None:
    with database.opened(filled, writes=False) as history, history.reading() as connection:
        (found,) = queries.figures(connection, Question(node="report", last="20261120"))
    assert (found.runs, found.failed, found.late) == (2, 0, 1)


def test_graphs_of_one_name_are_counted_apart(filled: str) -> None:
    keep(filled, [], [of_day("report", 19, "20:00", at("20:30", 19))], subject=Subject("test", "etl", {}))
    with database.opened(filled, writes=False) as history, history.reading() as connection:
        found = queries.figures(connection, Question(node="report"))
    assert [(each.namespace, each.runs) for each in found] == [("data", 3), ("test", 1)]


@pytest.mark.parametrize(
    ("count", "median", "p95"), [(1, 1, 1), (2, 1, 2), (3, 2, 3), (20, 10, 19), (100, 50, 95), (101, 51, 96)]
)
def test_a_percentile_is_a_value_that_occurred(tmp_path: Any, count: int, median: int, p95: int) -> None:
    url = f"sqlite:///{tmp_path}/history.db"
    start = at("20:00")
    ends = [datetime.fromtimestamp(start.timestamp() + n, start.tzinfo) for n in range(1, count + 1)]
    keep(url, [], [workflow("report", f"u{n}", start, end) for n, end in enumerate(ends)])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        (found,) = queries.figures(connection, Question())
    assert (found.median, found.p95, found.longest) == (median, p95, count)


def test_a_deadline_that_did_not_come_makes_nothing_late() -> None:
    known = Known(Run("data", "etl", "report", "20261121", "u1", "w", "Failed", 0), None)
    assert (known.is_late, known.lateness) == (False, None)


HAND: Json = {"at": "2026-11-21T20:15:00Z", "by": "ana", "why": "vendor"}
NIGHT: dict[str, Json | str] = {
    **fact("sales", "u1", at("19:00")),
    "clock.report.notBefore": {"at": "2026-11-21T20:00:00Z"},
    "hold.report": HAND,
    "satisfy.report.stock": {**HAND, "at": "2026-11-21T20:20:00Z"},
    "sweep.report": "1 2026-11-21T20:30:00Z",
    f"run.report.{KEY}.skipped.1": {
        "finishedAt": "2026-11-21T21:00:00Z",
        "phase": "Skipped",
        "reason": "r",
        **HAND,
    },
}


def test_what_happened_to_a_key_is_told_in_the_order_of_time(url: str) -> None:
    keep(url, [ledger({**NIGHT, "sweep.stock": "3"}), ledger(claim("report", "u9", "20261120"), "20261120")])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        found = queries.events(connection, Question())
    assert [(event.at, event.node, *event[5:]) for event in found] == [
        (at("19:00"), "sales", "Succeeded", "sales-1", "", "", ""),
        (at("20:00"), "report", "notBefore", "", "", "", ""),
        (at("20:15"), "report", "hold", "", "", "ana", "vendor"),
        (at("20:20"), "report", "satisfy", "stock", "", "ana", "vendor"),
        (at("20:30"), "report", "sweep", "1", "", "", ""),
        (at("21:00"), "report", "Skipped", "", "r", "ana", "vendor"),
    ]
    assert {event[1:3] + event[4:5] for event in found} == {("data", "etl", KEY)}


def test_of_one_second_a_run_is_submitted_after_what_it_waited_for_and_ends_last(url: str) -> None:
    moment = stamp(at("20:00"))
    begun = {"at": moment, "finishedAt": "", "phase": "Submitted", "workflow": "w"}
    entries: dict[str, Json | str] = {
        **fact("report", "u9", at("20:00"), "Error"),
        f"run.report.{KEY}.u9.0": begun,
        "satisfy.report.stock": {**HAND, "at": moment},
        "clock.report.notBefore": {"at": moment},
    }
    keep(url, [ledger(entries)])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        found = [event.what for event in queries.events(connection, Question())]
    assert found == ["notBefore", "satisfy", "Submitted", "Error"]


def test_what_a_repeat_took_from_the_first_time_is_counted_once(url: str) -> None:
    again = f"{KEY}-fix1"
    skipped = {"finishedAt": "2026-11-21T21:00:00Z", "phase": "Skipped", "reason": "cutoff"}
    base = {**fact("stock", "u1", at("20:00")), f"run.flash.{KEY}.skipped.1": skipped}
    own = {"finishedAt": "2026-11-22T09:10:00Z", "phase": "Succeeded", "workflow": f"etl-report-{again}"}
    repeat: dict[str, Json | str] = {
        "backfill": {"at": "2026-11-22T09:00:00Z", "by": "ana", "why": "new column"},
        **fact("stock", "u1", at("20:00"), key=again),
        f"run.flash.{again}.skipped.1": skipped,
        f"run.audit.{again}.rejected.2": {"finishedAt": "2026-11-22T09:20:00Z", "phase": "Rejected"},
        f"run.report.{again}.u9.0": {
            **own,
            "finishedAt": "",
            "phase": "Submitted",
            "at": "2026-11-22T09:00:05Z",
        },
        f"run.report.{again}.u9.2": own,
    }
    told = {**workflow("stock", "u1", at("19:00"), at("20:00")), "spec": {}}
    keep(url, [ledger(base), ledger(repeat, again)], [told])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        found = queries.matching(connection, Question())
    assert [(known.run.key, known.run.node, known.run.phase) for known in found] == [
        (again, "audit", "Rejected"),
        (again, "report", "Succeeded"),
        (KEY, "flash", "Skipped"),
        (KEY, "stock", "Succeeded"),
    ]
    assert {known.run.node: known.run.waited_for for known in found}["report"] == "stock"


@pytest.mark.parametrize(
    ("about", "limit", "whats"),
    [
        ({"node": "sales"}, 0, ["Succeeded"]),
        ({"node": "report"}, 2, ["sweep", "Skipped"]),
        ({"graphs": (("", "etl"),), "first": KEY, "last": KEY}, 1, ["Skipped"]),
        ({"graphs": (("", "core"),)}, 0, []),
        ({"last": "20261120"}, 0, []),
    ],
)
def test_of_many_events_the_newest_are_told(url: str, about: Json, limit: int, whats: list[str]) -> None:
    keep(url, [ledger(NIGHT)])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        assert [event.what for event in queries.events(connection, Question(**about), limit)] == whats
