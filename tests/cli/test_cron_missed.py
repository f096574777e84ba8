"""`depgen cron-missed` as far as it gets without a cluster; tests/stack/test_cron_missed.py has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, Command


def test_without_a_cluster_it_cannot_be_tried(depgen: Command) -> None:
    done = depgen("cron-missed", "graph.yaml", "--kubeconfig", "/no/such/file")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err == "Error: there is no kubeconfig /no/such/file; name one with --kubeconfig or KUBECONFIG\n"
    )


def test_a_graph_with_errors_is_told_and_no_cluster_is_asked(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen("cron-missed", "graph.yaml", "--kubeconfig", "/no/such/file")
    assert (done.code, done.out) == (2, "")
    assert "[unknown-upstream]" in done.err
    assert "kubeconfig" not in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--dry-run"], "without --submit nothing is written anyway"),
        (["--since", "3 days"], "write a duration such as 90m, 24h or 2d"),
        (["--grace", ""], "write a duration such as 90m, 24h or 2d"),
    ],
)
def test_odd_options_are_usage_errors(depgen: Command, arguments: list[str], told: str) -> None:
    done = depgen("cron-missed", "graph.yaml", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
