"""An edit throws away the queues that `depgen diff` names, and no others."""

from __future__ import annotations

import pytest
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, graph_text, manifests
from tests.stack.namespace import Namespace

from depgen import naming
from depgen.diff.objects import lost_queues

BASE = """
    a: {source: {cronWorkflow: a}}
    b: {source: {workflowTemplate: b}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: done}]}
"""
EDITS = {
    "a window on one edge": BASE.replace("[a, b]", "[{node: a, window: {from: '00:00', to: '23:00'}}, b]"),
    "another template": BASE.replace(
        'held, params: {day: "1"}}, dependsOn: [a', 'held, params: {day: "2"}}, dependsOn: [a'
    ),
    "a node less": BASE.partition("    audit")[0],
    "a gate": BASE.replace("dependsOn: [a, b]", "dependsOn: [a, b], notBefore: '01:00'"),
    "another source": BASE.replace("cronWorkflow: a", "cronWorkflow: other"),
    "a source of another kind": BASE.replace("[a, b]", "[a, b, c]")
    + "    c: {source: {workflows: {matchLabels: {team: data}}}}\n",
}


def consumers(local: LocalStack, objects: list[Manifest]) -> dict[str, str]:
    """When the consumer of each trigger and dependency was made, by its durable name."""
    found = local.bus.consumers()
    names = {durable(sensor, t, d) for sensor in sensors(objects).values() for t, d in pairs(sensor)}
    return {name: found[name].created for name in names if name in found}


def sensors(objects: list[Manifest]) -> dict[str, Manifest]:
    return {o["metadata"]["name"]: o for o in objects if o["kind"] == "Sensor"}


def pairs(sensor: Manifest) -> list[tuple[str, str]]:
    """Every (trigger, dependency): all of its queues are lost to a Sensor with nothing in it."""
    return lost_queues(sensor, {"spec": {"dependencies": [], "triggers": []}})


def durable(sensor: Manifest, trigger: str, dependency: str) -> str:
    return f"group-{naming.durable(sensor['metadata']['name'], trigger, dependency)}"


@pytest.mark.parametrize("edit", EDITS)
def test_exactly_the_queues_that_are_named_are_lost(
    namespace: Namespace, local: LocalStack, edit: str
) -> None:
    graph = Deployed(namespace, BASE)
    before = manifests(graph_text(namespace, BASE))
    first = consumers(local, before)
    assert len(first) == sum(len(pairs(sensor)) for sensor in sensors(before).values())
    graph.edit(EDITS[edit])
    after = sensors(manifests(graph_text(namespace, EDITS[edit])))
    named = {
        durable(old, trigger, dependency)
        for name, old in sensors(before).items()
        for trigger, dependency in lost_queues(old, after[name])
    }
    now = local.bus.consumers()
    lost = {name for name, made in first.items() if name not in now or now[name].created != made}
    assert lost == named
