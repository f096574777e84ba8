"""`depgen argocd`: what is printed, and for which environment."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import BROKEN, GRAPH, Command

REPOSITORY = ("--repo", "https://git.example.com/pipelines.git")
ENVIRONMENTS = GRAPH.replace(
    "nodes:\n", "environments: {dev: {namespace: dev}, prod: {namespace: live}}\nnodes:\n"
)


def test_the_health_checks_are_a_config_map(depgen: Command) -> None:
    done = depgen("argocd", "health", "--argocd-namespace", "cd")
    assert (done.code, done.err) == (0, "")
    metadata = yaml.safe_load(done.out)["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("argocd-cm", "cd")


def test_an_application_is_named_and_placed_like_the_graph(depgen: Command) -> None:
    done = depgen("argocd", "app", "graph.yaml", *REPOSITORY, "--path", "out")
    app = yaml.safe_load(done.out)
    assert (done.code, app["kind"], app["metadata"]["name"]) == (0, "Application", "etl")
    assert app["spec"]["destination"]["namespace"] == "data"


def test_environments_in_the_path_make_a_set(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(ENVIRONMENTS)
    done = depgen("argocd", "app", "graph.yaml", *REPOSITORY, "--path", "out/{env}", "--name", "mine")
    app = yaml.safe_load(done.out)
    assert (app["kind"], app["metadata"]["name"]) == ("ApplicationSet", "mine")
    elements = app["spec"]["generators"][0]["list"]["elements"]
    assert [element["namespace"] for element in elements] == ["dev", "live"]


def test_an_application_can_be_of_one_environment(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(ENVIRONMENTS)
    one = depgen("argocd", "app", "graph.yaml", *REPOSITORY, "--path", "out", "--env", "prod")
    assert yaml.safe_load(one.out)["spec"]["destination"]["namespace"] == "live"
    both = depgen("argocd", "app", "graph.yaml", *REPOSITORY, "--path", "out/{env}", "--env", "prod")
    assert (both.code, both.out) == (2, "")


def test_a_set_wants_environments(depgen: Command) -> None:
    done = depgen("argocd", "app", "graph.yaml", *REPOSITORY, "--path", "out/{env}")
    assert (done.code, done.out) == (2, "")
    assert "the graphs have no environments" in done.err


def test_a_graph_with_errors_gets_no_application(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen("argocd", "app", "graph.yaml", *REPOSITORY, "--path", "out")
    assert (done.code, done.out) == (2, "")
    assert "unknown-upstream" in done.err


def test_the_plugin_compiles_the_folder_for_the_environment_it_is_told(
    depgen: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "graph.yaml").write_text(ENVIRONMENTS)
    plain = depgen("argocd", "generate")
    assert (plain.code, plain.out) == (0, depgen("build", "graph.yaml").out)
    monkeypatch.setenv("ARGOCD_ENV_ENV", "prod")
    assert depgen("argocd", "generate").out == depgen("build", "graph.yaml", "--env", "prod").out


def test_the_plugin_builds_what_the_application_asks_for_besides(
    depgen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOCD_ENV_WITH", "eventbus checks")
    monkeypatch.setenv("ARGOCD_ENV_CHECK_IMAGE", "registry.example.com/depgen:0.1.0")
    options = ("--with", "eventbus", "--with", "checks", "--check-image", "registry.example.com/depgen:0.1.0")
    assert depgen("argocd", "generate").out == depgen("build", "graph.yaml", *options).out
    monkeypatch.setenv("ARGOCD_ENV_WITH", "evntbus")
    done = depgen("argocd", "generate")
    assert (done.code, done.out) == (2, "")
    assert '"with" has "evntbus", which cannot be built' in done.err


def test_the_plugin_fails_with_the_findings(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen("argocd", "generate")
    assert (done.code, done.out) == (1, "")
    assert "graph.yaml:9:17: error" in done.err
