"""The action for GitHub: its steps, run one after the other by bash as a runner does it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.cli.conftest import BROKEN, GRAPH

ROOT = Path(__file__).parents[2]
INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL, *STEPS = ACTION["runs"]["steps"]


class Ran(NamedTuple):
    """The names of the steps that ran, what they printed, and the summary; `code` is that of the last."""

    steps: list[str]
    out: str
    summary: str
    code: int


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runner's folder with depgen in it, put there by the action's first step."""
    folder = tmp_path_factory.mktemp("runner")
    env = os.environ | {"RUNNER_TEMP": str(folder), "GITHUB_ACTION_PATH": str(ROOT)}
    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", INSTALL["run"]], env=env, check=True)
    return folder


def run(folder: Path, runner: Path, **inputs: str) -> Ran:
    """The action in a repository, until a step fails."""
    given = {name: field["default"] for name, field in ACTION["inputs"].items()}
    given |= {name.replace("_", "-"): value for name, value in inputs.items()}
    summary = runner / "summary.md"
    summary.write_text("")
    ran: list[str] = []
    out, code = "", 0
    for step in STEPS:
        if step.get("if") == "inputs.output-dir != ''" and not given["output-dir"]:
            continue
        env = {name: INPUT.sub(lambda match: given[match[1]], text) for name, text in step["env"].items()}
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=folder,
            env=os.environ | env | {"RUNNER_TEMP": str(runner), "GITHUB_STEP_SUMMARY": str(summary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        ran, out, code = [*ran, step["name"]], out + done.stdout, done.returncode
        if code:
            break
    return Ran(ran, out, summary.read_text(), code)


def committed(folder: Path, graph: str) -> None:
    """A repository in which the graph is committed."""
    (folder / "graph.yaml").write_text(graph)
    author = ["-c", "user.name=depgen", "-c", "user.email=depgen@example.com"]
    for arguments in (["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "-m", "graph"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def build(folder: Path, runner: Path, *options: str) -> None:
    """What a user does on a machine of their own."""
    depgen = runner / "depgen" / "bin" / "depgen"
    command: list[str | Path] = [depgen, "build", "graph.yaml", "--output-dir", "out", *options]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_no_step_holds_an_input_in_its_script() -> None:
    assert [step["name"] for step in ACTION["runs"]["steps"] if "${{" in step["run"]] == []


def test_a_sound_graph_passes_and_is_drawn(tmp_path: Path, runner: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    ran = run(tmp_path, runner)
    assert (ran.code, ran.steps, ran.out) == (0, ["Lint", "Summarise"], "")
    assert ran.summary.startswith("\n```mermaid\nflowchart")
    assert ran.summary.endswith("```\n")


def test_a_finding_is_shown_on_its_line(tmp_path: Path, runner: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    ran = run(tmp_path, runner)
    assert (ran.code, ran.steps) == (1, ["Lint"])
    assert ran.out.startswith("::error file=graph.yaml,line=9,col=17,title=unknown-upstream::")


def test_manifests_that_are_not_what_the_graph_says_fail(tmp_path: Path, runner: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    build(tmp_path, runner)
    assert run(tmp_path, runner, output_dir="out").code == 0
    (tmp_path / "graph.yaml").write_text(GRAPH.replace("daily-report", "weekly-report"))
    ran = run(tmp_path, runner, output_dir="out")
    assert (ran.code, ran.steps[-1]) == (1, "Compare the manifests")
    assert "out differs from the graphs" in ran.out


def test_a_folder_is_compared_with_what_it_was_built_with(tmp_path: Path, runner: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    build(tmp_path, runner, "--with=monitoring", "--runbooks=https://r.example.com/a b.html")
    assert run(tmp_path, runner, output_dir="out").code == 1
    options = "--with=monitoring\n--runbooks=https://r.example.com/a b.html\n"
    assert run(tmp_path, runner, output_dir="out", build_options=options).code == 0


def test_the_summary_says_what_an_edit_does(tmp_path: Path, runner: Path) -> None:
    committed(tmp_path, GRAPH)
    (tmp_path / "graph.yaml").write_text(GRAPH.replace("daily-report", "weekly-report"))
    ran = run(tmp_path, runner, base="HEAD")
    assert ran.code == 0, ran.out
    assert "weekly-report" in ran.summary.partition("```mermaid")[0]


def test_several_graphs_are_lines_and_no_line_is_code(tmp_path: Path, runner: Path) -> None:
    for name, graph in (("a.yaml", GRAPH), ("b c.yaml", GRAPH.replace("graph: etl", "graph: two"))):
        (tmp_path / name).write_text(graph)
    ran = run(tmp_path, runner, graphs="a.yaml\nb c.yaml\n")
    assert ran.code == 0, ran.out
    assert run(tmp_path, runner, graphs="$(touch hacked)\n`touch hacked`").code == 2
    assert not (tmp_path / "hacked").exists()
