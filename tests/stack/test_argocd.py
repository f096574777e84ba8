"""What Argo CD shows of a synced graph, after the controller has written back what it makes of it."""

from __future__ import annotations

import copy
import json

import pytest
import yaml
from tests.stack.api import Manifest
from tests.stack.argocd import ArgoCD
from tests.stack.build import Binaries
from tests.stack.deployed import graph_text, manifests
from tests.stack.guarded import TRUSTED
from tests.stack.namespace import Namespace

from depgen import argocd, checks, disruptions, eventbus, networks, pipeline, policies

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Every kind of object that a build makes, and fields of pods that the API server rewrites where they are not canonical.
HEAD = """\
sweeper: {image: "example.com/depgen:1", every: 15m}
pods: {resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 256Mi}}, priorityClassName: low}
"""
NODES = """\
a: {source: {cronWorkflow: a}}
b: {source: {cronWorkflow: b}, key: {timezone: America/New_York}}
r: {run: {workflowTemplate: t, params: {day: {key: "%Y"}, by: {from: a, field: workflow}}}, dependsOn: [a, b], notBefore: "06:00"}
s: {run: {workflowTemplate: t}, dependsOn: [{node: r, status: failure}], suspend: true, concurrencyPolicy: Queue}
"""


@pytest.fixture
def argo_cd(binaries: Binaries) -> ArgoCD:
    data = yaml.safe_load(argocd.health("argocd"))["data"]
    prefix = "resource.customizations.health.argoproj.io_"
    return ArgoCD(
        binaries.argocd, {f"argoproj.io/{name.removeprefix(prefix)}": lua for name, lua in data.items()}
    )


def synced(namespace: Namespace, objects: list[Manifest]) -> None:
    """Applies them as Argo CD does, which notes in each what it has applied."""
    for built in objects:
        thing = copy.deepcopy(built)  # each by itself: objects that were built share their equal parts
        thing["metadata"].setdefault("annotations", {})[LAST_APPLIED] = json.dumps(thing)
        namespace.apply([thing])


def live(namespace: Namespace, thing: Manifest) -> Manifest:
    metadata = thing["metadata"]
    path = namespace.path(thing["kind"], metadata["name"], thing["apiVersion"])
    found: Manifest | None = namespace.api.find(path)
    assert found, metadata["name"]
    return found


def events_of(objects: list[Manifest]) -> list[Manifest]:
    return [thing for thing in objects if thing["kind"] in ("EventSource", "Sensor")]


def test_a_synced_graph_is_in_sync_and_healthy(namespace: Namespace, argo_cd: ArgoCD) -> None:
    objects = manifests(graph_text(namespace, NODES, head=HEAD))
    assert {
        "EventSource",
        "Sensor",
        "Role",
        "RoleBinding",
        "ServiceAccount",
        "ConfigMap",
        "CronJob",
        "Job",
    } == {thing["kind"] for thing in objects}
    synced(namespace, objects)
    namespace.wait_ready()
    for thing in events_of(objects):
        namespace.wait_for(
            lambda thing=thing: argo_cd.health(live(namespace, thing)) == ("Healthy", "deployed"),  # type: ignore[misc]
            30,
            f"{thing['metadata']['name']} to be healthy",
        )
    different = [t["metadata"]["name"] for t in objects if argo_cd.differs(t, live(namespace, t))]
    assert different == []


def test_what_is_built_beside_a_graph_is_in_sync_too(namespace: Namespace, argo_cd: ArgoCD) -> None:
    head = "eventBus: pipelines\npods: {replicas: 2}\nsweeper: {image: example.com/depgen:1, mode: watch}\n"
    objects = beside(graph_text(namespace, NODES, head=head))
    assert {
        "Deployment",
        "EventBus",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "WorkflowTemplate",
    } <= {thing["kind"] for thing in objects}
    synced(namespace, objects)
    bus = namespace.path("EventBus", "pipelines")
    namespace.wait_for(lambda: namespace.api.get(bus).get("status", {}).get("config"), 30, "the EventBus")
    try:
        different = [t["metadata"]["name"] for t in objects if argo_cd.differs(t, live(namespace, t))]
        assert different == []
    finally:
        # Nobody else removes what is in no namespace.
        for thing in objects:
            if thing["kind"].startswith("ValidatingAdmissionPolicy"):
                namespace.delete(thing)


def beside(text: str) -> list[Manifest]:
    """What a build makes on request, and its sweeper; without what needs the Prometheus Operator."""
    extras = [
        checks.as_extra(checks.Checks("example.com/depgen:1")),
        disruptions.EXTRA,
        eventbus.EXTRA,
        networks.as_extra(["10.0.0.1/32"]),
        policies.as_extra(TRUSTED),
    ]
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    return [
        o for o in pipeline.build(checked, extras).objects() if o["kind"] not in ("EventSource", "Sensor")
    ]


def test_the_job_of_the_sweep_and_nothing_else_is_run_after_each_sync(argo_cd: ArgoCD) -> None:
    text = f"apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: UTC\n{HEAD}nodes:\n"
    objects = manifests(text + "".join(f"  {line}\n" for line in NODES.splitlines()))
    hooks = {thing["kind"]: argo_cd.hook(thing) for thing in objects if argo_cd.hook(thing)[0]}
    assert hooks == {"Job": (["PostSync"], ["BeforeHookCreation"])}


def test_a_change_by_hand_is_seen(namespace: Namespace, argo_cd: ArgoCD) -> None:
    objects = manifests(graph_text(namespace, NODES, head=HEAD))
    synced(namespace, objects)
    (submit,) = [t for t in objects if t["kind"] == "Sensor" and t["metadata"]["name"].endswith("-submit")]
    there = live(namespace, submit)
    there["spec"]["dependencies"][0]["transform"]["jq"] += " "
    assert argo_cd.differs(submit, there)


def test_what_waits_for_its_bus_is_on_its_way_and_not_broken(namespace: Namespace, argo_cd: ArgoCD) -> None:
    objects = manifests(graph_text(namespace, NODES, head="eventBus: later\n"))
    synced(namespace, objects)
    for thing in events_of(objects):
        namespace.wait_for(
            lambda thing=thing: argo_cd.health(live(namespace, thing))[1].startswith("Deployed: "),  # type: ignore[misc]
            30,
            f"{thing['metadata']['name']} to be looked at",
        )
        assert argo_cd.health(live(namespace, thing))[0] == "Progressing"


def test_what_the_controller_refuses_is_degraded(namespace: Namespace, argo_cd: ArgoCD) -> None:
    objects = manifests(graph_text(namespace, NODES))
    (claim,) = [t for t in objects if t["kind"] == "Sensor" and t["metadata"]["name"].endswith("-claim")]
    claim["spec"]["dependencies"][0]["eventName"] = ""
    synced(namespace, [claim])
    namespace.wait_for(
        lambda: argo_cd.health(live(namespace, claim))[0] == "Degraded", 30, "the Sensor to be refused"
    )
