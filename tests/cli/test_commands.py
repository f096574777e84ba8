"""The small commands, and the table they hang in."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from depgen import __version__, formats
from depgen.cli import COMMANDS, identifier
from tests.cli.conftest import Command


def test_the_help_lists_every_command_in_its_own_words(depgen: Command) -> None:
    done = depgen("--help")
    assert (done.code, done.err) == (0, "")
    for name, words in COMMANDS.items():
        assert f"  {name} " in done.out
        command = getattr(import_module(f"depgen.cli.{identifier(name)}"), identifier(name))
        assert (command.__doc__ or "").splitlines()[0] == words


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(depgen: Command, name: str) -> None:
    done = depgen(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: depgen {name} ")
    assert COMMANDS[name] in " ".join(done.out.split())


def test_no_command_is_a_usage_error_with_help(depgen: Command) -> None:
    done = depgen()
    assert done.code == 2
    assert "Commands:" in done.out + done.err


def test_the_version_is_told_in_three_ways(depgen: Command) -> None:
    assert depgen("--version").out == f"depgen {__version__}\n"
    assert depgen("version").out.splitlines()[0] == f"depgen {__version__}"
    answer = json.loads(depgen("version", "-o", "json").out)
    assert (answer["version"], answer["depgen"]) == (1, __version__)
    assert (answer["outputFormat"], answer["ledgerFormat"]) == (formats.OUTPUT, formats.LEDGER)
    assert answer["languages"] == [formats.LANGUAGE]
    assert answer.keys() >= {"argoEvents", "argoWorkflows"}


def test_the_schema_is_printed(depgen: Command) -> None:
    done = depgen("schema")
    assert json.loads(done.out)["title"] == "depgen graph"
    assert depgen("schema", "graph").out == done.out
    assert depgen("schema", "sensor").code == 2


@pytest.mark.parametrize("language", ["graph", "scenario", "profile", "plugin"])
def test_the_schema_of_each_language_speaks_to_editors(depgen: Command, language: str) -> None:
    printed = json.loads(depgen("schema", language).out)
    assert printed["$id"].endswith(f"/{language}.schema.json")
    assert "errorMessage" in json.dumps(printed)


def test_the_starter_graph_is_clean_and_is_not_overwritten(depgen: Command, tmp_path: Path) -> None:
    done = depgen("init", "new/folder")
    assert (done.code, done.out) == (0, "")
    assert done.err == "new/folder/graph.yaml is written; depgen lint new/folder/graph.yaml checks it\n"
    assert depgen("lint", "new/folder", "--fail-on", "warning").out == "no findings in 1 file\n"
    assert (tmp_path / "new" / "folder" / "graph.schema.json").read_text() == depgen("schema").out
    (tmp_path / "new" / "folder" / "graph.yaml").write_text("mine\n")
    done = depgen("init", "new/folder")
    assert (done.code, done.err) == (2, "Error: new/folder/graph.yaml exists and is left as it is\n")
    assert (tmp_path / "new" / "folder" / "graph.yaml").read_text() == "mine\n"


def test_the_starter_graph_can_be_printed(depgen: Command, tmp_path: Path) -> None:
    done = depgen("init", "-")
    assert done.code == 0
    assert done == depgen("init", "--stdout")
    assert depgen("lint", "-", stdin=done.out).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["graph.yaml"]


def test_a_starter_graph_that_cannot_be_written_is_2(depgen: Command) -> None:
    done = depgen("init", "graph.yaml")
    assert (done.code, done.err) == (2, "Error: graph.yaml exists and is left as it is: it is no folder\n")
    done = depgen("init", "graph.yaml/x")
    assert (done.code, done.err) == (2, "Error: cannot write graph.yaml/x/graph.yaml: Not a directory\n")


def test_a_graph_is_drawn(depgen: Command) -> None:
    done = depgen("graph", "graph.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "flowchart LR",
        '  n_etl_report["report<br/>WorkflowTemplate daily-report"]',
        '  n_etl_sales("sales<br/>CronWorkflow sales-load")',
        "  n_etl_sales --> n_etl_report",
    ]
    assert depgen("graph", "graph.yaml", "-o", "dot").out.startswith("digraph depgen {\n")
    assert json.loads(depgen("graph", "graph.yaml", "-o", "json").out)["graphs"][0]["name"] == "etl"


def test_a_broken_graph_is_not_drawn(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text("nodes: [")
    done = depgen("graph", "graph.yaml")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("graph.yaml:1:")


def test_rules_are_listed_and_explained(depgen: Command) -> None:
    assert "\ncycle " in "\n" + depgen("rules").out
    done = depgen("rules", "cycle")
    assert done.out.startswith("cycle (error)\n\nA node waits for itself")
    assert "Passes:" in done.out
    listed = json.loads(depgen("rules", "-o", "json").out)
    assert listed["version"] == 1
    assert all(rule["title"] and rule["severity"] in ("error", "warning") for rule in listed["rules"])
    done = depgen("rules", "cycel")
    assert (done.code, done.out) == (2, "")
    assert 'did you mean "cycle"?' in " ".join(done.err.split())
