"""`depgen reconcile` before it reaches a cluster: what it refuses. What it does is tested in unit and stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, Command


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--every", "1m"], "only with --watch"),
        (["--metrics", "127.0.0.1:8080"], "only with --watch"),
        (["--log-format", "json"], "only with --watch"),
        (["--watch", "--dry-run"], "takes neither --dry-run, --since nor -o"),
        (["--watch", "-o", "json"], "takes neither --dry-run, --since nor -o"),
        (["--watch", "--every", "0s"], "a second at least"),
        (["--watch", "--every", "soon"], "write a duration such as"),
        (["--since", "5"], "write a duration such as"),
        (["--watch", "--metrics", "8080"], "write an address such as"),
        (["--watch", "--metrics", "127.0.0.1:80800"], "write an address such as"),
    ],
)
def test_options_that_make_no_sense_are_refused(depgen: Command, options: list[str], words: str) -> None:
    done = depgen("reconcile", "graph.yaml", *options)
    assert (done.code, done.out) == (2, "")
    assert words in " ".join(done.err.replace("│", " ").split())


def test_a_graph_with_errors_cannot_be_swept(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen("reconcile")
    assert (done.code, done.out) == (2, "")
    assert "unknown-upstream" in done.err


def test_without_a_cluster_it_could_not_be_tried(
    depgen: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    done = depgen("reconcile", "graph.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: there is no kubeconfig ")
