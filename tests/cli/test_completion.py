"""Completion, asked of real shells: a line is typed in a terminal, Tab is pressed, and the line has to be what it should.

bash and zsh are driven through a terminal of their own; fish has a command that completes. There is no PowerShell to be
had as a package, so of its script only what it asks depgen is played.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import GRAPH, Command, environment

ENVIRONMENTS = GRAPH + "environments:\n  production: {namespace: prod}\n  preview: {namespace: preview}\n"
# What is typed, and what the line is after one Tab.
LINES = [
    ("depgen li", "depgen lint "),
    ("depgen lint --man", "depgen lint --manifests "),
    ("depgen lint -o s", "depgen lint -o sarif "),
    ("depgen completion f", "depgen completion fish "),
    ("depgen calendars lo", "depgen calendars lock "),
    ("depgen why rep", "depgen why report "),
    ("depgen satisfy report sal", "depgen satisfy report sales "),
    ("depgen build graph.yaml --env prod", "depgen build graph.yaml --env production "),
    ("depgen build --env pre", "depgen build --env preview "),
    ("depgen rules unknown-up", "depgen rules unknown-upstream "),
    ("depgen build gra", "depgen build graph.yaml "),
]
SECONDS = 60
PROMPT = "ready> "


def shell(name: str) -> str:
    """The path of a shell; skips where it is not, which CI must not."""
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("DEPGEN_REQUIRE_STACK") != "1", f"{name} is missing: install it"
        pytest.skip(f"no {name} here")
    return found


@pytest.fixture
def home(depgen: Command, tmp_path: Path) -> Path:
    """A folder with a graph that has environments, scripts of every shell, and depgen as a command."""
    (tmp_path / "graph.yaml").write_text(ENVIRONMENTS)
    for name in ("bash", "zsh", "fish"):
        (tmp_path / f"script.{name}").write_text(depgen("completion", name).out)
    (tmp_path / "depgen").write_text(f'#!/bin/sh\nexec {sys.executable} -m depgen "$@"\n')
    (tmp_path / "depgen").chmod(0o755)
    return tmp_path


def variables(home: Path) -> dict[str, str]:
    """The environment of a shell that finds depgen and nothing of the developer's."""
    kept = {name: value for name, value in environment().items() if name in ("PYTHONPATH", "LANG")}
    return kept | {"PATH": f"{home}:/usr/bin:/bin", "HOME": str(home), "TERM": "dumb", "INPUTRC": "/dev/null"}


@pytest.mark.parametrize(
    ("name", "options", "setting"),
    [
        (
            "bash",
            ["--norc", "--noprofile", "-i"],
            "bind 'set enable-bracketed-paste off'; source ./script.bash",
        ),
        (
            "zsh",
            ["-f", "-i"],
            "unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u; source ./script.zsh",
        ),
    ],
    ids=["bash", "zsh"],
)
def test_a_shell_completes(name: str, options: list[str], setting: str, home: Path) -> None:
    terminal = pexpect.spawn(
        shell(name),
        options,
        cwd=home,
        env=variables(home),
        timeout=SECONDS,
        encoding="utf-8",
        dimensions=(24, 160),
    )
    terminal.delaybeforesend = None
    try:
        terminal.sendline(f"PS1='{PROMPT[:-2]}''> '; {setting}")
        terminal.expect_exact(PROMPT)
        for typed, completed in LINES:
            terminal.send(f"{typed}\t")
            terminal.expect_exact(completed)
            terminal.send("\x15")  # leaves the line
    finally:
        terminal.close(force=True)


@pytest.mark.parametrize(("typed", "completed"), LINES)
def test_fish_completes(typed: str, completed: str, home: Path) -> None:
    program = f"source ./script.fish; complete --do-complete '{typed}'"
    done = subprocess.run(
        [shell("fish"), "--no-config", "--command", program],
        cwd=home,
        env=variables(home),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    words = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert (done.stderr, words) == ("", [completed.split()[-1]])


@pytest.mark.parametrize(("typed", "completed"), LINES[:-1])
def test_powershell_is_told(typed: str, completed: str, home: Path) -> None:
    asked = {
        "_DEPGEN_COMPLETE": "complete_powershell",
        "_TYPER_COMPLETE_ARGS": typed,
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": typed.split()[-1],
    }
    done = subprocess.run(
        [home / "depgen"],
        cwd=home,
        env=variables(home) | asked,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    words = [line.partition(":::")[0] for line in done.stdout.splitlines()]
    assert (done.stderr, words) == ("", [completed.split()[-1]])


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "powershell"])
def test_a_completion_script_is_printed(depgen: Command, name: str) -> None:
    done = depgen("completion", name)
    assert (done.code, done.err) == (0, "")
    assert f"complete_{name}" in done.out


def test_completion_of_another_shell_is_a_usage_error(depgen: Command) -> None:
    assert depgen("completion", "tcsh").code == 2


def test_a_graph_that_cannot_be_read_completes_nothing_and_says_nothing(home: Path) -> None:
    (home / "graph.yaml").write_text("nodes: [\n")
    asked = {"_DEPGEN_COMPLETE": "complete_bash", "COMP_WORDS": "depgen why re", "COMP_CWORD": "2"}
    done = subprocess.run(
        [home / "depgen"],
        cwd=home,
        env=variables(home) | asked,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == (b"", b"")
