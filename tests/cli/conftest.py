"""Runs commands: in this process where only the answer matters, in one of its own where the process does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from depgen.cli import run

PACKAGE_ROOT = Path(run.__code__.co_filename).parents[2]
COLOUR_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TERM", "DEPGEN_DEBUG")

GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
nodes:
  sales: {source: {cronWorkflow: sales-load}}
  report:
    run: {workflowTemplate: daily-report}
    dependsOn: [sales]
"""
BROKEN = GRAPH.replace("[sales]", "[saels]")
EMPTY = GRAPH.partition("nodes:")[0] + "nodes: {}\n"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def depgen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`depgen("lint", "graph.yaml", stdin="...")` in tmp_path, which holds GRAPH as graph.yaml."""
    (tmp_path / "graph.yaml").write_text(GRAPH)
    monkeypatch.chdir(tmp_path)
    for name in COLOUR_VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: object, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return command


def environment(variables: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """The environment of a process that runs this depgen, without colour settings of the developer's."""
    kept = {name: value for name, value in os.environ.items() if name not in COLOUR_VARIABLES}
    return kept | {"PYTHONPATH": str(PACKAGE_ROOT), **variables}


def process(
    *arguments: object, root: Path = PACKAGE_ROOT, variables: Mapping[str, str] = MappingProxyType({})
) -> Done:
    """`python -m depgen ...` with the package of `root`."""
    command = [sys.executable, "-m", "depgen", *map(str, arguments)]
    env = environment(variables) | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    return Done(done.returncode, done.stdout, done.stderr)
