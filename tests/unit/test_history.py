"""What the database holds after passes over ledgers and Workflows, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from depgen.history import HistoryError, database, tables
from depgen.history.records import Subject, Synced
from depgen.history.sync import sync
from tests import histories
from tests.histories import KEY, NOW, SUBJECT, Json, at, claim, fact, keep, ledger, rows, workflow

SALES = fact("sales", "u1", at("19:00"))
STOCK = fact("stock", "u2", at("20:00"))
RUN = workflow("report", "u3", at("20:00:01"), at("20:30"), started=at("20:00:05"))

OF_REPORT = ("data", "etl", "report", KEY)


def run_of(url: str, node: str) -> dict[str, Any]:
    """The one run of a node."""
    (found,) = [row for row in rows(url, tables.runs) if row["node"] == node]
    return found


def test_a_run_is_told_by_its_ledger_and_its_workflow(url: str) -> None:
    report = {**claim("report", "u3"), **fact("report", "u3", at("20:30"))}
    done = keep(url, [ledger({**SALES, **STOCK, **report})], [RUN])
    assert run_of(url, "report") == {
        "namespace": "data",
        "graph": "etl",
        "node": "report",
        "key": KEY,
        "uid": "u3",
        "workflow": f"etl-report-{KEY}",
        "phase": "Succeeded",
        "progress": 10 + 2 * int(at("20:30").timestamp()) + 1,
        "submitted_at": at("20:00:01"),
        "started_at": at("20:00:05"),
        "finished_at": at("20:30"),
        "waited_for": "stock",
        "waited_until": at("20:00"),
        "cause": None,
        "duration": 1795,
    }
    assert done == Synced(
        "data", "etl", 1, 1, facts=4, clocks=0, interventions=0, sweeps=0, runs=5, unreadable=0
    )


def test_everything_a_ledger_says_is_kept(url: str) -> None:
    hand = {"at": "2026-11-21T20:15:00Z", "by": "ana", "why": "late"}
    entries: dict[str, Json | str] = {
        **SALES,
        "clock.report.deadline": {"at": "2026-11-21T21:00:00Z"},
        "hold.report": hand,
        "sweep.report": "1 2026-11-21T22:00:00Z",
    }
    done = keep(url, [ledger(entries)])
    assert done[2:] == (1, 0, 1, 1, 1, 1, 1, 0)
    kept = histories.everything(url)
    assert {name: len(found) for name, found in kept.items()} == {
        "depgen_facts": 1,
        "depgen_clocks": 1,
        "depgen_interventions": 1,
        "depgen_sweeps": 1,
        "depgen_runs": 1,
    }
    assert kept["depgen_clocks"][0]["at"] == at("21:00")
    assert (kept["depgen_interventions"][0]["who"], kept["depgen_interventions"][0]["why"]) == ("ana", "late")
    assert kept["depgen_sweeps"][0]["tries"] == 1


def test_a_second_pass_changes_nothing(url: str) -> None:
    entries = {
        **SALES,
        **STOCK,
        **claim("report", "u3"),
        "clock.report.deadline": {"at": "2026-11-21T21:00:00Z"},
    }
    keep(url, [ledger(entries)], [RUN])
    before = histories.everything(url)
    assert keep(url, [ledger(entries)], [RUN])[4:] == (0, 0, 0, 0, 0, 0)
    assert histories.everything(url) == before


def test_what_is_gone_from_the_cluster_stays(url: str) -> None:
    keep(url, [ledger({**SALES, **STOCK})], [RUN])
    before = histories.everything(url)
    assert keep(url, [])[2:] == (0, 0, 0, 0, 0, 0, 0, 0)
    assert histories.everything(url) == before


def test_a_run_is_the_same_whatever_was_seen_first(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Passes that saw the run at different times may be written in any order, as two processes do."""
    running = workflow("report", "u3", at("20:00:01"), phase="Running", started=at("20:00:05"))
    passes: list[tuple[Json, list[Json]]] = [
        (ledger({**SALES, **STOCK, **claim("report", "u3")}), [running]),
        (ledger({**SALES, **STOCK, **claim("report", "u3"), **fact("report", "u3", at("20:30"))}), []),
        (ledger({**SALES, **STOCK}), [RUN]),
    ]
    found = []
    for order in itertools.permutations(passes):
        file = tmp_path_factory.mktemp("order") / "history.db"
        for page, workflows in order:
            keep(f"sqlite:///{file}", [page], workflows)
        found.append(run_of(f"sqlite:///{file}", "report"))
    assert found[0]["phase"] == "Succeeded"
    assert found == [found[0]] * len(found)


def test_a_retry_replaces_the_end_but_its_beginning_does_not(url: str) -> None:
    keep(url, [], [workflow("report", "u3", at("20:00"), at("20:10"), "Failed")])
    keep(url, [], [workflow("report", "u3", at("20:00"), phase="Running", started=at("20:20"))])
    assert (run_of(url, "report")["phase"], run_of(url, "report")["finished_at"]) == ("Failed", at("20:10"))
    keep(url, [], [workflow("report", "u3", at("20:00"), at("20:50"), started=at("20:20"))])
    report = run_of(url, "report")
    assert (report["phase"], report["finished_at"], report["duration"]) == ("Succeeded", at("20:50"), 1800)


def test_the_end_of_a_later_attempt_does_not_go_with_the_start_of_an_earlier_one(url: str) -> None:
    keep(url, [], [workflow("report", "u3", at("20:00"), at("20:10"), "Failed")])
    keep(url, [ledger(fact("report", "u3", at("20:50")))])
    report = run_of(url, "report")
    assert (report["phase"], report["started_at"], report["duration"]) == ("Succeeded", None, None)


def test_a_success_wins_over_a_failure_of_the_same_second(url: str) -> None:
    ends = [fact("report", "u3", at("20:10"), phase) for phase in ("Succeeded", "Failed")]
    for end in ends:
        keep(url, [ledger(end)])
    assert run_of(url, "report")["phase"] == "Succeeded"


def test_an_outcome_without_a_workflow_is_a_run(url: str) -> None:
    value = {"finishedAt": "2026-11-21T20:00:00Z", "phase": "Expired", "reason": "cutoff"}
    keep(url, [ledger({f"run.report.{KEY}.expired.1": value})])
    assert (run_of(url, "report")["phase"], run_of(url, "report")["workflow"]) == ("Expired", "")


def test_a_workflow_of_a_source_is_known_by_the_facts_that_name_it(url: str) -> None:
    """It carries no label of ours, and may serve several nodes and keys."""
    entries = {
        **SALES,
        **fact("sales", "u1", at("19:00"), key="20261120", offset=-1),
        **fact("us", "u1", at("19:00")),
    }
    child = {
        "metadata": {"name": "sales-1", "uid": "u1", "creationTimestamp": "2026-11-21T18:00:00Z"},
        "status": {
            "phase": "Succeeded",
            "startedAt": "2026-11-21T18:00:00Z",
            "finishedAt": "2026-11-21T19:00:00Z",
        },
    }
    stranger = {**child, "metadata": {**child["metadata"], "uid": "u9"}}
    assert keep(url, [ledger(entries)], [child, stranger]).workflows == 2
    assert [(r["node"], r["key"], r["duration"]) for r in rows(url, tables.runs)] == [
        ("sales", "20261120", 3600),
        ("sales", KEY, 3600),
        ("us", KEY, 3600),
    ]


def test_a_workflow_of_another_graph_is_no_run_of_this_one(url: str) -> None:
    other = workflow("report", "u3", at("20:00"))
    other["metadata"]["labels"]["depgen.io/graph"] = "other"
    assert keep(url, [], [other]).runs == 0


def test_a_workflow_that_cannot_be_read_is_counted(url: str) -> None:
    odd = workflow("report", "u3", at("20:00"))
    odd["status"]["startedAt"] = "noon"
    assert keep(url, [], [odd, workflow("report", "u4", at("20:00"))])[-2:] == (1, 1)


@pytest.mark.parametrize(
    ("entries", "waited"),
    [
        ({**SALES, **STOCK}, ("stock", at("20:00"))),
        (SALES, ("sales", at("19:00"))),
        ({**SALES, **fact("stock", "u2", at("20:00:02"))}, ("sales", at("19:00"))),  # after the submission
        ({**SALES, **fact("other", "u2", at("20:00"))}, ("sales", at("19:00"))),  # no upstream
        ({**SALES, **fact("sales", "u8", at("20:00"), key="20261120", offset=-1)}, ("sales", at("19:00"))),
        ({**SALES, **fact("report", "u8", at("20:00"), key="20261120", offset=-1)}, ("report", at("20:00"))),
        ({**SALES, "clock.report.notBefore": {"at": "2026-11-21T20:00:00Z"}}, ("notBefore", at("20:00"))),
        ({**SALES, "clock.report.deadline": {"at": "2026-11-21T20:00:00Z"}}, ("sales", at("19:00"))),
        ({**SALES, "fire.report": {"at": "2026-11-21T20:00:00Z", "by": "ana"}}, ("fire", at("20:00"))),
        ({**SALES, "satisfy.report.stock": {"at": "2026-11-21T20:00:00Z"}}, ("satisfy", at("20:00"))),
        ({}, (None, None)),
    ],
)
def test_what_a_run_waited_for_last(tmp_path: Any, entries: dict[str, Any], waited: Any) -> None:
    url = f"sqlite:///{tmp_path}/history.db"
    keep(url, [ledger(entries)], [RUN])
    report = next(row for row in rows(url, tables.runs) if row["uid"] == "u3")
    assert (report["waited_for"], report["waited_until"]) == waited


def test_who_saw_a_ledger_before_it_was_compacted_knows_what_was_waited_for(url: str) -> None:
    keep(url, [ledger({**SALES, **STOCK})], [workflow("report", "u3", at("20:00:01"), phase="Running")])
    keep(url, [ledger(SALES)], [RUN])
    assert (run_of(url, "report")["phase"], run_of(url, "report")["waited_for"]) == ("Succeeded", "stock")


def test_a_claim_tells_when_a_run_was_submitted_and_what_it_waited_for(url: str) -> None:
    """Also where the Workflow is gone before anybody looked."""
    told = {"at": "2026-11-21T20:00:01Z", "finishedAt": "", "phase": "Submitted", "workflow": "w"}
    entries = {**SALES, **STOCK, f"run.report.{KEY}.u3.0": told, **fact("report", "u3", at("20:30"))}
    keep(url, [ledger(entries)])
    report = run_of(url, "report")
    assert (report["submitted_at"], report["waited_for"]) == (at("20:00:01"), "stock")
    assert (report["phase"], report["finished_at"]) == ("Succeeded", at("20:30"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('[["sales-1","2026-11-21T19:00:00Z",null]]', [["sales-1", "2026-11-21T19:00:00Z", None]]),
        ("{", None),
        ('"x"', None),
    ],
)
def test_what_caused_a_run_is_kept_as_its_workflow_says(url: str, text: str, kept: Any) -> None:
    caused = {**RUN, "metadata": {**RUN["metadata"], "annotations": {"depgen.io/cause": text}}}
    keep(url, [ledger(claim("report", "u3"))], [caused])
    assert run_of(url, "report")["cause"] == kept


def test_many_rows_are_kept_one_by_one(url: str) -> None:
    facts = {name: value for i in range(450) for name, value in fact("sales", f"u{i}", at("19:00")).items()}
    runs = [workflow("report", f"w{i}", at("19:00"), at("20:00")) for i in range(450)]
    done = keep(url, [ledger(facts)], runs)
    assert (done.facts, done.runs) == (450, 900)
    assert len(rows(url, tables.runs)) == 900


def test_graphs_of_one_name_in_two_namespaces_do_not_mix(url: str) -> None:
    keep(url, [ledger(SALES)])
    keep(url, [ledger(SALES)], subject=Subject("test", "etl", {}))
    assert [row["namespace"] for row in rows(url, tables.facts)] == ["data", "test"]


def test_a_dry_run_tells_what_it_would_keep_and_keeps_nothing(url: str) -> None:
    keep(url, [ledger(SALES)])
    before = histories.everything(url)
    assert keep(url, [ledger({**SALES, **STOCK})], [RUN], dry=True)[4:] == (1, 0, 0, 0, 2, 0)
    assert histories.everything(url) == before


def test_a_dry_run_makes_no_tables(url: str) -> None:
    assert keep(url, [ledger(SALES)], dry=True).facts == 1
    with pytest.raises(HistoryError, match="`depgen history sync` makes it"):
        histories.everything(url)


def test_a_dry_run_makes_no_file(tmp_path: Any) -> None:
    assert keep(f"sqlite:///{tmp_path}/history.db", [ledger(SALES)], dry=True).facts == 1
    assert list(tmp_path.iterdir()) == []


def test_what_fails_midway_is_not_kept(url: str) -> None:
    """One transaction is one ledger: all of it or nothing."""
    keep(url, [])
    clock = {
        **dict(zip(("namespace", "graph", "node", "key"), OF_REPORT, strict=True)),
        "name": "deadline",
        "at": NOW,
    }
    with (
        pytest.raises(HistoryError, match=r"(?i)unique"),
        database.opened(url, writes=True) as history,
        history.writing() as connection,
    ):
        connection.execute(tables.clocks.insert(), [clock, clock])
    assert rows(url, tables.clocks) == []


def test_progress_is_told_as_it_is_made(url: str) -> None:
    told: list[tuple[str, int]] = []
    keep(url, [])
    with database.opened(url, writes=True) as history:
        sync(history, SUBJECT, [ledger(SALES)], [RUN, RUN], lambda what, n: told.append((what, n)))
    assert told == [("ledgers", 1), ("Workflows", 1), ("Workflows", 2)]


def test_workflows_are_not_asked_for_before_the_ledgers_are_kept(url: str) -> None:
    """A fact that names a Workflow that was listed earlier would miss it."""
    asked: list[str] = []

    def objects(name: str, *found: Json) -> Any:
        asked.append(name)
        yield from found

    keep(url, objects("ledgers", ledger(SALES)), objects("workflows", RUN))
    assert asked == ["ledgers", "workflows"]
