"""`pods: {replicas: 2}`: the pods elect a leader by Lease under the Roles of the build, and lose nothing when it dies."""

from __future__ import annotations

from typing import Any

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace
from tests.stack.replicas import Replicas

NODES = """
    load: {source: {cronWorkflow: load}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [load]}
"""
BURST = 6


def holders(namespace: Namespace) -> dict[str, str]:
    """The pod that holds each Lease of the namespace."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace.name}/leases"
    leases: list[dict[str, Any]] = namespace.api.get(path)["items"] or []
    return {lease["metadata"]["name"]: lease["spec"].get("holderIdentity", "") for lease in leases}


def lease_of(service: Replicas) -> str:
    return f"{service.kind.lower()}-{service.name}"


@pytest.mark.usefixtures("as_root")
def test_another_pod_takes_over_when_a_leader_dies(namespace: Namespace, local: LocalStack) -> None:
    graph = Deployed(namespace, NODES, head="pods: {replicas: 2}\n").begin()
    services = [s for s in local.services(namespace.name) if isinstance(s, Replicas)]
    first = holders(namespace)
    assert sorted(first) == sorted(map(lease_of, services))
    assert len(services) == 4

    days = iter(range(5 * BURST))
    for service in services:
        namespace.at_once(_completion(graph, next(days)) for _ in range(BURST))
        service.pod(first[lease_of(service)]).kill()
    namespace.at_once(_completion(graph, next(days)) for _ in range(BURST))

    # What a leader had taken and not answered for comes again after 30 seconds.
    reports = [graph.run("report", day) for day in range(5 * BURST)]
    graph.wait_for_runs(reports, timeout=90)
    assert graph.errors(except_twins_of=reports) == []
    second = holders(namespace)
    assert sorted(second) == sorted(first)
    assert all(second[lease] not in ("", first[lease]) for lease in first)
    for account in ("watch", "record", "claim", "submit"):
        asked = namespace.requests(f"{namespace.graph}-{account}") or []
        assert {r.verb for r in asked if r.resource == "leases"} == {"create", "get", "update"}
        assert [r for r in asked if r.code == 403] == []


def _completion(graph: Deployed, day: int) -> Any:
    return lambda: graph.cron("load", day)
