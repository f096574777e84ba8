"""The EventBus that a build makes on request, in the hands of the real controller and the real NATS."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml
from tests.stack.cluster import LocalStack
from tests.stack.deployed import graph_text
from tests.stack.namespace import Namespace
from tests.stack.selecting import selected, stand_in

from depgen import eventbus, networks, pipeline

NODES = "a: {source: {cronWorkflow: a}}\nr: {run: {workflowTemplate: t}, dependsOn: [a]}\n"
# Where the controller mounts the configuration in the pods, and what it calls the files of two Secrets there.
MOUNTED = "/etc/nats-config"
STATE = "/data/jetstream"


def found(namespace: Namespace, api_version: str, kind: str, name: str) -> dict[str, Any]:
    """An object, when the controller has made it."""
    path = namespace.api.path(api_version, kind, namespace.name, name)
    thing: dict[str, Any] = namespace.wait_for(lambda: namespace.api.find(path), 30, f"{kind} {name}")
    return thing


def test_the_controller_and_nats_take_it_as_it_is_meant(
    namespace: Namespace, local: LocalStack, tmp_path: Path
) -> None:
    text = graph_text(namespace, NODES, head="eventBus: pipelines\n")
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    built = pipeline.build(checked, [eventbus.EXTRA, networks.as_extra()]).objects()
    by_kind = {o["kind"]: o for o in built}
    namespace.apply([by_kind["EventBus"], by_kind["PodDisruptionBudget"], by_kind["NetworkPolicy"]])

    servers = found(namespace, "apps/v1", "StatefulSet", "eventbus-pipelines-js")["spec"]
    assert servers["replicas"] == 3
    stand_in(namespace, "server", servers["template"])
    assert selected(namespace, by_kind["PodDisruptionBudget"]["spec"]["selector"]) == ["server"]
    rule = by_kind["NetworkPolicy"]["spec"]["egress"][-1]
    assert selected(namespace, rule["to"][0]["podSelector"]) == ["server"]
    (ports,) = [c["ports"] for c in servers["template"]["spec"]["containers"] if c["name"] == "main"]
    assert rule["ports"][0]["port"] in [port["containerPort"] for port in ports]
    (claim,) = servers["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "10Gi"

    bus = found(namespace, "argoproj.io/v1alpha1", "EventBus", "pipelines")
    namespace.wait_for(lambda: _status(namespace), 30, "the EventBus to be deployed")
    stream = yaml.safe_load(_status(namespace)["config"]["jetstream"]["streamConfig"])
    assert (stream["maxmsgs"], stream["maxbytes"], stream["retention"]) == (1_000_000, 8_000_000_000, 0)
    assert stream["maxbytes"] < 9e9 < 10 * 2**30, "the stream fits into the store, and that on the volume"

    config = _written(namespace, tmp_path)
    assert "sync_interval: always" in config.read_text()
    assert f"max_payload: {bus['spec']['jetstream']['maxPayload']}" in config.read_text()
    checked_by_nats = subprocess.run(
        [local.binaries.nats, "-t", "-c", config],
        env=os.environ
        | {"SERVER_NAME": "one", "POD_NAME": "one", "CLUSTER_ADVERTISE": "127.0.0.1", "JS_KEY": "k" * 32},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked_by_nats.returncode == 0, checked_by_nats.stdout + checked_by_nats.stderr


def _status(namespace: Namespace) -> dict[str, Any]:
    status: dict[str, Any] = found(namespace, "argoproj.io/v1alpha1", "EventBus", "pipelines").get(
        "status", {}
    )
    conditions = {condition["type"]: condition["status"] for condition in status.get("conditions", ())}
    return status if conditions == {"Configured": "True", "Deployed": "True"} else {}


def _written(namespace: Namespace, folder: Path) -> Path:
    """The configuration of a server as a file, with what it includes beside it."""
    secret = found(namespace, "v1", "Secret", "eventbus-pipelines-js-server")["data"]
    names = {
        "auth": "auth.conf",
        "private-key": "server-key.pem",
        "cert": "server-cert.pem",
        "ca-cert": "ca-cert.pem",
        "cluster-private-key": "cluster-server-key.pem",
        "cluster-cert": "cluster-server-cert.pem",
        "cluster-ca-cert": "cluster-ca-cert.pem",
    }
    files = {name: base64.b64decode(secret[key]).decode() for key, name in names.items()}
    config = found(namespace, "v1", "ConfigMap", "eventbus-pipelines-js-config")["data"]
    for name, text in (files | {"nats-js.conf": config["nats-js"]}).items():
        (folder / name).write_text(text.replace(MOUNTED, str(folder)).replace(STATE, str(folder / "state")))
    return folder / "nats-js.conf"
