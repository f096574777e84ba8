"""`eventBus` and `pods`: the controller takes them as they are, makes such Deployments, and the graph works."""

from __future__ import annotations

from typing import Any

from tests.stack.deployed import Deployed, graph_text, manifests
from tests.stack.namespace import Namespace

NODES = """
    load: {source: {cronWorkflow: load}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [load]}
"""
HEAD = """\
eventBus: pipelines
pods:
  priorityClassName: pipelines
  resources: {limits: {memory: 0.5Gi}, requests: {memory: 131072Ki, cpu: 0.05}}
  nodeSelector: {node-role.kubernetes.io/infra: ""}
  tolerations: [{key: infra, operator: Exists, effect: NoExecute, tolerationSeconds: 0}]
  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {}}]}}
  labels: {team: data}
  annotations: {example.com/scrape: "no"}
  imagePullSecrets: [{name: registry}]
  securityContext: {runAsNonRoot: true, runAsUser: 0, fsGroup: 2000, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


def test_the_pods_are_as_the_graph_says_and_nothing_drifts(namespace: Namespace) -> None:
    bus = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "EventBus",
        "metadata": {"name": "pipelines"},
        "spec": namespace.stack.bus_spec,
    }
    namespace.apply([bus])
    graph = Deployed(namespace, NODES, head=HEAD)
    graph.begin()
    graph.cron("load")
    graph.wait_for_runs([graph.run("report")])
    graph.assert_no_errors()
    wanted = [
        m
        for m in manifests(graph_text(namespace, NODES, "UTC", HEAD))
        if m["kind"] in ("EventSource", "Sensor")
    ]
    assert len(wanted) == 4
    for manifest in wanted:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        stored = namespace.api.get(namespace.path(kind, name))["spec"]
        for field in ("eventBusName", "template"):
            assert stored[field] == manifest["spec"][field], name
        _check(_deployments(namespace)[kind, name])


def _deployments(namespace: Namespace) -> dict[tuple[str, str], dict[str, Any]]:
    """The specs of the namespace's Deployments by kind and name of what they are for."""
    items = namespace.api.get(f"/apis/apps/v1/namespaces/{namespace.name}/deployments")["items"]
    owners = [item["metadata"]["ownerReferences"][0] for item in items]
    return {(owner["kind"], owner["name"]): item["spec"] for owner, item in zip(owners, items, strict=True)}


def _check(spec: dict[str, Any]) -> None:
    metadata, pod = spec["template"]["metadata"], spec["template"]["spec"]
    assert metadata["labels"]["team"] == "data"
    assert metadata["annotations"]["example.com/scrape"] == "no"
    assert pod["priorityClassName"] == "pipelines"
    assert pod["nodeSelector"] == {"node-role.kubernetes.io/infra": ""}
    assert pod["tolerations"] == [
        {"key": "infra", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0}
    ]
    assert pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] == [
        {"topologyKey": "zone", "labelSelector": {}}
    ]
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["securityContext"] == {"fsGroup": 2000, "runAsNonRoot": True, "runAsUser": 0}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"] == {
        "limits": {"memory": "512Mi"},
        "requests": {"cpu": "50m", "memory": "128Mi"},
    }
