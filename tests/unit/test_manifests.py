"""The user's manifests: read leniently, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.diagnostics import Severity
from depgen.manifests import Manifests, read


def manifests(text: str) -> Manifests:
    found, problems = read([("m.yaml", text.encode())], "data")
    assert problems == []
    return found


def test_objects_are_found_by_kind_namespace_and_name() -> None:
    found = manifests(
        "{kind: WorkflowTemplate, metadata: {name: a}}\n"
        "---\n{kind: WorkflowTemplate, metadata: {name: a, namespace: base}}\n"
        "---\n{kind: ClusterWorkflowTemplate, metadata: {name: a, namespace: base}}\n"
        "---\n{kind: List, items: [{kind: CronWorkflow, metadata: {name: a}}, 5]}\n"
    )
    assert found.templates.keys() == {("data", "a"), ("base", "a")}
    assert found.cluster_templates.keys() == {("", "a")}
    assert found.cron_workflows.keys() == {("data", "a")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n---\n",
        "just text",
        "[1, 2]",
        "{kind: ConfigMap, metadata: {name: a}}",
        "{kind: [WorkflowTemplate], metadata: {name: a}}",
        "{kind: WorkflowTemplate}",
        "{kind: WorkflowTemplate, metadata: a}",
        "{kind: WorkflowTemplate, metadata: {name: 5}}",
        "{kind: List, items: {a: b}}",
        "{5: a, null: b}",
    ],
)
def test_everything_else_is_passed_over(text: str) -> None:
    found = manifests(text)
    assert found == Manifests(given=True)


@pytest.mark.parametrize(
    "text",
    [
        "kind: [",
        "a: !!int ''",
        "a: !!bool maybe",
        "a: !!timestamp never",
        "a: 2026-02-30",
        "a: !!python/object/apply:os.system [ls]",
        "? [a]\n: b",
        "a: *nowhere",
        "[" * 200_000,
        "- " * 200_000 + "a",
        "{a: " * 200_000,
        "\x00",
    ],
)
def test_a_file_that_cannot_be_read_is_one_warning(text: str) -> None:
    found, (problem,) = read([("m.yaml", text.encode())], "data")
    assert not found.is_whole
    assert (problem.rule, problem.severity) == ("unreadable-manifest", Severity.WARNING)


def test_the_other_files_and_documents_still_count() -> None:
    files = [("1.yaml", b"kind: ["), ("2.yaml", b"{kind: WorkflowTemplate, metadata: {name: a}}\n---\n]")]
    found, problems = read(files, "data")
    assert len(problems) == 2
    assert found.templates.keys() == {("data", "a")}


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_told_of(raw: bytes) -> None:
    read([("m.yaml", raw)], "data")
