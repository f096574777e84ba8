"""What `build --with monitoring` makes, on the real components: who is scraped, which metrics there are, and that alerts fire.

A metric or a label in a rule or a dashboard that nobody exports fails here. The exporter beside NATS does not run here:
its names are held against what it reads of NATS, and its arguments are those that the controller gives it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.monitoring import rendered
from tests.monitoring.rendered import Use
from tests.stack.api import Manifest
from tests.stack.build import Binaries
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, Deployed, graph_text, manifests
from tests.stack.namespace import Namespace
from tests.stack.pod import Pod
from tests.stack.processes import free_port
from tests.stack.replicas import Replicas
from tests.stack.scraping import kube_state_metrics, prometheus, samples, scraped

from depgen import eventbus, pipeline

ROOT = Path(__file__).parents[2]
NODES = """\
a: {source: {cronWorkflow: a}}
b: {source: {cronWorkflow: b}}
good: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
bad:
  run: {workflowTemplate: held, params: {day: "1"}}
  dependsOn: [b]
  startBy: "00:00"
  deadline: "00:01"
"""
# With two replicas, of which one stands by and says nothing of what it would do.
HEAD = f"{ANY_DATE}sweeper: {{image: depgen, mode: watch}}\npods: {{replicas: 2}}\n"
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
    """A graph that submitted a run, and was refused another."""
    graph, text = Deployed(namespace, NODES, head=HEAD), graph_text(namespace, NODES, head=HEAD)
    make_cron_job(namespace)
    restarted(namespace, 0)
    graph.cron("a")
    graph.wait_for_runs([graph.run("good")])
    forbid_submissions(namespace)
    graph.cron("b")
    where = {"namespace": namespace.name}
    with kube_state_metrics(local, namespace.name) as kube_state, swept(local, text, tmp_path) as sweep:
        services = [(pod.metrics_address, where | named(text, pod)) for pod in pods(local, namespace)]
        yield Watched(graph, text, [*services, (kube_state, where), (sweep, where)])


def pods(stack: LocalStack, namespace: Namespace) -> Iterator[Pod]:
    """Every pod of the namespace's services."""
    for service in stack.services(namespace.name):
        yield from service.pods if isinstance(service, Replicas) else (service,)


def named(text: str, pod: Pod) -> dict[str, str]:
    """The labels that the PodMonitor gives a pod's target: labels of the pod, in the letters of Prometheus."""
    (monitor,) = (m for m in rendered.objects(text, "PodMonitor") if "podTargetLabels" in m["spec"])
    assert pod.deployment
    labels = pod.deployment["spec"]["template"]["metadata"]["labels"]
    found = {n.replace("-", "_"): labels[n] for n in monitor["spec"]["podTargetLabels"] if n in labels}
    assert list(found.values()) == [pod.name]
    return found


@contextmanager
def swept(stack: LocalStack, text: str, folder: Path) -> Iterator[str]:
    """The address of a sweeper that passes every second."""
    file, address = folder / "graph.yaml", f"127.0.0.1:{free_port()}"
    file.write_text(text)
    config = stack.control_plane.kubeconfig(folder / "sweep.kubeconfig")
    argv = [sys.executable, "-m", "depgen", "reconcile", str(file), "--watch", "--every", "1s"]
    process = subprocess.Popen(
        [*argv, "--metrics", address, "--kubeconfig", str(config)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield address
    finally:
        process.terminate()
        process.wait(30)


def forbid_submissions(namespace: Namespace) -> None:
    """Takes the right to create Workflows from the submit Sensor, and leaves it the Lease."""
    path = namespace.path("Role", f"{namespace.graph}-submit", "rbac.authorization.k8s.io/v1")
    left = [rule for rule in namespace.api.get(path)["rules"] if "workflows" not in rule["resources"]]
    namespace.api.merge_patch(path, {"rules": left})


RESTARTS = "kube_pod_container_status_restarts_total"


def restarted(namespace: Namespace, times: int) -> None:
    """The kubelet says of a pod of the submit Sensor's Deployment how often its container was started anew."""
    name = f"{namespace.graph}-submit-sensor-x2b7c-5d9f-abcde"
    if namespace.api.find(namespace.path("Pod", name, "v1")) is None:
        spec = {"containers": [{"name": "main", "image": "argo-events"}], "nodeName": "none"}
        namespace.apply([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}])
    container = {"name": "main", "image": "argo-events", "imageID": "", "ready": True, "restartCount": times}
    status = {"phase": "Running", "containerStatuses": [container]}
    namespace.api.merge_patch(f"{namespace.path('Pod', name, 'v1')}/status", {"status": status})


def make_cron_job(namespace: Namespace) -> None:
    """A sweeper of the graph as a CronJob, which succeeded once."""
    text = graph_text(namespace, NODES, head=HEAD.replace("mode: watch", "mode: cron"))
    (job,) = (thing for thing in manifests(text) if thing["kind"] == "CronJob")
    namespace.apply([job])
    path = namespace.path("CronJob", job["metadata"]["name"], "batch/v1")
    namespace.api.merge_patch(f"{path}/status", {"status": {"lastSuccessfulTime": "2026-01-01T00:00:00Z"}})


# ---- what there is ----


def is_there(use: Use, found: dict[str, list[frozenset[str]]]) -> bool:
    """Whether some series has the name and all the labels."""
    return any(use.labels <= labels for labels in found.get(use.metric, ()))


def everything(targets: list[tuple[str, dict[str, str]]]) -> dict[str, list[frozenset[str]]]:
    """What all targets export."""
    found: dict[str, list[frozenset[str]]] = {}
    for address, _ in targets:
        for metric, labels in scraped(address).items():
            found.setdefault(metric, []).extend(labels)
    return found


def test_every_metric_and_label_in_rules_and_dashboards_is_exported(watched: Watched) -> None:
    of_cron = watched.text.replace("mode: watch", "mode: cron")
    wanted = rendered.exported(watched.text) | rendered.exported(of_cron)
    # Prometheus says itself which of its targets are up, with the labels of the target.
    of_targets = {use for use in wanted if use.metric == "up"}
    assert of_targets
    assert all(any(use.labels <= labels.keys() for _, labels in watched.targets) for use in of_targets)
    of_nats = {use for use in wanted if use.metric.startswith("nats_")}
    assert {use.metric for use in of_nats} == OF_NATS.keys()
    assert all(use.labels <= LABELS_OF_NATS for use in of_nats)

    def missing() -> list[Use]:
        found = everything(watched.targets)
        return [use for use in sorted(wanted - of_nats - of_targets) if not is_there(use, found)]

    # The sweep says nothing before its first pass, and kube-state-metrics has to be told of what there is.
    left: list[Use] = []

    def is_complete() -> bool:
        try:
            left[:] = missing()
        except OSError:
            return False
        return not left

    try:
        watched.graph.namespace.wait_for(is_complete, 60, "every metric")
    except AssertionError as error:
        raise AssertionError(f"{error}: {left}") from None


def test_what_the_exporter_reads_of_nats_is_there(watched: Watched, local: LocalStack) -> None:
    told = local.bus.told("/jsz?consumers=true&config=true")
    (stream,) = (
        stream
        for account in told["account_details"]
        for stream in account["stream_detail"]
        if stream["name"] == "default"
    )
    for part, field in OF_NATS.values():
        found: Any = stream[part][0] if isinstance(stream[part], list) else stream[part]
        for name in field.split("."):
            found = found[name]
        assert isinstance(found, int)


def test_an_event_that_does_not_reach_the_bus_is_counted(namespace: Namespace, local: LocalStack) -> None:
    graph = Deployed(namespace, NODES)
    (source,) = (pod for pod in pods(local, namespace) if pod.kind == "EventSource")

    def lost() -> float:
        metric = "argo_events_events_processing_failed_total"
        return sum(sample.value for sample in samples(source.metrics_address) if sample.name == metric)

    assert lost() == 0
    local.bus.process.kill()
    try:
        graph.cron("a")
        namespace.wait_for(lambda: lost() > 0, 90, "an event to be lost")
    finally:
        local.bus.start()


# ---- who is scraped ----


@pytest.mark.parametrize("graph", rendered.GRAPHS, ids=lambda graph: str(graph.stem))
def test_the_prometheus_operator_knows_every_field(binaries: Binaries, graph: Path) -> None:
    kinds = ("PrometheusRule", "PodMonitor")
    found = [thing for kind in kinds for thing in rendered.objects(graph.read_text(), kind)]
    read = subprocess.run(
        [binaries.operator], input=yaml.safe_dump_all(found), capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    assert read.stdout.splitlines() == [f"{thing['kind']} {thing['metadata']['name']}" for thing in found]


def selects(monitor: Any, template: Manifest) -> bool:
    """Whether a PodMonitor takes the pods of a template, and finds its port there."""
    selector, labels = monitor["spec"]["selector"], template["metadata"]["labels"]
    chosen = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    chosen &= all(labels.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", ()))
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    ports = {p["name"] for c in template["spec"]["containers"] for p in c.get("ports", ())}
    return chosen and endpoint["port"] in ports


def test_the_pods_that_the_controllers_make_are_scraped_and_no_others(
    namespace: Namespace, local: LocalStack
) -> None:
    head = HEAD + "eventBus: default\n"
    Deployed(namespace, NODES, head=head)
    text = graph_text(namespace, NODES, head=head.replace("default", "pipelines"))
    namespace.apply(buses(text))
    path = namespace.path("StatefulSet", "eventbus-pipelines-js", "apps/v1")
    servers = namespace.wait_for(lambda: namespace.api.find(path), 30, "the EventBus")["spec"]["template"]
    deployments = {pod.name: pod.deployment for pod in pods(local, namespace)}
    templates = {name: made["spec"]["template"] for name, made in deployments.items() if made}
    (sweeper,) = (thing for thing in manifests(text) if thing["kind"] == "Deployment")
    templates |= {"the sweeper": sweeper["spec"]["template"], "the bus": servers}
    monitors = rendered.objects(text, "PodMonitor")
    taken = {
        name: [monitor["metadata"]["name"] for monitor in monitors if selects(monitor, template)]
        for name, template in templates.items()
    }
    graph = namespace.graph
    services = [graph, *(f"{graph}-{part}" for part in ("record", "claim", "submit"))]
    assert taken == {
        **{name: [graph] for name in services},
        "the sweeper": [f"{graph}-sweeper"],
        "the bus": ["pipelines-eventbus"],
    }
    (exporter,) = (c for c in servers["spec"]["containers"] if c["name"] == "metrics")
    assert {"-prefix=nats", "-jsz=all"} <= set(exporter["args"])


def buses(text: str) -> list[Manifest]:
    """The EventBus of a graph, as a build makes it."""
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    return [o for o in pipeline.build(checked, [eventbus.EXTRA]).objects() if o["kind"] == "EventBus"]


# ---- what comes of it ----


def test_alerts_fire_in_the_real_prometheus(watched: Watched, local: LocalStack, tmp_path: Path) -> None:
    namespace = watched.graph.namespace
    with prometheus(local, tmp_path, rendered.groups(watched.text), watched.targets) as server:

        def has(**states: str) -> bool:
            try:
                found = server.alerts()
            except OSError:
                return False
            return all(found.get(name) == state for name, state in states.items())

        namespace.wait_for(
            lambda: has(DepgenFireFailed="firing", DepgenNodeLate="pending", DepgenNodeMissed="pending"),
            60,
            "a refused submission and a run that is late to be told",
        )
        namespace.wait_for(lambda: server.knows(RESTARTS), 30, "the pod to be known as it was before")
        restarted(namespace, 5)
        namespace.wait_for(lambda: has(DepgenServiceRestarting="firing"), 60, "restarts to be told")
        assert server.alerts().keys() <= {
            "DepgenFireFailed",
            "DepgenNodeLate",
            "DepgenNodeMissed",
            "DepgenServiceRestarting",
            "DepgenSweepRepairing",
        }
        namespace.wait_for(lambda: not server.unhealthy(), 30, "every rule and target to be healthy")
