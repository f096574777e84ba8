"""The small commands, and the table they hang in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from depgen import __version__
from depgen.cli import COMMANDS, identifier
from tests.cli.conftest import Command, environment


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
    assert (answer["version"], answer["depgen"], answer["outputFormat"]) == (1, __version__, 1)
    assert sorted(answer) == ["argoEvents", "argoWorkflows", "depgen", "outputFormat", "version"]


def test_the_schema_is_printed(depgen: Command) -> None:
    done = depgen("schema")
    assert json.loads(done.out)["title"] == "depgen graph"
    assert depgen("schema", "graph").out == done.out
    assert depgen("schema", "sensor").code == 2


def test_the_starter_graph_is_clean_and_is_not_overwritten(depgen: Command, tmp_path: Path) -> None:
    done = depgen("init", "new/folder")
    assert (done.code, done.out) == (0, "")
    assert done.err == "new/folder/graph.yaml is written; depgen lint new/folder/graph.yaml checks it\n"
    assert depgen("lint", "new/folder", "--fail-on", "warning").out == "no findings in 1 file\n"
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
    assert (done.code, done.err) == (2, "Error: graph.yaml exists and is left as it is\n")
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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(depgen: Command, shell: str) -> None:
    done = depgen("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_DEPGEN_COMPLETE=complete_{shell}" in done.out


def test_completion_of_another_shell_is_a_usage_error(depgen: Command) -> None:
    assert depgen("completion", "tcsh").code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("depgen li", ["lint"]),
        ("depgen lint --man", ["--manifests"]),
        ("depgen lint -o s", ["sarif"]),
        ("depgen completion f", ["fish"]),
    ],
)
def test_bash_completes(depgen: Command, tmp_path: Path, words: str, expected: list[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    (tmp_path / "script").write_text(depgen("completion", "bash").out)
    (tmp_path / "depgen").write_text(f'#!/bin/sh\nexec {sys.executable} -m depgen "$@"\n')
    (tmp_path / "depgen").chmod(0o755)
    ask = 'COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _depgen_completion depgen; echo "${COMPREPLY[*]}"'
    command = [bash, "-c", f"source ./script; {ask}", "bash", words]
    env = environment({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=env, cwd=tmp_path
    )
    assert (done.stderr, done.stdout.split()) == ("", expected)
