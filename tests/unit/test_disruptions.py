"""What keeps pods through a drain and away from the network; whether the labels are right is for tests/stack."""

from __future__ import annotations

from typing import Any

import pytest

from depgen import disruptions, networks, pipeline
from depgen.extras import Extra
from depgen.pipeline import InputFile
from tests.compiled import FRAME

NODES = (
    "nodes:\n  load: {source: {cronWorkflow: load}}\n"
    "  report: {run: {workflowTemplate: report}, dependsOn: [load]}\n"
)
TWO = "pods: {replicas: 2}\n"
WATCHED = "sweeper: {image: example.com/depgen:1, mode: watch}\n"


def built(extra: Extra, head: str = "") -> list[dict[str, Any]]:
    """The objects that an extra adds."""
    text = FRAME.format(zone="UTC") + head + NODES
    checked = pipeline.check(pipeline.load([InputFile("graph.yaml", text.encode())]))
    plain = pipeline.build(checked).files
    more = pipeline.Bundle(
        {name: text for name, text in pipeline.build(checked, [extra]).files.items() if name not in plain}
    )
    return more.objects()


def ports(rules: list[dict[str, Any]]) -> list[int]:
    return [port["port"] for rule in rules for port in rule["ports"]]


def test_each_deployment_with_replicas_has_a_budget_of_its_own() -> None:
    budgets = built(disruptions.EXTRA, TWO)
    assert [b["metadata"]["name"] for b in budgets] == ["etl", "etl-record", "etl-claim", "etl-submit"]
    assert {b["spec"]["maxUnavailable"] for b in budgets} == {1}
    assert budgets[0]["spec"]["selector"]["matchLabels"] == {
        "controller": "eventsource-controller",
        "eventsource-name": "etl",
    }


def test_a_single_pod_gets_no_budget() -> None:
    assert built(disruptions.EXTRA) == []


def test_pods_reach_the_bus_names_and_the_api_server_and_nothing_else() -> None:
    (policy,) = built(networks.as_extra(), "eventBus: pipelines\n")
    spec = policy["spec"]
    assert ports(spec["egress"]) == [53, 53, 443, 6443, 4222]
    assert spec["egress"][-1]["to"][0]["podSelector"]["matchLabels"]["eventbus-name"] == "pipelines"
    assert (ports(spec["ingress"]), spec["policyTypes"]) == ([7777], ["Egress", "Ingress"])


@pytest.mark.parametrize(("mode", "served"), [(WATCHED, [9090]), (WATCHED.replace("watch", "cron"), [])])
def test_the_sweep_reaches_the_api_server_only(mode: str, served: list[int]) -> None:
    (sweep,) = [p for p in built(networks.as_extra(), mode) if p["metadata"]["name"] == "etl-sweeper"]
    assert sweep["spec"]["podSelector"]["matchLabels"] == {"depgen.io/sweeper": "etl"}
    assert ports(sweep["spec"]["egress"]) == [443, 6443]
    assert (ports(sweep["spec"].get("ingress", [])), "Ingress" in sweep["spec"]["policyTypes"]) == (
        served,
        True,
    )


def test_the_api_server_has_an_address_where_it_is_given_one() -> None:
    blocks = ["10.0.0.2/32", "10.0.0.1/32"]
    rules = [r for p in built(networks.as_extra(blocks), WATCHED) for r in p["spec"]["egress"]]
    found = [rule["to"] for rule in rules if 6443 in ports([rule])]
    assert found == 2 * [[{"ipBlock": {"cidr": "10.0.0.1/32"}}, {"ipBlock": {"cidr": "10.0.0.2/32"}}]]
