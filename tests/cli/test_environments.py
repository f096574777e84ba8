"""`--env`: every command that reads graphs has it and passes it on."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from depgen.cli import COMMANDS, identifier
from depgen.cli.cluster_options import load_graphs
from depgen.cli.node_options import load_subjects
from depgen.cli.terminal import Colour
from tests.cli.conftest import GRAPH, Command

# A lock holds the calendars of every environment.
OF_ALL = ("calendars lock",)
ENVIRONMENTS = """\
environments:
  dev: {namespace: dev, nodes: {report: {dependsOn: [sales, stock]}}}
  prod: {namespace: live}
nodes:
  stock: {source: {cronWorkflow: stock-load}}
"""


@pytest.fixture
def graph(tmp_path: Path) -> str:
    (tmp_path / "env.yaml").write_text(
        GRAPH.replace("nodes:\n", ENVIRONMENTS).replace("dependsOn: [sales]", "dependsOn: [sales, stock]")
    )
    return str(tmp_path / "env.yaml")


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command's function, of commands of several words each."""
    for command in COMMANDS:
        module = import_module(f"depgen.cli.{identifier(command)}")
        yield command, getattr(module, identifier(command))
        if app := getattr(module, "app", None):
            yield from ((f"{command} {c.callback.__name__}", c.callback) for c in app.registered_commands)


@pytest.mark.parametrize(
    ("name", "function"), list(functions()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_that_walks_folders_takes_an_environment(
    name: str, function: Callable[..., Any]
) -> None:
    parameters = inspect.signature(function).parameters
    assert ("env" in parameters) == ("recursive" in parameters and name not in OF_ALL)


def test_build_writes_the_environment_that_is_named(depgen: Command, graph: str) -> None:
    for options, namespace in (((), "data"), (("--env", "prod"), "live"), (("--env", "dev"), "dev")):
        done = depgen("build", graph, *options)
        assert done.code == 0
        found = {o["metadata"]["namespace"] for o in yaml.safe_load_all(done.out) if "metadata" in o}
        assert found == {namespace}


def test_an_unknown_environment_is_a_mistake_with_its_place(depgen: Command, graph: str) -> None:
    done = depgen("build", graph, "--env", "prd")
    assert (done.code, done.out) == (1, "")
    assert (
        ':5:1: error: graph "etl" has no environment "prd"; did you mean "prod"? [unknown-environment]'
        in done.err
    )


def test_a_folder_is_checked_against_the_environment_it_was_built_for(depgen: Command, graph: str) -> None:
    assert depgen("build", graph, "--env", "prod", "--output-dir", "out").code == 0
    assert depgen("build", graph, "--env", "prod", "--output-dir", "out", "--check").code == 0
    assert depgen("build", graph, "--output-dir", "out", "--check").code == 1


def test_lint_looks_into_every_environment_or_into_the_one_that_is_named(depgen: Command, graph: str) -> None:
    path = Path(graph)
    path.write_text(path.read_text().replace("[sales, stock]}}}", "[sale]}}}"))
    done = depgen("lint", graph)
    assert done.code == 1
    assert done.out.count("unknown-upstream") == 1
    assert "(environment dev)" in done.out
    assert depgen("lint", graph, "--env", "dev").code == 1
    assert depgen("lint", graph, "--env", "prod").code == 0


def test_a_picture_is_of_the_environment(depgen: Command, graph: str) -> None:
    path = Path(graph)
    path.write_text(path.read_text().replace("[sales, stock]}}}", "[sales]}}}"))
    drawn = [json.loads(depgen("graph", graph, "-o", "json", *o).out) for o in ((), ("--env", "dev"))]
    assert drawn[0] != drawn[1]


def test_commands_for_a_cluster_read_the_environment(graph: str) -> None:
    checked, programs = load_graphs([graph], False, Colour.NEVER, "prod")
    assert [g.namespace for g in checked.graphs] == ["live"]
    assert [p.namespace for p in programs.values()] == ["live"]
    assert [s.graph.namespace for s in load_subjects([graph], False, Colour.NEVER, "dev")] == ["dev"]


def test_what_asks_the_cluster_follows_an_overlay_to_its_namespace(
    depgen: Command, graph: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPGEN_NAMESPACE", "staging")
    (subject,) = load_subjects([graph], False, Colour.AUTO, "prod")
    assert (subject.graph.namespace, subject.programs.namespace) == ("staging", "staging")
    built = depgen("build", graph, "--env", "prod", "-o", "json")
    assert {o["metadata"]["namespace"] for o in json.loads(built.out)["items"]} == {"live"}


def test_a_namespace_that_cannot_be_one_is_refused(
    depgen: Command, graph: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPGEN_NAMESPACE", "No Such")
    done = depgen("status", "-f", graph)
    assert (done.code, done.out) == (2, "")
    assert '"No Such"' in done.err
