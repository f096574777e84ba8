"""The user's manifests: read leniently, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.diagnostics import Place, Severity
from depgen.manifests import Manifests, read, read_files


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
        "{apiVersion: example.com/v1, kind: Workflow, metadata: {name: a}}",
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


def test_each_object_knows_where_it_stands_also_one_that_another_hides() -> None:
    text = (
        "{kind: WorkflowTemplate, metadata: {name: a}, spec: {x: 1}}\n"
        "---\n"
        "kind: List\n"
        "items:\n"
        "  - {kind: ConfigMap, metadata: {name: a}}\n"
        "  - kind: List\n"
        "    items: [{kind: CronWorkflow, metadata: {name: c}, spec: {workflowSpec: {y: 2}}}]\n"
        "---\n"
        "{kind: WorkflowTemplate, metadata: {name: a, namespace: data}}\n"
        "---\n"
        "{kind: Workflow, metadata: {generateName: w-}}\n"
    )
    found, _ = read([("m.yaml", text.encode())], "data")
    assert [(item.title, item.place) for item in found.items] == [
        ('WorkflowTemplate "a"', Place("m.yaml", (0,))),
        ('CronWorkflow "c"', Place("m.yaml", (1, "items", 1, "items", 0))),
        ('WorkflowTemplate "a"', Place("m.yaml", (2,))),
        ('Workflow "w-"', Place("m.yaml", (3,))),
    ]
    first, cron, hiding, _ = found.items
    assert (first.spec, cron.spec, hiding.spec) == ({"x": 1}, {"y": 2}, {})
    assert cron.in_spec("y", at_key=True).route == (1, "items", 1, "items", 0, "spec", "workflowSpec", "y")
    assert found.place("WorkflowTemplate", "data", "a", "spec") == Place("m.yaml", (2, "spec"))
    assert found.item(found.cron_workflows["data", "c"]) == cron
    assert found.workflows.keys() == {("data", "w-")}


def test_what_no_file_holds_has_no_place() -> None:
    elsewhere = Manifests(True, templates={("data", "a"): {"kind": "WorkflowTemplate"}})
    assert elsewhere.place("WorkflowTemplate", "data", "a") is None
    assert elsewhere.place("WorkflowTemplate", "data", "b") is None
    assert elsewhere.place("ConfigMap", "data", "b") is None


def test_a_cluster_template_is_found_whatever_namespace_asks() -> None:
    found = manifests("{kind: ClusterWorkflowTemplate, metadata: {name: a, namespace: base}}")
    assert found.place("ClusterWorkflowTemplate", "data", "a") == Place("m.yaml", (0,))


@pytest.mark.parametrize(
    "text",
    [
        "&a {kind: List, items: [*a]}",
        "kind: List\nitems: &a [{kind: List, items: &b [*b, *b]}, {kind: List, items: *a}]",
    ],
)
def test_lists_that_hold_themselves_come_to_an_end(text: str) -> None:
    assert read_files([("m.yaml", text.encode())]).items == ()


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_told_of(raw: bytes) -> None:
    read([("m.yaml", raw)], "data")
