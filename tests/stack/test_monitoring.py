"""What `build --with monitoring` makes, on the real components: who is scraped, which metrics there are, and that alerts fire.

A metric or a label in a rule or a dashboard that nobody exports fails here. The exporter beside NATS is in no registry
that can be built from, so its names are held against what it reads of NATS, and its arguments are those that the
controller gives it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.monitoring import rendered
from tests.monitoring.rendered import Use
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, Deployed, graph_text
from tests.stack.namespace import Namespace
from tests.stack.processes import free_port
from tests.stack.scraping import kube_state_metrics, prometheus, scraped

ROOT = Path(__file__).parents[2]
NODES = """\
a: {source: {cronWorkflow: a}}
b: {source: {cronWorkflow: b}}
good: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
bad:
  run: {workflowTemplate: held, params: {day: "1"}}
  dependsOn: [b]
  startBy: "00:00"
  deadline: "00:00:01"
"""
HEAD = f"{ANY_DATE}sweeper: {{image: depgen, mode: watch}}\n"
# Of the exporter with -jsz=all and -prefix=nats: what it calls a field of /jsz, and where that field is.
OF_NATS = {
    "nats_consumer_num_pending": ("consumer_detail", "num_pending"),
    "nats_consumer_delivered_consumer_seq": ("consumer_detail", "delivered.consumer_seq"),
    "nats_stream_total_messages": ("state", "messages"),
}
LABELS_OF_NATS = frozenset({"namespace", "stream_name", "consumer_name"})


class Watched(NamedTuple):
    """A graph that runs, with everything that is scraped: an address, and the labels of its target."""

    graph: Deployed
    text: str
    targets: list[tuple[str, dict[str, str]]]


@pytest.fixture
def watched(namespace: Namespace, local: LocalStack, tmp_path: Path) -> Iterator[Watched]:
    """One run is submitted, another is refused."""
    graph = Deployed(namespace, NODES, head=HEAD)
    text = graph_text(namespace, NODES, head=HEAD)
    pod, where = make_pod(namespace), {"namespace": namespace.name}
    make_cron_job(namespace)
    graph.cron("a")
    graph.wait_for_runs([graph.run("good")])
    namespace.api.delete(
        namespace.path("RoleBinding", f"{namespace.graph}-submit", "rbac.authorization.k8s.io/v1")
    )
    graph.cron("b")
    with kube_state_metrics(local, namespace.name) as kube_state, swept(local, graph, text, tmp_path) as sweep:
        targets = [(service.metrics_address, where) for service in local.services(namespace.name)]
        targets += [(kube_state, where), (sweep, where)]
        submit = namespace.service(f"{namespace.graph}-submit")
        namespace.wait_for(
            lambda: any("failed to trigger actions" in line.message for line in submit.lines()),
            30,
            "the Sensor to give up",
        )
        yield Watched(graph, text, targets)
    restarted(namespace, pod, 0)


def make_pod(namespace: Namespace) -> str:
    """A pod as the Deployment of the submit Sensor makes it, of which nobody runs anything."""
    name = f"{namespace.graph}-submit-sensor-x2b7c-5d9f-abcde"
    spec = {"containers": [{"name": "main", "image": "argo-events"}], "nodeName": "none"}
    namespace.apply([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}])
    restarted(namespace, name, 0)
    return name


def restarted(namespace: Namespace, pod: str, times: int) -> None:
    """The kubelet says that the container was started anew so often."""
    container = {"name": "main", "image": "argo-events", "imageID": "", "ready": True, "restartCount": times}
    status = {"phase": "Running", "containerStatuses": [container]}
    namespace.api.merge_patch(f"{namespace.path('Pod', pod, 'v1')}/status", {"status": status})


def make_cron_job(namespace: Namespace) -> None:
    """A sweeper as a CronJob, which succeeded a while ago."""
    text = graph_text(namespace, NODES, head=HEAD.replace("mode: watch", "mode: cron"))
    (job,) = (thing for thing in objects(text) if thing["kind"] == "CronJob")
    namespace.apply([job])
    path = namespace.path("CronJob", job["metadata"]["name"], "batch/v1")
    namespace.api.merge_patch(f"{path}/status", {"status": {"lastSuccessfulTime": "2026-01-01T00:00:00Z"}})


def objects(text: str) -> list[Manifest]:
    """All that is built of a graph."""
    from tests.stack.deployed import manifests

    return manifests(text)
