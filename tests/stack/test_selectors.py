"""PodDisruptionBudgets and NetworkPolicies take the pods that the real controller makes, each its own and no other."""

from __future__ import annotations

from typing import Any

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, graph_text
from tests.stack.namespace import Namespace
from tests.stack.selecting import selected, stand_in

from depgen import disruptions, networks, pipeline

NODES = """
    load: {source: {cronWorkflow: load}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [load]}
"""
HEAD = "pods: {replicas: 2, labels: {team: data}}\nsweeper: {image: example.com/depgen:1, mode: watch}\n"


@pytest.mark.usefixtures("as_root")
def test_every_pod_has_its_budget_and_its_policy(namespace: Namespace, local: LocalStack) -> None:
    Deployed(namespace, NODES, head=HEAD)
    checked = pipeline.check(
        pipeline.load([pipeline.InputFile("graph.yaml", graph_text(namespace, NODES, head=HEAD).encode())])
    )
    objects = pipeline.build(checked, [disruptions.EXTRA, networks.as_extra(["10.0.0.1/32"])]).objects()
    namespace.apply(objects)  # server-side, which takes no field that it does not know
    kinds: dict[str, list[dict[str, Any]]] = {}
    for thing in objects:
        kinds.setdefault(thing["kind"], []).append(thing)

    made = namespace.api.get(namespace.path("Deployment", api_version="apps/v1"))["items"]
    for number, deployment in enumerate(made):
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["ports"][0]["containerPort"] in (7777, 9090)
        owner = deployment["metadata"].get("ownerReferences", [{"kind": "sweeper", "name": str(number)}])[0]
        name = f"{owner['kind'].lower()}.{owner['name']}"
        stand_in(namespace, name, deployment["spec"]["template"])
    stand_in(namespace, "a-stranger", {"metadata": {"labels": {"team": "data"}}})
    graph = namespace.graph
    mine = [f"eventsource.{graph}", *(f"sensor.{graph}-{part}" for part in ("claim", "record", "submit"))]

    budgets = [selected(namespace, budget["spec"]["selector"]) for budget in kinds["PodDisruptionBudget"]]
    assert sorted(budgets) == [[name] for name in mine]
    policies = {
        p["metadata"]["name"]: selected(namespace, p["spec"]["podSelector"]) for p in kinds["NetworkPolicy"]
    }
    assert policies[graph] == mine
    (sweeper,) = policies[f"{graph}-sweeper"]
    assert sweeper.startswith("sweeper.")
