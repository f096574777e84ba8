"""Which locks are wanted while others are held. The plain cases are fixtures in tests/lint, and tests/stack asks Argo."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from depgen.diagnostics import Severity
from depgen.holding import wishes
from depgen.lint import mutex_deadlock
from depgen.manifests import Item, read_files
from depgen.mutexes import Lock, locks, merged


def items(*texts: str) -> tuple[Item, ...]:
    """WorkflowTemplates a, b, ... with these specs."""
    objects = [
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplate", "metadata": {"name": name}}
        | {"spec": yaml.safe_load(text)}
        for name, text in zip("abcdef", texts, strict=False)
    ]
    return read_files([("m.yaml", yaml.safe_dump_all(objects).encode())]).items


def wanted(*texts: str) -> list[tuple[str, str, list[str]]]:
    """Who wants which lock while which are held."""
    return [
        (wish.wanted.by, wish.wanted.lock.name, [held.lock.name for held in wish.held])
        for wish in wishes(items(*texts))
    ]


def severities(*texts: str) -> list[Severity]:
    return [found.severity for found in mutex_deadlock.check(items(*texts))]


def test_a_template_wants_its_locks_while_those_around_it_are_held() -> None:
    found = wanted(
        """
        entrypoint: main
        synchronization: {mutexes: [{name: whole}]}
        templates:
          - {name: main, synchronization: {mutex: {name: outer}}, steps: [[{name: x, template: load}]]}
          - {name: load, synchronization: {mutexes: [{name: inner}]}, suspend: {}}
          - {name: idle, synchronization: {mutexes: [{name: whole}]}, suspend: {}}
        """
    )
    assert found == [
        ('template "main"', "outer", ["whole"]),
        ('template "load"', "inner", ["whole", "outer"]),
    ]


def test_what_another_template_holds_is_held_in_what_it_calls_there() -> None:
    shared = "{templates: [{name: y, synchronization: {mutex: {name: one}}, steps: [[{name: s, template: z}]]}, {name: z, synchronization: {mutex: {name: two}}, suspend: {}}]}"
    caller = "{entrypoint: m, templates: [{name: m, synchronization: {mutex: {name: own}}, dag: {tasks: [{name: t, templateRef: {name: b, template: y}}]}}]}"
    assert ('template "z"', "two", ["own", "one"]) in wanted(caller, shared)


def test_a_workflow_of_a_template_takes_its_locks_unless_it_has_a_list_of_its_own() -> None:
    base = "{entrypoint: m, synchronization: {mutex: {name: single}, mutexes: [{name: listed}]}, templates: [{name: m, synchronization: {mutex: {name: x}}, suspend: {}}]}"
    plain = "{workflowTemplateRef: {name: a}}"
    own = "{workflowTemplateRef: {name: a}, synchronization: {mutexes: [{name: own}]}}"
    assert [held for _, _, held in wanted(base, plain)] == [["single", "listed"]]
    assert ["single", "own"] in [held for _, _, held in wanted(base, own)]


def test_templates_that_call_each_other_come_to_an_end() -> None:
    loop = "{entrypoint: a, templates: [{name: a, synchronization: {mutex: {name: l}}, steps: [[{name: x, template: b}]]}, {name: b, steps: [[{name: x, template: a, when: x}]]}]}"
    assert severities(loop) == [Severity.WARNING]


def test_templates_that_call_each_other_in_all_orders_come_to_an_end() -> None:
    names = [f"t{number}" for number in range(14)]
    every = ", ".join(f"{{name: s-{name}, template: {name}}}" for name in names)
    bodies = ", ".join(
        f"{{name: {name}, synchronization: {{mutex: {{name: {name}}}}}, steps: [[{every}]]}}"
        for name in names
    )
    assert set(severities(f"{{entrypoint: t0, templates: [{bodies}]}}")) >= {Severity.ERROR}


def test_a_step_that_may_be_left_out_and_a_semaphore_are_warnings() -> None:
    held = "{entrypoint: m, synchronization: {%s}, templates: [{name: m, steps: [[{name: x, template: l%s}]]}, {name: l, synchronization: {%s}, suspend: {}}]}"
    mutex, semaphore = "mutexes: [{name: a}]", "semaphores: [{configMapKeyRef: {name: c, key: k}}]"
    assert severities(held % (mutex, "", mutex)) == [Severity.ERROR]
    assert severities(held % (mutex, ", when: y", mutex)) == [Severity.WARNING]
    assert severities(held % (semaphore, "", semaphore)) == [Severity.WARNING]
    assert severities(held % (mutex, "", semaphore)) == []


def test_a_name_that_is_filled_in_within_a_template_is_not_known() -> None:
    given = {
        "mutexes": [{"name": "{{inputs.parameters.x}}"}, {"name": "{{workflow.parameters.x}}"}, {"name": "a"}]
    }
    assert [lock.name for lock, _ in locks(given, "data")] == ["{{workflow.parameters.x}}", "a"]


def test_locks_are_the_same_if_argo_takes_them_for_the_same() -> None:
    assert [
        lock
        for lock, _ in locks(
            {"mutex": {"name": "a"}, "mutexes": [{"name": "a", "namespace": "data"}]}, "data"
        )
    ] == [Lock("mutex", "data", "a")] * 2
    others = {"mutexes": [{"name": "a", "database": True}, {"name": "a", "namespace": "base"}]}
    assert Lock("mutex", "data", "a") not in [lock for lock, _ in locks(others, "data")]


def test_a_list_stands_for_the_other_list() -> None:
    under = {"mutex": {"name": "a"}, "mutexes": [{"name": "b"}]}
    assert merged(under, {"mutexes": [{"name": "c"}]}) == {"mutex": {"name": "a"}, "mutexes": [{"name": "c"}]}
    assert merged(under, None) == under


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("action: create, successCondition: status.phase == Succeeded", [Severity.ERROR]),
        ("action: apply, failureCondition: status.phase == Failed", [Severity.ERROR]),
        ("action: create", []),
        ("action: get, successCondition: x", []),
    ],
)
def test_a_template_that_waits_for_the_workflow_it_makes(resource: str, expected: list[Severity]) -> None:
    manifest = '"{kind: Workflow, metadata: {name: {{x}}}, spec: {workflowTemplateRef: {name: b}}}"'
    parent = f"{{entrypoint: m, synchronization: {{mutex: {{name: l}}}}, templates: [{{name: m, resource: {{{resource}, manifest: {manifest}}}}}]}}"
    child = "{entrypoint: m, synchronization: {mutex: {name: l}}, templates: [{name: m, suspend: {}}]}"
    assert severities(parent, child) == expected


FIELDS = st.sampled_from(
    [
        *(
            "spec",
            "entrypoint",
            "templates",
            "steps",
            "dag",
            "tasks",
            "template",
            "templateRef",
            "name",
            "inline",
        ),
        *(
            "synchronization",
            "mutex",
            "mutexes",
            "semaphore",
            "semaphores",
            "configMapKeyRef",
            "key",
            "hooks",
        ),
        *(
            "workflowTemplateRef",
            "clusterScope",
            "resource",
            "manifest",
            "action",
            "successCondition",
            "onExit",
        ),
        *("templateDefaults", "when"),
    ]
)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from(["a", "main", "{{x}}", "kind: Workflow", "create"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=4)),
    max_leaves=25,
)


@given(JUNK, JUNK)
def test_nothing_in_a_manifest_is_too_odd(one: object, other: object) -> None:
    list(mutex_deadlock.check(items(yaml.safe_dump(one), yaml.safe_dump(other))))
