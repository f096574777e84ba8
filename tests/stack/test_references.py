"""What the rule unresolved-reference says of Workflows, held against the real Workflows controller.

A case is one Workflow, which the controller refuses as an invalid spec where the rule finds something. Those without a
finding begin, and some of them fail later, for want of what only the cluster knows.
"""

from __future__ import annotations

import pytest
import yaml
from tests.stack.namespace import Namespace

from depgen.lint import unresolved_reference
from depgen.manifests import read_files

NAP = "{name: nap, suspend: {duration: 1s}}"
COUNT = "{name: count, suspend: {duration: 1s}, outputs: {parameters: [{name: rows, valueFrom: {supplied: {}, default: a}}]}}"
TELL = "{name: tell, inputs: {parameters: [{name: x}]}, suspend: {duration: 1s}}"


def given(value: str) -> str:
    return f'arguments: {{parameters: [{{name: x, value: "{value}"}}]}}'


def tasks(*parts: str, more: str = "") -> str:
    return f"{{name: main, dag: {{tasks: [{', '.join(parts)}]}}{more}}}, {NAP}, {COUNT}, {TELL}"


def steps(*parts: str, more: str = "") -> str:
    turns = ", ".join(f"[{part}]" for part in parts)
    return f"{{name: main, steps: [{turns}]{more}}}, {NAP}, {COUNT}, {TELL}"


A = "{name: a, template: count}"
ROWS = "{{%s.a.outputs.parameters.rows}}"
# What a case's spec says besides.
SPECS = {
    "no-entrypoint": "entrypoint: none",
    "no-exit-handler": "onExit: none",
    "exit-handler": "onExit: nap",
}
CASES = {
    "no-entrypoint": (steps(A), False),
    "no-exit-handler": (steps(A), False),
    "exit-handler": (steps(A), True),
    "no-template": (steps("{name: a, template: none}"), False),
    "no-template-in-what-is-not-used": (
        steps(A) + ", {name: other, steps: [[{name: a, template: none}]]}",
        False,
    ),
    "template-by-parameter": (
        steps("{name: a, template: '{{workflow.parameters.which}}'}"),
        True,
    ),
    "no-argument": (tasks("{name: b, template: tell}"), False),
    "an-argument": (tasks(f"{{name: b, template: tell, {given('1')}}}"), True),
    "no-argument-inline": (
        tasks("{name: b, inline: {inputs: {parameters: [{name: x}]}, suspend: {duration: 1s}}}"),
        False,
    ),
    "output": (tasks(A, f"{{name: b, depends: a, template: tell, {given(ROWS % 'tasks')}}}"), True),
    "no-output": (
        tasks(A, f"{{name: b, depends: a, template: tell, {given('{{tasks.a.outputs.parameters.row}}')}}}"),
        False,
    ),
    "no-task": (tasks(f"{{name: b, template: tell, {given(ROWS % 'tasks')}}}"), False),
    "step-in-tasks": (tasks(A, f"{{name: b, depends: a, template: tell, {given(ROWS % 'steps')}}}"), False),
    "spaces": (
        tasks(A, f"{{name: b, depends: a, template: tell, {given('{{ tasks.a.outputs.parameters.row }}')}}}"),
        False,
    ),
    "an-expression": (
        tasks(A, f"{{name: b, depends: a, template: tell, {given('{{=tasks.a.outputs.parameters.rows}}')}}}"),
        True,
    ),
    "step": (steps(A, f"{{name: b, template: tell, {given(ROWS % 'steps')}}}"), True),
    "a-condition": (
        steps(A, "{name: b, template: nap, when: '{{steps.a.outputs.parameters.none}} == 1'}"),
        False,
    ),
    "all-of-a-loop": (
        steps(
            "{name: a, template: count, withItems: [1, 2]}",
            f"{{name: b, template: tell, {given('{{steps.a.outputs.parameters}}')}}}",
        ),
        True,
    ),
    "an-exit-hook": (
        tasks(
            f"{{name: a, template: count, hooks: {{exit: {{template: tell, {given(ROWS % 'tasks')}}}}}}}",
        ),
        True,
    ),
    "no-output-in-an-exit-hook": (
        tasks(
            "{name: a, template: count, hooks: {exit: {template: tell, "
            f"{given('{{tasks.a.outputs.parameters.row}}')}}}}}}}",
        ),
        False,
    ),
    "outputs-of-tasks": (
        tasks(
            A,
            more=", outputs: {parameters: [{name: o, valueFrom: {parameter: '{{tasks.a.outputs.parameters.rows}}'}}]}",
        ),
        True,
    ),
    "no-output-in-outputs": (
        tasks(
            A,
            more=", outputs: {parameters: [{name: o, valueFrom: {parameter: '{{tasks.a.outputs.parameters.row}}'}}]}",
        ),
        False,
    ),
    "no-artifact": (
        tasks(A, more=", outputs: {artifacts: [{name: o, from: '{{tasks.a.outputs.artifacts.main-logs}}'}]}"),
        False,
    ),
    "outer-from-inline": (
        steps(
            A,
            f"{{name: b, inline: {{steps: [[{{name: c, template: tell, {given(ROWS % 'steps')}}}]]}}}}",
        ),
        False,
    ),
    "inputs-of-inline": (
        steps(
            f"{{name: b, {given('1')}, inline: {{inputs: {{parameters: [{{name: x}}]}}, steps: "
            f"[[{{name: c, template: tell, {given('{{inputs.parameters.x}}')}}}]]}}}}",
        ),
        True,
    ),
}


def manifest(name: str) -> str:
    spec = {"entrypoint": "main", **yaml.safe_load(SPECS.get(name, "{}"))}
    spec |= {"arguments": {"parameters": [{"name": "which", "value": "nap"}]}}
    spec |= {"templates": yaml.safe_load(f"[{CASES[name][0]}]")}
    workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": name}}
    return yaml.safe_dump(workflow | {"spec": spec})


@pytest.mark.parametrize("name", CASES)
def test_the_rule_finds_what_is_expected(name: str) -> None:
    items = read_files([(name, manifest(name).encode())]).items
    assert len(items) == 1
    assert (not list(unresolved_reference.check(items))) is CASES[name][1]


def test_the_controller_refuses_what_the_rule_finds_and_nothing_else(namespace: Namespace) -> None:
    namespace.apply([yaml.safe_load(manifest(name)) for name in CASES])

    def said() -> dict[str, str]:
        """What the controller has begun or refused: name -> message."""
        found = {
            name: namespace.api.get(namespace.path("Workflow", name)).get("status", {}) for name in CASES
        }
        return {name: str(status.get("message", "")) for name, status in found.items() if "phase" in status}

    namespace.wait_for(lambda: len(said()) == len(CASES), 30, "the controller to look at all")
    accepted = {name: not message.startswith("invalid spec") for name, message in said().items()}
    assert accepted == {name: is_fine for name, (_, is_fine) in CASES.items()}
