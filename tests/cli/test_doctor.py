"""`depgen doctor`: what it cannot try is told before it tries, and a cluster that does not answer is no finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, Command


@pytest.fixture
def unreachable(tmp_path: Path) -> Path:
    """The kubeconfig of a cluster where nobody answers."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "nobody", "user": {"token": "hidden"}}],
        "contexts": [{"name": "none", "context": {"cluster": "none", "user": "nobody"}}],
        "current-context": "none",
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    return path


def test_a_cluster_out_of_reach_is_2(depgen: Command, unreachable: Path) -> None:
    done = depgen("doctor", "graph.yaml", "--kubeconfig", unreachable, "--select", "api-version")
    assert (done.code, done.out) == (2, "")
    assert "https://127.0.0.1:1 cannot be reached" in done.err
    assert "hidden" not in done.err


def test_a_graph_with_errors_is_2(depgen: Command, tmp_path: Path, unreachable: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    done = depgen("doctor", "broken.yaml", "--kubeconfig", unreachable)
    assert (done.code, done.out) == (2, "")
    assert "[unknown-upstream]" in done.err


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_check_that_does_not_exist_is_2(depgen: Command, option: str) -> None:
    done = depgen("doctor", "graph.yaml", option, "roles,rules")
    assert done.code == 2
    assert 'there is no check "rules"; there are api-version, crds' in " ".join(done.err.split())


def test_one_bus_cannot_be_that_of_two_namespaces(depgen: Command, tmp_path: Path, unreachable: Path) -> None:
    done = depgen("doctor", "graph.yaml", "-n", "other", "--nats", "nats://x", "--kubeconfig", unreachable)
    assert done.code == 2
    assert "--nats" in done.err
