"""The stages together: every mistake in one run, at its place, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from depgen import pipeline
from depgen.diagnostics import Severity
from depgen.errors import InternalError
from depgen.pipeline import Checked, InputFile
from depgen.report import tree
from tests.compiled import FRAME
from tests.graphs import layered

EXAMPLES = Path(__file__).parents[2] / "examples"
HEAD = FRAME.format(zone="Europe/Paris")


def checked(*texts: str) -> Checked:
    return pipeline.check(
        pipeline.load(InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts))
    )


def rules(found: Checked) -> list[tuple[int, str]]:
    return [(finding.position.line, finding.rule) for finding in found.findings]


def test_mistakes_of_every_stage_are_found_in_one_run_in_order() -> None:
    found = checked(
        HEAD
        + "nodes:\n"
        + "  a: {source: {cronWorkflow: 12:00}}\n"
        + "  b: {source: {cronWorkflow: b}, onwer: x}\n"
        + "  c: {run: {workflowTemplate: c}, dependsOn: [a, b, d]}\n"
        + "  e: {source: {cronWorkflow: e}, key: {timezone: Europe/Pariss}}\n"
    )
    assert rules(found) == [
        (6, "ambiguous-scalar"),
        (7, "unknown-field"),
        (8, "unknown-upstream"),
        (9, "unknown-timezone"),
    ]


def test_an_edge_to_a_broken_node_is_no_second_mistake() -> None:
    found = checked(HEAD + "nodes:\n  a: {source: {}}\n  b: {run: {workflowTemplate: b}, dependsOn: [a]}\n")
    assert [line for line, _ in rules(found)] == [6]


def test_a_file_that_is_no_yaml_does_not_hide_the_mistakes_of_the_others() -> None:
    found = checked("a: [", HEAD + "nodes:\n  a: {run: {workflowTemplate: a}}\n")
    assert {(f.position.path, f.rule) for f in found.findings} == {
        ("0.yaml", "yaml-syntax"),
        ("1.yaml", "no-edges"),
    }
    assert found.findings[0].source_line == "a: ["


def test_a_warning_is_ignored_by_a_comment_on_its_line_or_above() -> None:
    nodes = "nodes:\n  a: {source: {cronWorkflow: a}}\n"
    assert [f.severity for f in checked(HEAD + nodes).findings] == [Severity.WARNING]
    (rule,) = {f.rule for f in checked(HEAD + nodes).findings}
    comment = f"# depgen: ignore[{rule}]"
    assert not checked(HEAD + nodes.replace("a}}", f"a}}}} {comment}")).findings
    assert not checked(HEAD + nodes.replace("  a:", f"  {comment}\n  a:")).findings
    assert checked(HEAD + nodes.replace("a}}", "a}} # depgen: ignore[cycle]")).findings


def test_an_error_cannot_be_ignored() -> None:
    found = checked(HEAD + "nodes:\n  a: {run: {workflowTemplate: a}} # depgen: ignore[no-edges]\n")
    assert found.has_errors


def test_a_graph_with_errors_is_never_built() -> None:
    with pytest.raises(InternalError):
        pipeline.build(checked(HEAD + "nodes:\n  a: {run: {workflowTemplate: a}}\n"))


def test_the_digest_is_that_of_the_meaning_not_of_the_order() -> None:
    def digest(text: str, path: str = "graph.yaml") -> str:
        return pipeline.load([InputFile(path, text.encode())]).digest

    one = HEAD + "nodes:\n  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"
    two = HEAD + "nodes:\n  b: {source: {cronWorkflow: b}} # a comment\n  a: {source: {cronWorkflow: a}}\n"
    assert digest(one) == digest(two) == digest(one, "elsewhere/graph.yaml")
    assert digest(one) != digest(one.replace("cronWorkflow: b", "cronWorkflow: c"))
    assert digest(one) != digest(one, "other.yaml")


def test_files_of_one_graph_must_agree_and_may_leave_out_the_namespace() -> None:
    first = HEAD + "nodes:\n  a: {source: {cronWorkflow: a}}\n"
    second = (
        HEAD.replace("namespace: data\n", "") + "nodes:\n  b: {run: {workflowTemplate: b}, dependsOn: [a]}\n"
    )
    assert not checked(first, second).findings
    assert rules(checked(first, second.replace("Paris", "Berlin"))) == [(3, "files-disagree")]
    assert rules(checked(second.replace("[a]", "[b]"))) == [(2, "missing-field"), (5, "cycle")]


def test_a_node_in_two_files_is_told_with_both_places() -> None:
    text = (
        HEAD + "nodes:\n  a: {source: {cronWorkflow: a}}\n  b: {run: {workflowTemplate: b}, dependsOn: [a]}\n"
    )
    (first, second) = checked(text, text).findings
    assert first.rule == second.rule == "duplicate-node"
    assert [(where.path, where.line) for where, _ in first.related] == [("0.yaml", 6)]


def test_a_summary_of_the_first_runs_shows_what_a_whole_one_would() -> None:
    found = checked(layered(400, 1000, partitions=4))
    (whole,), (short,) = pipeline.summaries(found), pipeline.summaries(found, tree.MOST_NODES)
    assert len(short.nodes) < len(whole.nodes) == 400
    assert (short.sources, short.runs) == (whole.sources, whole.runs) == (20, 380)
    assert tree.render([short]) == tree.render([whole])


def test_the_time_from_which_fewer_are_enough_is_told_of_its_edge_alone() -> None:
    (told,) = pipeline.summaries(checked((EXAMPLES / "10-hours-into-days" / "graph.yaml").read_text()))
    day = next(node for node in told.nodes if node.id == "day")
    assert day.extras == ("waits until 12:00+1d",)
    assert [edge.extras[-1] for edge in day.waits_for.edges()] == ["all but 1 from 01:30+1d"]
