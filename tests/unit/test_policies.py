"""Admission policies as they are decided; whether the API server reads them so is for tests/stack/test_policies.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from depgen import pipeline
from depgen.errors import InputError
from depgen.extras import marked
from depgen.model import Json
from depgen.policies import Trusted, as_extra, cel, policies, submissions
from depgen.policies.policy import Policy
from depgen.render import Layout
from tests.compiled import FRAME

TRUSTED = Trusted(("user:argo",), ("group:ops", "user:ann"))
ALIKE = """\
  a: {source: {cronWorkflow: a}}
  b: {run: {workflowTemplate: t, params: {day: {key: "%Y"}}}, dependsOn: [a]}
  c: {run: {workflowTemplate: u, params: {day: {key: "%m"}}}, dependsOn: [a]}
  d: {run: {workflowTemplate: u, params: {day: fixed}}, dependsOn: [a]}
"""


def layout_of(nodes: str, head: str = "") -> Layout:
    text = FRAME.format(zone="UTC") + head + "nodes:\n" + nodes
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    (layout,) = checked.layouts
    return layout


def policy_of(part: str, layout: Layout, trusted: Trusted = TRUSTED) -> Policy:
    (found,) = (p for p in policies(layout, trusted) if p.name == f"depgen.data.etl.{part}")
    return found


# ---- CEL ----


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('say "hi"\n', r'"say \"hi\"\n"'),
        ("é\\", '"é\\\\"'),
        (True, "true"),
        (None, "null"),
        (-5, "-5"),
        (2**63, "9.223372036854776e+18"),
        (0.5, "0.5"),
        (["a", "b"], '["a", "b"]'),
        (["a", 1], '[dyn("a"), dyn(1)]'),
        ({"a": "b"}, '{"a": "b"}'),
        ({"a": {"b": []}}, '{"a": dyn({"b": dyn([])})}'),
        ([[]], "[dyn([])]"),
    ],
)
def test_a_value_is_written_as_cel(value: Json, expected: str) -> None:
    assert cel.literal(value) == expected


def test_tests_are_joined_in_parentheses() -> None:
    assert cel.any_of(["a", "b && c"]) == "((a) || (b && c))"
    assert cel.any_of(["a || b"]) == "(a || b)"
    assert cel.any_of([]) == "false"
    assert cel.all_of([]) == "true"


# ---- what is submitted ----


def test_nodes_that_differ_in_name_and_template_share_a_shape() -> None:
    assert submissions.shapes(layout_of(ALIKE).plan) == [
        {"parameters": "day", "values": {"day": "fixed"}, "nodes": {"d": "u"}},
        {"parameters": "day", "nodes": {"b": "t", "c": "u"}},
    ]


def test_a_shape_holds_all_that_a_node_sets() -> None:
    nodes = """\
  a: {source: {cronWorkflow: a}}
  b:
    run:
      namespace: far
      labels: {team: x}
      params: {day: {key: "%Y"}, fixed: "1"}
      workflowSpec:
        entrypoint: m
        templates: [{name: m, suspend: {}}]
        arguments:
          parameters: [{name: more, valueFrom: {configMapKeyRef: {name: c, key: k}}}, {name: fixed, value: "2"}]
          artifacts: [{name: f, raw: {data: x}}]
    dependsOn: [a]
    concurrencyPolicy: Queue
"""
    (shape,) = submissions.shapes(layout_of(nodes, "partitions: 2\n").plan)
    partition = shape["labels"]["depgen.io/partition"]  # type: ignore[call-overload, index]
    assert partition in ("0", "1")
    assert shape == {
        "arguments": {"artifacts": [{"name": "f", "raw": {"data": "x"}}]},
        "isQueued": True,
        "labels": {"team": "x", "depgen.io/partition": partition},
        "namespace": "far",
        "nodes": {"b": ""},
        "others": [{"name": "more", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}],
        "parameters": "day,fixed,more",
        "spec": {"entrypoint": "m", "templates": [{"name": "m", "suspend": {}}]},
        "values": {"fixed": "1"},
    }


def test_alerts_are_submitted_too() -> None:
    nodes = (
        ALIKE
        + """\
  e:
    run: {workflowTemplate: t}
    dependsOn: [a]
    deadline: "10:00"
    startBy: "09:00"
    onMiss: {run: {clusterWorkflowTemplate: page}}
"""
    )
    shapes = submissions.shapes(layout_of(nodes, "onFailure: {run: {workflowTemplate: tell}}\n").plan)
    told: dict[str, Any] = {}
    for shape in shapes:
        told |= shape["nodes"]  # type: ignore[arg-type]
    assert told == {"b": "t", "c": "u", "d": "u", "e": "t", "e-missed": "page", "e-late": "page"} | {
        f"{node}-failed": "tell" for node in "bcde"
    }


# ---- policies ----


def test_many_nodes_are_spread_over_expressions_that_cel_takes() -> None:
    runs = [
        f"  job-{i:04}: {{run: {{workflowTemplate: template-of-a-job-with-a-long-name-{i:04}}}, dependsOn: [a]}}\n"
        for i in range(2000)
    ]
    policy = policy_of(
        "submit", layout_of("  a: {source: {cronWorkflow: a}}\n" + "".join(runs), "partitions: 20\n")
    )
    lists = [variable for variable in policy.variables if variable.name.startswith("shapes")]
    assert len(lists) == 2
    assert max(len(variable.expression) for variable in policy.variables) < 70_000
    assert sum(variable.expression.count(" job-") for variable in lists) == 2000
    assert "(variables.shapes0 + variables.shapes1).filter" in policy.variables[-1].expression


def test_a_policy_that_kubernetes_does_not_take_is_an_error() -> None:
    templates = [{"name": "m", "script": {"image": "i", "source": "x" * 40_000}}]
    spec = json.dumps({"entrypoint": "m", "templates": templates})
    nodes = ["  a: {source: {cronWorkflow: a}}\n"]
    nodes += [
        f"  b{i}: {{run: {{workflowSpec: {spec}, params: {{i: '{i}'}}}}, dependsOn: [a]}}\n"
        for i in range(16)
    ]
    assert policy_of("submit", layout_of("".join(nodes[:15])))
    with pytest.raises(InputError, match=r"policy depgen\.data\.etl\.submit would take .* WorkflowTemplate"):
        policies(layout_of("".join(nodes)), TRUSTED)


def test_ledgers_are_written_by_the_accounts_whose_roles_say_so() -> None:
    is_writer = policy_of("ledgers", layout_of(ALIKE)).variables[0]
    account = "system:serviceaccount:data:etl"
    assert is_writer.expression == (
        f'((request.userInfo.username in ["{account}-claim", "{account}-record", "{account}-sweep", "ann"])'
        ' || (request.userInfo.?groups.orValue([]).exists(g, g in ["ops"])))'
    )


def test_runs_are_those_that_the_event_sources_look_for() -> None:
    nodes = (
        ALIKE
        + "  far: {source: {workflows: {matchLabels: {team: x}}, namespace: there}}\n  g: {run: {workflowTemplate: t}, dependsOn: [far]}\n"
    )
    policy = policy_of("runs", layout_of(nodes.replace(", namespace: there}", "}")))
    assert policy.namespaces == ("data",)
    watched = policy.variables[0].expression
    assert watched.startswith("[object, oldObject].exists(o, o != null && ((")
    assert 'o.metadata.?labels[?"team"].orValue(\'\') == "x"' in watched
    assert "completed" not in watched
    assert policy.conditions[0].expression == '!(request.userInfo.username in ["argo"])'


def test_a_graph_without_runs_has_no_policy_for_a_submit_account() -> None:
    names = [p.name for p in policies(layout_of("  a: {source: {cronWorkflow: a}}\n"), TRUSTED)]
    assert names == ["depgen.data.etl.runs", "depgen.data.etl.ledgers"]


def test_the_digest_tells_one_set_of_trusted_from_another() -> None:
    others = [Trusted((), ()), TRUSTED, Trusted(("user:argo", "group:ops"), ("user:ann",))]
    assert marked("x", []) == "x"
    assert len({"x", *(marked("x", [as_extra(trusted)]) for trusted in others)}) == 4
