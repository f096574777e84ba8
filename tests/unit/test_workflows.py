"""What a Workflow's spec declares, and what of it stays unknown."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import yaml

from depgen import workflows
from depgen.manifests import NO_MANIFESTS, Manifests, read

BOMB = (
    "templates:\n  - &a {outputs: {parameters: [{globalName: rows}]}, text: '{{workflow.parameters.day}}'}\n"
    + "".join(
        f"  - &{chr(ord('a') + n)} {{left: *{chr(ord('a') + n - 1)}, right: *{chr(ord('a') + n - 1)}}}\n"
        for n in range(1, 26)
    )
)


def spec(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def given(text: str) -> Manifests:
    return read([("m.yaml", cleandoc(text).encode())], "data")[0]


def test_a_parameter_is_declared_by_the_arguments_or_the_entrypoint() -> None:
    found = workflows.parameters(
        spec(
            """
            entrypoint: main
            arguments: {parameters: [{name: a}, {name: b, value: ""}, {name: c, valueFrom: {configMapKeyRef: {}}}, {name: e}]}
            templates:
              - {name: main, inputs: {parameters: [{name: d}, {name: e, default: x}]}}
              - {name: other, inputs: {parameters: [{name: f}]}}
            """
        )
    )
    assert found == {"a": False, "b": True, "c": True, "d": False, "e": True}


def test_a_parameter_is_used_by_name() -> None:
    found = workflows.used_parameters(
        spec(
            """{args: ["{{workflow.parameters.day}}", "{{=workflow.parameters['max-rows']}}", "{{workflow.name}}"]}"""
        )
    )
    assert found == {"day", "max-rows"}


def test_the_entrypoint_may_be_that_of_a_run() -> None:
    found = spec(
        "{entrypoint: main, templates: [{name: main}, {name: other, inputs: {parameters: [{name: a}]}}]}"
    )
    assert (workflows.parameters(found), workflows.parameters(found, "other")) == ({}, {"a": False})


def test_only_a_plain_use_cannot_do_without_its_parameter() -> None:
    texts = [
        "{{workflow.parameters.day}}",
        "{{ workflow.parameters.rows }}",
        "{{=workflow.parameters.maybe ?? 1}}",
    ]
    assert workflows.needed_parameters({"args": texts}) == {"day", "rows"}


def test_a_spec_is_known_with_all_that_it_refers_to_or_not_at_all() -> None:
    known = given(
        """
        {kind: WorkflowTemplate, metadata: {name: b}, spec: {templates: [{steps: [[{templateRef: {name: c, template: x}}]]}]}}
        ---
        {kind: WorkflowTemplate, metadata: {name: c}, spec: {templates: [{steps: [[{templateRef: {name: b, template: x}}]]}]}}
        """
    )
    whole = workflows.with_referred([{"dag": [{"templateRef": {"name": "b"}}]}], "data", known)
    assert whole is not None
    assert len(whole) == 3
    assert workflows.with_referred([{"dag": [{"templateRef": {"name": "gone"}}]}], "data", known) is None


def test_all_parameters_are_used_at_once() -> None:
    assert "" in workflows.used_parameters({"args": "{{workflow.parameters}}"})
    assert "" in workflows.used_parameters({"args": "{{workflow.parameters.json}}"})


def test_only_outputs_with_a_global_name_are_exported() -> None:
    body = spec(
        "templates: [{outputs: {parameters: [{name: a}, {name: b, globalName: rows}], artifacts: [{globalName: x}]}}]"
    )
    assert workflows.exported([body], "data", NO_MANIFESTS) == {"rows"}


def test_outputs_are_followed_into_other_templates_even_in_a_circle() -> None:
    known = given(
        """
        {kind: WorkflowTemplate, metadata: {name: a}, spec: {steps: [[{templateRef: {name: b, template: x}}]]}}
        ---
        kind: ClusterWorkflowTemplate
        metadata: {name: c}
        spec: {outputs: {parameters: [{globalName: rows}]}, dag: {tasks: [{templateRef: {name: a, template: y}}]}}
        ---
        kind: WorkflowTemplate
        metadata: {name: b}
        spec: {hooks: {exit: {templateRef: {name: c, template: y, clusterScope: true}}}}
        """
    )
    body = {"onExit": {"templateRef": {"name": "a", "template": "x"}}}
    assert workflows.exported([body], "data", known) == {"rows"}


def test_what_cannot_be_known_stays_unknown() -> None:
    assert workflows.exported([{"a": {"templateRef": {"name": "gone"}}}], "data", NO_MANIFESTS) is None
    computed = {"outputs": {"parameters": [{"globalName": "rows-{{inputs.parameters.day}}"}]}}
    assert workflows.exported([computed], "data", NO_MANIFESTS) is None


def test_a_spec_that_repeats_itself_by_aliases_is_walked_once() -> None:
    body = spec(BOMB)
    assert workflows.exported([body], "data", NO_MANIFESTS) == {"rows"}
    assert workflows.used_parameters(body) == {"day"}


def test_the_time_to_live_is_that_of_how_the_workflow_ended() -> None:
    body = spec("ttlStrategy: {secondsAfterCompletion: 100, secondsAfterSuccess: 200}")
    assert workflows.kept_seconds([body], "success") == 200
    assert workflows.kept_seconds([body], "failure") == 100
    assert workflows.kept_seconds([body], "done") == 100
    assert workflows.kept_seconds([{}], "success") is None
    assert workflows.kept_seconds([spec("ttlStrategy: {secondsAfterFailure: 5}")], "success") is None


def test_the_spec_of_the_run_wins_over_that_of_its_template() -> None:
    bodies = [{"ttlStrategy": {"secondsAfterCompletion": 1}}, {"ttlStrategy": {"secondsAfterCompletion": 0}}]
    assert workflows.kept_seconds(bodies, "done") == 0


def test_odd_specs_declare_nothing() -> None:
    for body in (
        {"templates": 5, "arguments": []},
        {"arguments": {"parameters": {"a": 1}}},
        {"ttlStrategy": "x"},
    ):
        assert workflows.parameters(body) == {}
        assert workflows.exported([body], "data", NO_MANIFESTS) == set()
        assert workflows.kept_seconds([body], "done") is None
