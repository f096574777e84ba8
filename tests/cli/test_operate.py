"""What the commands for operators refuse before they ask a cluster."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from depgen.cli.completing import complete_node
from tests.cli.conftest import BROKEN, GRAPH, Command

HAND = ("--key", "20261121", "--why", "because")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("why", "reprot"), 'there is no node "reprot"; did you mean "report"?'),
        (("why", "other/report"), 'there is no node "other/report"; did you mean "etl/report"?'),
        (("why", "report", "--key", "2026-11-21"), '"2026-11-21" is no key of a node whose period is day'),
        (
            ("why", "report", "--key", "20261121-x1"),
            "of a backfill with --rerun x1, depgen trace WORKFLOW tells",
        ),
        (("why", "report", "-f", "no.yaml"), "cannot read no.yaml"),
        (("status", "--select", "+reprot"), 'nothing matches "reprot"; did you mean "report"?'),
        (("status", "--state", "late"), "LATE is none of WAITING, READY,"),
        (("status", "--fail-on", "failed,late"), "LATE is none of WAITING, READY,"),
        (("status", "--watch", "-o", "json"), "takes neither --fail-on nor -o json or name"),
        (("status", "--from", "yesterday"), "yesterday"),
        (("fire", "reprot", *HAND), 'did you mean "report"?'),
        (("hold", "report", "--key", "20261121"), "--why"),
        (("hold", "report", "--key", "20261121", "--why", " "), "say why, in at most 500 characters"),
        (("release", "report", "--why", "because"), "--key"),
    ],
)
def test_a_mistake_is_told_before_the_cluster_is_asked(
    depgen: Command, arguments: tuple[str, ...], expected: str
) -> None:
    done = depgen(*arguments, "--kubeconfig", "absent")
    assert (done.code, done.out) == (2, "")
    assert expected in " ".join(done.err.replace("│", " ").split())


def test_graph_yaml_is_read_unless_files_are_named(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").rename(tmp_path / "other.yaml")
    assert "there is no graph.yaml here" in depgen("why", "report").err
    assert "did you mean" in depgen("why", "reprot", "-f", "other.yaml").err


def test_a_graph_with_errors_is_not_asked_about(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    for command in (("status",), ("why", "report"), ("fire", "report", *HAND)):
        done = depgen(*command)
        assert done.code == 2
        assert "unknown-upstream" in done.err


def test_a_node_of_several_graphs_has_to_say_which(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(GRAPH.replace("graph: etl", "graph: two"))
    done = depgen("why", "report", "-f", "graph.yaml", "-f", "two.yaml")
    assert done.code == 2
    assert "write etl/report or two/report" in done.err


def test_a_cluster_that_is_not_there_is_told_of(depgen: Command) -> None:
    for command in (("status",), ("why", "report"), ("fire", "report", *HAND)):
        done = depgen(*command, "--kubeconfig", "absent")
        assert (done.code, done.out) == (2, "")
        assert "absent" in done.err


def test_names_of_nodes_are_completed_from_the_files_that_are_named(depgen: Command, tmp_path: Path) -> None:
    def completed(incomplete: str, *files: str) -> list[str]:
        return list(complete_node(SimpleNamespace(params={"filename": list(files)}), incomplete))

    assert completed("") == ["sales", "report"]
    assert completed("re") == ["report"]
    assert completed("re", "graph.yaml", "absent.yaml") == []
    (tmp_path / "graph.yaml").write_text("- not a graph\n")
    assert completed("") == []
