"""`depgen test`: which files it takes, its streams, formats and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.cli.conftest import Command, environment

GOOD = """\
scenario: The sales are there
start: "2026-11-21 12:00"
steps: [{at: "18:00", complete: sales}]
expect: {runs: [{node: report, at: "18:00"}]}
"""
WRONG = GOOD.replace("The sales are there", "Too early").replace('report, at: "18:00"', 'report, at: "17:00"')
LIMIT = 30


def test_scenarios_of_a_folder_are_played_with_the_graph_beside_them(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "b.scenario.yaml").write_text(GOOD)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.scenario.yaml").write_text(GOOD.replace("start:", "graph: ../graph.yaml\nstart:"))
    done = depgen("test")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "ok    b.scenario.yaml: The sales are there\n"
        "ok    more/a.scenario.yaml: The sales are there\n"
        "2 scenarios passed\n"
    )


def test_a_scenario_that_fails_is_1_and_says_why(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(WRONG)
    done = depgen("test", "a.scenario.yaml")
    assert (done.code, done.err) == (1, "")
    assert "a.scenario.yaml:4: expected report 20261121 at 17:00, it was submitted at 18:00:00\n" in done.out
    assert "    18:00:00 ! etl-report-20261121 submitted  <- not as expected\n" in done.out
    assert done.out.endswith("\n1 scenario: 0 passed, 1 failed\n")


def test_a_file_with_mistakes_is_1_and_the_others_are_played(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD.replace("complete:", "compleet:"))
    (tmp_path / "b.scenario.yaml").write_text(GOOD)
    done = depgen("test", ".")
    assert done.code == 1
    assert 'a.scenario.yaml:3:23: error: steps[0] has the unknown field "compleet"' in done.out
    assert "ok    b.scenario.yaml" in done.out


def test_a_graph_with_errors_is_1_with_its_findings(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD)
    graph = tmp_path / "graph.yaml"
    graph.write_text(graph.read_text().replace("[sales]", "[sales, stokc]"))
    done = depgen("test")
    assert done.code == 1
    assert "graph.yaml:9:24: error: " in done.out
    assert "[unknown-upstream]" in done.out


def test_nothing_to_play_is_2(depgen: Command, tmp_path: Path) -> None:
    assert depgen("test").err == "Error: no scenario in .: they are named *.scenario.yaml\n"
    done = depgen("test", "nowhere")
    assert (done.code, done.err) == (2, "Error: cannot read nowhere: No such file or directory\n")
    (tmp_path / "a.scenario.yaml").write_text(GOOD)
    done = depgen("test", "-k", "nothing")
    assert (done.code, done.err) == (2, 'Error: no scenario has "nothing" in its path or title\n')


def test_a_file_that_cannot_be_read_has_a_name_in_junit_and_a_column_in_json(
    depgen: Command, tmp_path: Path
) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD.replace("complete:", "compleet:"))
    case = '<testcase classname="a.scenario.yaml" name="a.scenario.yaml"'
    assert case in depgen("test", "-o", "junit").out
    (finding,) = json.loads(depgen("test", "-o", "json").out)["scenarios"][0]["findings"]
    assert (finding["line"], finding["column"], finding["rule"]) == (3, 23, "unknown-field")


def test_some_are_chosen_by_their_path_or_title(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD)
    (tmp_path / "b.scenario.yaml").write_text(WRONG)
    assert depgen("test", "-k", "sales are").code == 0
    assert depgen("test", "-k", "a.scen").out.endswith("1 scenario passed\n")
    assert depgen("test", "-k", "early").code == 1


def test_the_timeline_of_what_passes_is_shown_on_request(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD)
    assert "    18:00:00 + etl-report-20261121 submitted\n" in depgen("test", "-v").out


def test_programs_and_ci_systems_are_told_as_well(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD)
    data = json.loads(depgen("test", "-o", "json").out)
    assert (data["passed"], data["scenarios"][0]["title"]) == (1, "The sales are there")
    assert '<testcase classname="a.scenario.yaml"' in depgen("test", "-o", "junit").out
    assert depgen("test", "-o", "json", "--watch").code == 2


@contextmanager
def watching(folder: Path, *args: str) -> Iterator[Path]:
    """`depgen test --watch` in a folder, until Ctrl-C; the file that it writes to."""
    out = folder / "out"
    with out.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "depgen", "test", "--watch", *args],
            stdout=stream,
            cwd=folder,
            env=environment(),
            # A shell in the background starts what it runs with the signal ignored.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield out
    finally:
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(LIMIT) == 130


def test_a_watched_folder_is_played_again_when_a_file_changes(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "a.scenario.yaml").write_text(GOOD)
    with watching(tmp_path) as out:
        wait_for(out, "1 scenario passed\n")
        (tmp_path / "a.scenario.yaml").write_text(WRONG)
        wait_for(out, "1 scenario: 0 passed, 1 failed\n")


def test_a_watched_scenario_is_played_again_when_its_graph_changes_elsewhere(
    depgen: Command, tmp_path: Path
) -> None:
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "a.scenario.yaml").write_text(GOOD.replace("start:", "graph: ../graph.yaml\nstart:"))
    graph = tmp_path / "graph.yaml"
    with watching(tmp_path, "told") as out:
        wait_for(out, "1 scenario passed\n")
        graph.write_text(graph.read_text().replace("[sales]", "[sales, stock]"))
        wait_for(out, "1 scenario: 0 passed, 1 failed\n")


def wait_for(path: Path, text: str) -> None:
    """Until a file holds a text."""
    end = time.monotonic() + LIMIT
    while text not in path.read_text():
        assert time.monotonic() < end, path.read_text()
        time.sleep(0.05)


def test_the_schema_of_scenarios_is_printed(depgen: Command) -> None:
    assert json.loads(depgen("schema", "scenario").out)["title"] == "depgen scenario"
