"""`depgen migrate`: edits graphs where that is needed, and tells what a new build does to an old one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from depgen import formats
from tests.cli.conftest import GRAPH, Command

OLD = Path(__file__).parents[1] / "golden" / "formats" / "1"
FAILING = (
    GRAPH
    + '  page:  # whoever is on call\n    run: {workflowTemplate: page}\n    dependsOn: [{node: report, status: "failure"}]\n'
)
WARNING = (
    'graph.yaml:12:40: "status: failure" also counts EXPIRED and REJECTED now; "status: [Failed, Error]" is what it '
    "meant before [status-outcomes]\n"
)


@pytest.fixture
def graph(depgen: Command, tmp_path: Path) -> Path:
    """A graph with a word that means more now."""
    path = tmp_path / "graph.yaml"
    path.write_text(FAILING)
    return path


def test_what_means_more_now_is_told_and_left(depgen: Command, graph: Path) -> None:
    done = depgen("migrate", "graph.yaml")
    assert (done.code, done.out) == (0, WARNING)
    assert done.err == (
        "0 findings fixed in 0 files, 1 left\n"
        "graphs are taken for built in output format 1; if they are newer, say --output-dir or --from-format 2\n"
    )
    assert graph.read_text() == FAILING


def test_a_new_graph_is_told_nothing_of_old_words(depgen: Command, graph: Path) -> None:
    said = depgen("migrate", "graph.yaml", "--from-format", formats.OUTPUT)
    assert (said.code, said.out, said.err) == (0, "", "0 findings fixed in 0 files, 0 left\n")
    assert depgen("build", "graph.yaml", "--output-dir", "out").code == 0
    built = depgen("migrate", "graph.yaml", "--output-dir", "out")
    assert (built.code, built.err) == (0, said.err)
    assert "status-outcomes" not in built.out


def test_an_old_meaning_is_kept_on_request_and_nothing_else_changes(depgen: Command, graph: Path) -> None:
    done = depgen("migrate", "graph.yaml", "--keep-meaning")
    assert (done.code, done.out) == (0, "")
    assert graph.read_text() == FAILING.replace('"failure"', "[Failed, Error]")
    assert depgen("lint", "graph.yaml").code == 0
    assert depgen("migrate", "graph.yaml", "--keep-meaning").err == "0 findings fixed in 0 files, 0 left\n"


def test_a_dry_run_prints_a_diff_and_writes_nothing(depgen: Command, graph: Path) -> None:
    done = depgen("migrate", "graph.yaml", "--keep-meaning", "--dry-run")
    assert done.code == 0
    assert "+    dependsOn: [{node: report, status: [Failed, Error]}]\n" in done.out
    assert graph.read_text() == FAILING


def test_a_graph_is_given_its_language(depgen: Command, graph: Path) -> None:
    graph.write_text(GRAPH.replace("apiVersion: depgen.io/v1\n", ""))
    assert depgen("migrate", "graph.yaml").code == 0
    assert "apiVersion: depgen.io/v1\n" in graph.read_text()
    assert depgen("lint", "graph.yaml").code == 0


def test_a_file_that_cannot_be_written_is_1(depgen: Command, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to(graph)
    done = depgen("migrate", "link.yaml", "--keep-meaning")
    assert done.code == 1
    assert "not fixed: it is a symlink" in done.err


def test_an_older_build_is_compared_and_the_way_is_told(depgen: Command, tmp_path: Path) -> None:
    shutil.copytree(OLD / "out", tmp_path / "out")
    shutil.copy(OLD / "graph.yaml", tmp_path)
    done = depgen("migrate", "graph.yaml", "--output-dir", "out")
    assert done.code == 0
    assert done.out.startswith("out: written by depgen 0.1.0 in output format 1; this is depgen ")
    assert "queues lost: alert, analysis, report\n" in done.out
    assert (
        "what to do:\n  1. depgen build with --output-dir out, and apply it when little happens\n" in done.out
    )
    answer = json.loads(depgen("migrate", "graph.yaml", "--output-dir", "out", "-o", "json").out)
    assert (answer["version"], answer["edited"], answer["advice"]) == (1, [], [])
    assert (answer["output"]["from"], answer["output"]["to"]) == (1, formats.OUTPUT)
    assert {change["name"] for change in answer["output"]["objects"]} == {
        "etl",
        "etl-claim",
        "etl-record",
        "etl-submit",
    }


def test_a_build_over_an_older_one_says_so(depgen: Command, tmp_path: Path) -> None:
    shutil.copytree(OLD / "out", tmp_path / "out")
    shutil.copy(OLD / "graph.yaml", tmp_path)
    told = f"out was written in output format 1, this is {formats.OUTPUT}: depgen migrate says"
    for option in ("--check", "--dry-run"):
        assert told in depgen("build", "graph.yaml", "--output-dir", "out", option).err
    assert told in depgen("build", "graph.yaml", "--output-dir", "out").err
    assert "was written in" not in depgen("build", "graph.yaml", "--output-dir", "out").err
    done = depgen("migrate", "graph.yaml", "--output-dir", "out")
    assert done.out.endswith("0 objects to change, 0 queues lost\n")


def test_a_folder_of_a_newer_depgen_is_told_of(depgen: Command, tmp_path: Path) -> None:
    assert depgen("build", "graph.yaml", "--output-dir", "out").code == 0
    lock = tmp_path / "out" / "depgen.lock"
    lock.write_text(json.dumps(json.loads(lock.read_text()) | {"format": 999, "digest": "of others"}))
    assert "a newer depgen wrote it" in depgen("build", "graph.yaml", "--output-dir", "out", "--check").err


def test_what_cannot_be_tried_is_2(depgen: Command, graph: Path) -> None:
    assert depgen("migrate").code == 2
    assert depgen("migrate", "-", stdin=FAILING).code == 2
    assert depgen("migrate", "graph.yaml", "--output-dir", "absent").code == 2
    graph.write_text(FAILING.replace("node: report", "node: reprot"))
    assert depgen("build", "graph.yaml", "--output-dir", "out").code == 1
    done = depgen("migrate", "graph.yaml", "--output-dir", str(OLD / "out"))
    assert (done.code, done.out) == (2, "")
    assert "unknown-upstream" in done.err
