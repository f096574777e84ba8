"""`depgen flux`: what is printed."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.cli.conftest import BROKEN, Command

WHERE = ("--source", "pipelines", "--path", "./out")


def test_the_health_checks_are_those_of_the_kustomization(depgen: Command) -> None:
    alone = yaml.safe_load(depgen("flux", "health").out)
    done = depgen("flux", "kustomization", "graph.yaml", *WHERE)
    found = yaml.safe_load(done.out)
    assert (done.code, done.err) == (0, "")
    assert (found["metadata"], found["spec"]["path"]) == (
        {"name": "etl", "namespace": "flux-system"},
        "./out",
    )
    assert found["spec"]["sourceRef"] == {"kind": "GitRepository", "name": "pipelines"}
    assert found["spec"]["healthCheckExprs"] == alone["healthCheckExprs"]


def test_a_kustomization_can_have_a_name_and_a_place_of_its_own(depgen: Command) -> None:
    more = ("--name", "mine", "--flux-namespace", "gitops")
    found = yaml.safe_load(depgen("flux", "kustomization", "graph.yaml", *WHERE, *more).out)
    assert found["metadata"] == {"name": "mine", "namespace": "gitops"}


def test_a_graph_with_errors_gets_no_kustomization(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen("flux", "kustomization", "graph.yaml", *WHERE)
    assert (done.code, done.out) == (2, "")
    assert "unknown-upstream" in done.err
