"""`depgen docs` with days and with a cluster: forecasts, the history, live states, and the server."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.cli.conftest import Command
from tests.histories import Json, at, claim, fact, keep, ledger, workflow
from tests.house.quotes import ROOT

SECONDS = 60
NIGHT: dict[str, Json | str] = {
    **fact("sales", "u1", at("19:00")),
    **claim("report", "u3"),
    "clock.report.deadline": {"at": "2026-11-21T20:30:00Z"},
}
REPORT = workflow("report", "u3", at("20:00:01"), at("21:35:10"), started=at("20:00:05"))


def data(page: str) -> dict[str, Any]:
    """What the page's script is given."""
    found = re.search(r'id="page-data">(.*?)</script>', page, re.DOTALL)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_a_page_has_no_days_unless_they_are_asked_for(depgen: Command) -> None:
    page = depgen("docs", "graph.yaml").out
    assert data(page)["timeline"] is None
    assert 'id="view-timeline"' not in page


def test_days_are_forecast_with_their_mishaps_and_a_critical_path(depgen: Command) -> None:
    done = depgen("docs", "graph.yaml", "--days", 2, "--from", "2026-11-21", "--what-if", "sales=late:2h")
    told = data(done.out)
    assert (done.code, done.err) == (0, "")
    assert len(told["timeline"]["days"]) == 2
    assert {item["node"] for item in told["timeline"]["days"][0]["items"]} == {"etl/sales", "etl/report"}
    assert 'class="bar-late"' in done.out
    assert [node["id"] for node in told["nodes"] if node.get("critical")] == ["etl/report", "etl/sales"]


def test_simulate_makes_the_same_page(depgen: Command) -> None:
    done = depgen("simulate", "graph.yaml", "--from", "2026-11-21", "-o", "html")
    assert done.code == 0
    assert len(data(done.out)["timeline"]["days"]) == 1


def test_a_history_shows_days_as_they_were_and_lateness(depgen: Command, tmp_path: Path) -> None:
    keep(f"sqlite:///{tmp_path / 'history.db'}", [ledger(NIGHT)], [REPORT])
    done = depgen("docs", "graph.yaml", "--history", "sqlite:///history.db")
    assert (done.code, done.err) == (0, "")
    (day,) = data(done.out)["timeline"]["days"]
    assert [item["node"] for item in day["items"]] == ["etl/sales", "etl/report"]
    assert "report 20261121 missed its deadline" in done.out
    assert re.search(
        r'<th scope="row">etl/report</th><td class="h-later" title="[^"]*">\+1h05</td>', done.out
    )
    assert '<th scope="col" title="2026-11-21">21 Nov</th>' in done.out


def test_a_history_that_is_not_there_is_told(depgen: Command) -> None:
    done = depgen("docs", "graph.yaml", "--history", "sqlite:///nowhere.db")
    assert done.code == 2
    assert "there is no such file" in done.err


@pytest.mark.parametrize(
    "options",
    [
        ("--history", "sqlite:///h.db", "--what-if", "sales=fail"),
        ("--history", "sqlite:///h.db", "--from", "2026-11-21"),
        ("--serve", "--output", "page.html"),
        ("--serve", "--dry-run"),
        ("--days", "0"),
    ],
)
def test_options_that_contradict_each_other_are_usage_errors(
    depgen: Command, options: tuple[str, ...]
) -> None:
    done = depgen("docs", "graph.yaml", *options)
    assert (done.code, done.out) == (2, "")


def shop(*command: str) -> list[str]:
    """A command on the cluster of the documentation's night, at ten past ten."""
    return [sys.executable, "-m", "tests.house.shop", "night", "22:10", *command]


def test_live_states_and_reasons_are_in_the_page() -> None:
    done = subprocess.run(
        shop("docs", "graph.yaml", "--live"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    live = data(done.stdout)["live"]
    newest = live["cells"]["shop/report"][-1]
    assert (newest["key"], newest["state"]) == ("20261121", "MISSED (WAITING)")
    assert [reason["code"] for reason in newest["reasons"]] == ["upstream-failed"]
    assert live["every"] is None
    assert "connect-src" not in done.stdout


@contextmanager
def serving(*options: str, end: signal.Signals = signal.SIGINT) -> Iterator[str]:
    """The address of `--serve` on that cluster; it ends by Ctrl-C, with 0, though it was started with that ignored."""
    command = shop("docs", "graph.yaml", "--serve", "--port", "0", *options)
    ignored = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    with subprocess.Popen(ignored, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = process.stderr.readline()
        found = re.search(r"the page is at (http://127\.0\.0\.1:\d+/), until Ctrl-C", line)
        try:
            assert found, line + process.stderr.read()
            yield found[1]
        finally:
            process.send_signal(end)
            try:
                process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0


def test_what_runs_a_container_can_end_it() -> None:
    with serving(end=signal.SIGTERM):
        pass


def test_the_page_is_served_with_live_states() -> None:
    with serving() as address:
        with urlopen(address, timeout=SECONDS) as answer:
            page = answer.read().decode()
        with urlopen(f"{address}live.json", timeout=SECONDS) as answer:
            live = json.load(answer)
    assert "connect-src &#39;self&#39;" in page
    assert live["every"] == 10
    assert live["cells"] == data(page)["live"]["cells"]
