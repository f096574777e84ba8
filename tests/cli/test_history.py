"""`depgen history`: what it answers, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from depgen.history.records import Subject
from tests import histories
from tests.cli.conftest import Command
from tests.histories import KEY, Json, at, claim, fact, keep, ledger, workflow

HAND = {"at": "2026-11-21T20:15:00Z", "by": "ana\x1b[31m", "why": "the vendor is late"}
NIGHT: dict[str, Json | str] = {
    **fact("sales", "u1", at("19:00")),
    **fact("stock", "u2", at("20:00")),
    **claim("report", "u3"),
    "satisfy.report.stock": HAND,
    "clock.report.deadline": {"at": "2026-11-21T20:30:00Z"},
    f"run.audit.{KEY}.expired.1": {
        "finishedAt": "2026-11-22T06:00:00Z",
        "phase": "Expired",
        "reason": "cutoff",
    },
}
REPORT = workflow("report", "u3", at("20:00:01"), at("21:35:10"), started=at("20:00:05"))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """history.db in the folder of the command."""
    file = tmp_path / "history.db"
    keep(f"sqlite:///{file}", [ledger(NIGHT)], [REPORT])
    return file


def test_runs_are_shown_as_a_table(depgen: Command, filled: Path) -> None:
    done = depgen("history", "show")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "KEY       NODE    PHASE      STARTED               FINISHED              DURATION  WAITED FOR  LATE",
        "20261121  audit   Expired    -                     2026-11-22 06:00:00Z  -         -           -",
        "20261121  report  Succeeded  2026-11-21 20:00:05Z  2026-11-21 21:35:10Z  1h35m     stock       +1h05m",
        "20261121  sales   Succeeded  -                     2026-11-21 19:00:00Z  -         -           -",
        "20261121  stock   Succeeded  -                     2026-11-21 20:00:00Z  -         -           -",
    ]


def test_runs_are_shown_as_json(depgen: Command, filled: Path) -> None:
    answer = json.loads(depgen("history", "show", "--node", "report", "-o", "json").out)
    assert answer == {
        "version": 1,
        "runs": [
            {
                "namespace": "data",
                "graph": "etl",
                "node": "report",
                "key": KEY,
                "phase": "Succeeded",
                "workflow": "etl-report-20261121",
                "uid": "u3",
                "submittedAt": "2026-11-21T20:00:01Z",
                "startedAt": "2026-11-21T20:00:05Z",
                "finishedAt": "2026-11-21T21:35:10Z",
                "duration": 5705,
                "waitedFor": "stock",
                "waitedUntil": "2026-11-21T20:00:00Z",
                "deadline": "2026-11-21T20:30:00Z",
                "late": True,
                "lateness": 3910,
                "cause": None,
            }
        ],
    }


def test_runs_are_shown_as_csv_with_the_fields_of_json(depgen: Command, filled: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(depgen("history", "show", "-o", "csv").out)))
    listed = json.loads(depgen("history", "show", "-o", "json").out)["runs"]
    assert [sorted(row) for row in rows] == [sorted(run.keys() - {"cause"}) for run in listed]
    assert [(row["node"], row["late"], row["duration"]) for row in rows] == [
        ("audit", "false", ""),
        ("report", "true", "5705"),
        ("sales", "false", ""),
        ("stock", "false", ""),
    ]


@pytest.mark.parametrize(
    ("arguments", "nodes"),
    [
        (["--node", "sales"], ["sales"]),
        (["--key", KEY], ["audit", "report", "sales", "stock"]),
        (["--key", "2026"], ["audit", "report", "sales", "stock"]),
        (["--key", "20261122"], []),
        (["--from", "20261121", "--to", "20261121"], ["audit", "report", "sales", "stock"]),
        (["--from", "20261122"], []),
        (["--to", "20261120"], []),
        (["--state", "expired"], ["audit"]),
        (["--state", "Expired", "--state", "SUCCEEDED"], ["audit", "report", "sales", "stock"]),
        (["--longer-than", "1h30m"], ["report"]),
        (["--longer-than", "1d"], []),
        (["--late"], ["report"]),
        (["--graph", "etl"], ["audit", "report", "sales", "stock"]),
        (["--graph", "core"], []),
        (["--graph", "core", "--graph", "etl", "--late"], ["report"]),
        (["--limit", "2"], ["audit", "report"]),
        (["--limit", "0"], ["audit", "report", "sales", "stock"]),
    ],
)
def test_runs_are_chosen(depgen: Command, filled: Path, arguments: list[str], nodes: list[str]) -> None:
    done = depgen("history", "show", *arguments, "-o", "json")
    assert done.code == 0
    assert [run["node"] for run in json.loads(done.out)["runs"]] == nodes


def test_runs_of_a_graphs_file_are_those_of_its_namespace(
    depgen: Command, filled: Path, tmp_path: Path
) -> None:
    assert len(json.loads(depgen("history", "show", "graph.yaml", "-o", "json").out)["runs"]) == 4
    (tmp_path / "graph.yaml").write_text((tmp_path / "graph.yaml").read_text().replace("data", "test"))
    assert json.loads(depgen("history", "show", "graph.yaml", "-o", "json").out)["runs"] == []


def test_several_graphs_are_told_apart(depgen: Command, filled: Path) -> None:
    keep(
        f"sqlite:///{filled}", [ledger(fact("sales", "u1", at("19:00")))], subject=Subject("test", "etl", {})
    )
    lines = depgen("history", "stats", "--node", "sales").out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["GRAPH", "NODE", "RUNS"],
        ["data/etl", "sales", "1"],
        ["test/etl", "sales", "1"],
    ]


def test_what_is_left_out_is_told(depgen: Command, filled: Path) -> None:
    assert depgen("history", "show", "--limit", "3").err == "the newest 3 runs; --limit 0 shows all\n"
    assert depgen("history", "show", "--limit", "4").err == ""
    assert depgen("history", "log", "--limit", "1").err == "the newest 1 events; --limit 0 shows all\n"


@pytest.mark.parametrize("command", ["show", "stats", "log"])
def test_nothing_found_is_an_empty_answer(depgen: Command, filled: Path, command: str) -> None:
    done = depgen("history", command, "--node", "nobody")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("no ")
    assert depgen("history", command, "--node", "nobody", "-o", "csv").out == ""


def test_the_log_tells_what_happened_and_hides_nothing(depgen: Command, filled: Path) -> None:
    done = depgen("history", "log")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "TIME                  KEY       NODE    WHAT       OF       BY           WHY",
        "2026-11-21 19:00:00Z  20261121  sales   Succeeded  sales-1  -            -",
        "2026-11-21 20:00:00Z  20261121  stock   Succeeded  stock-1  -            -",
        "2026-11-21 20:15:00Z  20261121  report  satisfy    stock    ana\\x1b[31m  the vendor is late",
        "2026-11-21 20:30:00Z  20261121  report  deadline   -        -            -",
        "2026-11-22 06:00:00Z  20261121  audit   Expired    -        -            cutoff",
    ]
    assert json.loads(depgen("history", "log", "-o", "json").out)["events"][2] == {
        "at": "2026-11-21T20:15:00Z",
        "namespace": "data",
        "graph": "etl",
        "node": "report",
        "key": KEY,
        "what": "satisfy",
        "object": "stock",
        "reason": "",
        "who": "ana\x1b[31m",
        "why": "the vendor is late",
    }


def test_nodes_are_counted(depgen: Command, filled: Path) -> None:
    keep(
        f"sqlite:///{filled}",
        [],
        [workflow("report", "u8", at("20:00", 22), at("20:10", 22), "Failed", key="20261122")],
    )
    done = depgen("history", "stats")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "NODE    RUNS  SUCCEEDED  FAILED  NO RUN    P50    P95  LONGEST  LATE  LATEST",
        "audit      0          0       0       1      -      -        -     -       -",
        "report     2          1       1       0  1h35m  1h35m    1h35m   1/1  +1h05m",
        "sales      1          1       0       0      -      -        -     -       -",
        "stock      1          1       0       0      -      -        -     -       -",
    ]
    answer = json.loads(depgen("history", "stats", "--node", "report", "-o", "json").out)
    assert answer["version"] == 1
    assert answer["nodes"][0]["p95"] == 5705
    (row,) = csv.DictReader(io.StringIO(depgen("history", "stats", "--node", "report", "-o", "csv").out))
    assert row == {name: "" if value is None else str(value) for name, value in answer["nodes"][0].items()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "--key", "1", "--from", "2"], "--key is one key"),
        (["show", "--longer-than", "long"], '"long" is no duration; write 90m, 1h30m or 2d'),
        (["show", "--state", "happy"], "'happy' is not one of"),
        (["show", "--limit", "-1"], "Invalid value for '--limit'"),
        (["show", "-o", "xml"], "'xml' is not one of"),
        (["forget"], "No such command 'forget'"),
    ],
)
def test_a_usage_error_says_what_is_wrong(
    depgen: Command, filled: Path, arguments: list[str], message: str
) -> None:
    done = depgen("history", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.replace("│", " ").split())


def test_no_history_is_not_made_by_asking(depgen: Command, tmp_path: Path) -> None:
    done = depgen("history", "show")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "Error: sqlite:///history.db: there is no such file; `depgen history sync` makes it\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.yaml"]


def test_a_file_that_is_no_database_is_left_as_it_is(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(
        "mine, and long enough to be taken for a header of something else\n" * 3
    )
    done = depgen("history", "show", "--database", "sqlite:///notes.txt")
    assert (done.code, done.err) == (2, "Error: sqlite:///notes.txt: file is not a database\n")


def test_the_database_may_be_named_by_the_environment(
    depgen: Command, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.rename(filled.with_name("other.db"))
    monkeypatch.setenv("DEPGEN_DATABASE", "sqlite:///other.db")
    assert depgen("history", "show").code == 0
    assert depgen("history", "show", "--database", "sqlite:///history.db").code == 2


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["show", "--help"], ["show", "--limit", "x"], ["stats"], ["log"], ["sync", "graph.yaml"]],
)
@pytest.mark.parametrize(
    "url",
    ["postgresql://me:gEhe1m@127.0.0.1:1/x", "postgresql://me:gEhe1m@127.0.0.1:x/x", "oracle://me:gEhe1m@h"],
)
def test_a_password_in_the_environment_is_never_told(
    depgen: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str], url: str
) -> None:
    monkeypatch.setenv("DEPGEN_DATABASE", url)
    monkeypatch.setenv("DEPGEN_DEBUG", "1")
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    done = depgen("history", *arguments)
    assert "gEhe1m" not in done.out + done.err


def test_sync_refuses_a_broken_graph_before_it_makes_a_database(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text("nodes: [")
    done = depgen("history", "sync", "graph.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("graph.yaml:1:")
    assert not (tmp_path / "history.db").exists()


def test_sync_without_a_cluster_makes_no_database(
    depgen: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    done = depgen("history", "sync", "graph.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: there is no kubeconfig /nowhere")
    assert not (tmp_path / "history.db").exists()


@pytest.mark.parametrize("arguments", [["show"], ["stats"], ["log"], ["sync", "graph.yaml"]])
def test_a_missing_package_is_named(
    depgen: Command, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    done = depgen("history", *arguments)
    assert (done.code, done.err) == (
        2,
        "Error: a history needs one more package: pip install 'depgen[history]'\n",
    )


def test_a_missing_driver_is_named(depgen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    done = depgen("history", "show", "--database", "postgresql://h/x")
    assert (done.code, done.err) == (
        2,
        "Error: postgresql+psycopg://h/x needs psycopg: pip install 'depgen[postgresql]'\n",
    )


def test_a_history_of_another_version_is_refused(depgen: Command, filled: Path) -> None:
    histories.set_version(f"sqlite:///{filled}", 99)
    done = depgen("history", "show")
    assert (done.code, done.out) == (2, "")
    assert "the history has version 99, and this depgen knows versions up to" in done.err


def test_durations_are_told_in_two_units(depgen: Command, tmp_path: Path) -> None:
    seconds = {"a": 0, "b": 59, "c": 60, "d": 3599, "e": 3600, "f": 86399, "g": 86400, "h": 10 * 86400}
    start = at("00:00", 1)
    runs: list[Any] = [
        workflow(node, node, start, datetime.fromtimestamp(start.timestamp() + length, start.tzinfo))
        for node, length in seconds.items()
    ]
    keep(f"sqlite:///{tmp_path}/history.db", [], runs)
    lines = depgen("history", "show").out.splitlines()[1:]
    assert [line.split()[-3] for line in lines] == [
        "0s",
        "59s",
        "1m00s",
        "59m59s",
        "1h00m",
        "23h59m",
        "1d00h",
        "10d00h",
    ]
