"""A Workflow's outputs are data to the next one: whatever they hold, it gets that text, or it gets nothing.

Played to the end: the real Sensors take the outputs of a Workflow into the arguments of another one, and the real
Workflows controller puts those into a template.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.deployed import Deployed, deployed
from tests.stack.services import Stack

NODES = """
    rows: {source: {cronWorkflow: rows}}
    shown:
      run: {workflowTemplate: shows, params: {value: {from: rows, output: value, default: (none)}}}
      dependsOn: [rows]
"""

HARMLESS = {
    "quotes": "\"double\" 'single' `back`",
    "a JSON string that ends early": '"}], "serviceAccountName": "admin", "x": [{"y": "',
    "lines": "one\ntwo\r\n\tthree\n---\nkind: Secret\n",
    "a shell's substitution": "$(id) ${HOME} $((1+1)); rm -rf / && `id` | sh",
    "jq text": '\\(env) | input_filename, $__loc__, "\\(1+1)" // error("x")',
    "jq that ends a string": '" | halt_error | "',
    "backslashes": "\\ \\\\ \\n \\u0041 \\",
    "single braces": '{"a": {"b": [1, 2]}} } }} {',
    "a percent format": "%s %d %Y-%m-%d",
    "YAML": "&a *a !!python/object:os.system [] {} : - # |",
    "markup": "<script>alert(1)</script> &amp; ]]>",
    "letters of the world": "é 漢字 \U0001f600 \u202e \u2028 \ufeff",
    "spaces": "   ",
    "nothing": "",
    "a word that YAML takes for a value": "no",
    "a number with a zero": "007",
    "the longest": "x" * 4096,
}
# A parameter of Argo may be any JSON; its text is what counts.
ODD = {
    "an object": {"b": [1, {"c": None}], "a": "\"{'x'}\""},
    "a list": ["$(id)", {}],
    "a number": 12.5,
    "false": False,
}
# The controller cannot put such a value into a template: it writes `\\x1b`, which is no JSON.
UNPRINTABLE = "\u001b[31mred"
REFUSED = {
    "a variable of Argo": "{{workflow.name}}",
    "an expression of Argo": "before {{=sprig.repeat(9, 'x')}} after",
    "half a variable": "{{",
    "three braces": "{{{",
    "a variable that cannot be": "{{inputs.parameters.nosuch}}",
    "too long": "x" * 5000,
    "too long in bytes": "é" * 2049,
}
VALUES: dict[str, Any] = HARMLESS | ODD | REFUSED | {"unprintable": UNPRINTABLE}
DAYS = {name: day for day, name in enumerate(VALUES)}


def showing_template() -> Manifest:
    """Puts its parameter into the inputs of a step."""
    template = workflows.suspend_template("shows", None, parameters=("value",))
    value = {"parameters": [{"name": "got", "value": "{{workflow.parameters.value}}"}]}
    template["spec"] |= {
        "entrypoint": "main",
        "templates": [
            {"name": "main", "steps": [[{"name": "step", "template": "nap", "arguments": value}]]},
            {"name": "nap", "inputs": {"parameters": [{"name": "got"}]}, "suspend": {}},
        ],
    }
    return template


@pytest.fixture(scope="module")
def graph(stack: Stack) -> Iterator[Deployed]:
    """Every value has been an output of a day's Workflow."""
    with deployed(stack, NODES) as graph:
        graph.namespace.apply([showing_template()])
        graph.begin()
        for name, value in VALUES.items():
            graph.cron("rows", DAYS[name], outputs={"value": value})
        graph.wait_for_runs([graph.run("shown", day) for day in DAYS.values()], timeout=60)
        graph.assert_no_errors()
        yield graph


def arrived(graph: Deployed, run: str) -> str:
    """What a run's step got; the controller has to have come that far."""

    def value() -> list[str] | None:
        status = graph.namespace.api.get(graph.namespace.path("Workflow", run)).get("status", {})
        assert status.get("phase") not in ("Error", "Failed"), status.get("message")
        steps = [n for n in status.get("nodes", {}).values() if n["displayName"] == "step"]
        return [step["inputs"]["parameters"][0]["value"] for step in steps] or None

    (found,) = graph.namespace.wait_for(value, 30, f"a step of {run}")
    return found


@pytest.mark.parametrize("name", HARMLESS)
def test_a_value_arrives_as_it_is(graph: Deployed, name: str) -> None:
    run = graph.run("shown", DAYS[name])
    assert graph.params(run) == {"value": HARMLESS[name]}
    assert arrived(graph, run) == HARMLESS[name]


@pytest.mark.parametrize("name", ODD)
def test_a_value_that_is_no_text_arrives_as_its_json(graph: Deployed, name: str) -> None:
    run = graph.run("shown", DAYS[name])
    (text,) = graph.params(run).values()
    assert isinstance(text, str)
    assert json.loads(text) == ODD[name]
    assert arrived(graph, run) == text


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_argo_would_expand_or_that_is_too_long_does_not_arrive(
    graph: Deployed, name: str
) -> None:
    assert graph.params(graph.run("shown", DAYS[name])) == {"value": "(none)"}
    (fact,) = (json.loads(text) for text in ledger(graph, DAYS[name]).values() if '"errors"' in text)
    why = "longer than 4096 bytes" if "long" in name else "holds two opening braces, which Argo would expand"
    assert fact["errors"] == {"value": why}
    assert "outputs" not in fact


def test_an_unprintable_value_arrives_as_it_is_and_argo_fails_the_run(graph: Deployed) -> None:
    run = graph.run("shown", DAYS["unprintable"])
    assert graph.params(run) == {"value": UNPRINTABLE}
    path = graph.namespace.path("Workflow", run)

    def message() -> str:
        status = graph.namespace.api.get(path).get("status", {})
        return str(status.get("message", "")) if status.get("phase") == "Failed" else ""

    assert "the result was invalid JSON" in graph.namespace.wait_for(message, 30, f"{run} to fail")


def test_argo_expands_what_the_value_of_a_parameter_holds(graph: Deployed) -> None:
    """Why such values are refused: the controller puts a value into a template and then looks for variables in it."""
    shown = {
        "{{workflow.name}}": f"{graph.namespace.graph}-by-hand-0",
        "{{=1+1}}": "2",
        "{{workflow.labels.secret}}": "of-the-label",
    }
    for number, (value, expected) in enumerate(shown.items()):
        name = f"{graph.namespace.graph}-by-hand-{number}"
        arguments = {"parameters": [{"name": "value", "value": value}]}
        workflow = {
            "apiVersion": workflows.API_VERSION,
            "kind": "Workflow",
            "metadata": {"name": name, "labels": {"secret": "of-the-label"}},
            "spec": {"workflowTemplateRef": {"name": "shows"}, "arguments": arguments},
        }
        graph.namespace.api.post(graph.namespace.path("Workflow"), workflow)
        assert arrived(graph, name) == expected


def ledger(graph: Deployed, day: int) -> dict[str, str]:
    found = graph.namespace.ledger(graph.ledger(day))
    assert found is not None
    return found
