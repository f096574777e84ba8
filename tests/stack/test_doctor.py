"""`doctor` on the real components: nothing is wrong with a healthy graph, and what is broken is found."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed, graph_text, manifests
from tests.stack.services import Stack

from depgen import naming, pipeline
from depgen.cluster import client
from depgen.cluster.doctor import event_bus, examine
from depgen.cluster.doctor.bus import BusState, Login
from depgen.cluster.doctor.checks import CHECKS
from depgen.cluster.doctor.exam import Exam, patients
from depgen.cluster.doctor.finding import Finding, Level
from depgen.cluster.doctor.sight import Sight

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: done}]}
"""
# What the harness has nobody for: controllers in Deployments, and a kubelet that tells how its pods are.
NOT_VISIBLE = {"api-version", "argo-versions", "pods", "nats-version", "bus-payload"}


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES) as graph:
        for name in ("a", "b"):
            spec = {
                "schedule": "0 3 1 1 *",
                "timezone": "UTC",
                "startingDeadlineSeconds": 60,
                "workflowSpec": {"workflowTemplateRef": {"name": "held"}},
            }
            cron = {"apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "metadata": {"name": name}}
            graph.namespace.apply([{**cron, "spec": spec}])
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


def kubeconfig(stack: LocalStack) -> str:
    return str(stack.group.folder / "admin.kubeconfig")


def url(stack: LocalStack) -> str:
    return str(stack.bus.spec["jetstreamExotic"]["url"])


def examined(graph: Deployed, stack: LocalStack, *ids: str) -> dict[str, list[Finding]]:
    """What each check finds now, from this machine's view and with the bus."""
    text = graph_text(graph.namespace, NODES)
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    sight = Sight(client.connect(kubeconfig(stack)), time.time)
    bus = event_bus.ask(Login(url(stack), is_verified=False), of_namespace(sight, graph.namespace.name))
    exam = Exam(sight, (graph.namespace.name,), patients(checked, pipeline.build(checked)), bus)
    return {result.check: list(result.findings) for result in examine(exam, ids or CHECKS)}


def of_namespace(sight: Sight, namespace: str) -> Exam:
    """An exam of one namespace, whose EventBus is `default`."""
    return Exam(sight, (namespace,), namespace=namespace)


def bad(findings: list[Finding]) -> list[Finding]:
    return [f for f in findings if f.level in (Level.WARNING, Level.ERROR)]


def test_a_healthy_graph_gives_no_error(graph: Deployed, local: LocalStack) -> None:
    graph.cron("a")
    graph.cron("b")
    graph.wait_for_runs([graph.run("report")])
    found = examined(graph, local)
    assert [f for findings in found.values() for f in findings if f.level is Level.ERROR] == []
    unknown = {id_ for id_, findings in found.items() if any(f.level is Level.UNKNOWN for f in findings)}
    assert unknown <= NOT_VISIBLE
    # Other tests of this run leave consumers behind.
    warned = {id_ for id_, findings in found.items() if bad(findings)} - {"orphans"}
    assert warned == {"sweeper"}


def test_the_bus_tells_its_version_its_limits_and_its_consumers(graph: Deployed, local: LocalStack) -> None:
    sight = Sight(client.connect(kubeconfig(local)), time.time)
    state = event_bus.ask(Login(url(local), is_verified=False), of_namespace(sight, graph.namespace.name))
    assert isinstance(state, BusState)
    assert (state.version, state.max_payload) == ("2.10.29", 4 * 2**20)
    assert state.stream is not None
    assert event_bus.limits_in_force(state.stream.config)[:2] == (-1, 168 * 3600.0)
    assert state.clock == pytest.approx(time.time(), abs=2)
    assert set(state.queues) == set(local.consumers())
    submit = f"group-{naming.durable(f'{graph.namespace.graph}-submit', 'report', 'report')}"
    assert state.queues[submit].subject.endswith(".ledger")
    assert f"{graph.namespace.graph}-submit" in state.buckets


def test_a_certificate_that_is_not_trusted_is_a_reason_and_its_authority_cures_it(
    graph: Deployed, local: LocalStack
) -> None:
    sight = Sight(client.connect(kubeconfig(local)), time.time)
    reason = event_bus.ask(Login(url(local)), of_namespace(sight, graph.namespace.name))
    assert "--nats-insecure" in str(reason)
    trusted = Login(url(local), ca=str(local.group.folder / "tls.crt"))
    assert isinstance(event_bus.ask(trusted, of_namespace(sight, graph.namespace.name)), BusState)


def test_a_role_binding_that_is_gone(graph: Deployed, local: LocalStack) -> None:
    account = f"{graph.namespace.graph}-watch"
    binding = graph.namespace.path("RoleBinding", account, "rbac.authorization.k8s.io/v1")
    graph.namespace.api.delete(binding)
    try:
        found = graph.namespace.wait_for(
            lambda: bad(examined(graph, local, "roles")["roles"]), 10, "the right to be gone"
        )
        about = f"ServiceAccount {graph.namespace.name}/{account}"
        assert {(f.level, f.about) for f in found} == {(Level.ERROR, about)}
        assert "list, watch configmaps" in "; ".join(f.message for f in found)
        assert [f.about for f in bad(examined(graph, local, "applied")["applied"])] == [
            f"RoleBinding {graph.namespace.name}/{account}"
        ]
    finally:
        graph.namespace.apply(manifests(graph_text(graph.namespace, NODES)))


def test_a_sensor_that_hangs_is_seen_in_the_bus_though_its_conditions_are_fine(
    graph: Deployed, local: LocalStack
) -> None:
    submit = graph.namespace.service(f"{graph.namespace.graph}-submit")
    submit.pause()
    try:
        graph.cron("a")
        graph.cron("b")
        graph.wait_for_facts("a Succeeded", "b Succeeded")
        found = graph.namespace.wait_for(
            lambda: bad(examined(graph, local, "backlog")["backlog"]), 60, "the bus to tell"
        )
        assert {f.about for f in found} == {f"Sensor {graph.namespace.name}/{submit.name}"}
        assert "nobody takes them" in found[0].message
        assert bad(examined(graph, local, "conditions")["conditions"]) == []
    finally:
        submit.resume()
    graph.wait_for_runs([graph.run("report")], timeout=60)
    assert bad(examined(graph, local, "backlog")["backlog"]) == []


def test_a_sensor_that_is_down_is_seen_before_anything_waits_for_it(
    graph: Deployed, local: LocalStack
) -> None:
    submit = graph.namespace.service(f"{graph.namespace.graph}-submit")
    submit.kill()
    try:
        found = bad(examined(graph, local, "backlog")["backlog"])
        assert [(f.level, f.about) for f in found] == [
            (Level.WARNING, f"Sensor {graph.namespace.name}/{submit.name}")
        ]
        assert found[0].message == "nobody listens for audit, report: the Sensor is down or hangs"
    finally:
        submit.start()
        graph.namespace.wait_ready()


def test_a_deleted_sensor_leaves_orphans_and_is_missed(graph: Deployed, local: LocalStack) -> None:
    name = f"{graph.namespace.graph}-submit"
    objects = manifests(graph_text(graph.namespace, NODES))
    sensor = next(o for o in objects if (o["kind"], o["metadata"]["name"]) == ("Sensor", name))
    numbers = {f"group-{naming.durable(name, node, node)}" for node in ("audit", "report")}
    graph.namespace.delete(sensor)
    try:
        found = examined(graph, local, "orphans", "applied")
        messages = " ".join(f.message for f in found["orphans"])
        assert numbers <= set(local.consumers())
        assert all(number in messages for number in numbers)
        assert f"the stores {name}" in messages
        assert [f.about for f in bad(found["applied"])] == [f"Sensor {graph.namespace.name}/{name}"]
    finally:
        graph.namespace.apply(objects)
        graph.namespace.wait_ready()


def test_a_sensor_that_somebody_edited_is_not_what_is_built(graph: Deployed, local: LocalStack) -> None:
    name = f"{graph.namespace.graph}-submit"
    path = graph.namespace.path("Sensor", name)
    sensor = graph.namespace.api.get(path)
    dependencies = sensor["spec"]["dependencies"]
    dependencies[0]["transform"]["jq"] = '{"fire": false}'
    graph.namespace.api.merge_patch(path, {"spec": {"dependencies": dependencies}})
    try:
        found = bad(examined(graph, local, "applied")["applied"])
        assert [f.message for f in found] == [
            "it is not what this graph builds: spec.dependencies[audit].transform.jq differs"
        ]
    finally:
        graph.namespace.apply(manifests(graph_text(graph.namespace, NODES)))
        graph.namespace.wait_ready()


def test_a_ledger_that_grows_large(graph: Deployed, local: LocalStack) -> None:
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    graph.patch({"filler": "x" * 250_000})
    about = f"ConfigMap {graph.namespace.name}/{graph.ledger()}"
    found = bad(examined(graph, local, "ledger-size")["ledger-size"])
    assert [(f.level, f.about) for f in found] == [(Level.WARNING, about)]
    graph.patch({"filler": "x" * 450_000})
    found = bad(examined(graph, local, "ledger-size")["ledger-size"])
    assert [(f.level, f.about) for f in found] == [(Level.ERROR, about)]
    graph.namespace.quiet()
    graph.namespace.api.delete(graph.namespace.path("ConfigMap", graph.ledger(), "v1"))


def test_somebody_who_may_see_nothing_learns_what_they_lack(
    graph: Deployed, local: LocalStack, tmp_path: Path
) -> None:
    account = f"{graph.namespace.graph}-claim"
    path = graph.namespace.path("ServiceAccount", account, "v1")
    token = graph.namespace.api.post(f"{path}/token", {"spec": {}})["status"]["token"]
    config = local.control_plane.kubeconfig(tmp_path / "claim.kubeconfig", token)
    done = doctor(graph, tmp_path, "--kubeconfig", str(config))
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert told["errors"] == 0
    messages = [
        f["message"] for check in told["checks"] for f in check["findings"] if check["check"] == "conditions"
    ]
    assert 'cannot list resource "eventsources"' in messages[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [((), 0), (("--fail-on", "warning"), 1), (("--ignore", "sweeper,orphans", "--fail-on", "warning"), 0)],
)
def test_the_exit_code_tells(
    graph: Deployed, local: LocalStack, tmp_path: Path, options: tuple[str, ...], code: int
) -> None:
    done = doctor(
        graph, tmp_path, "--kubeconfig", kubeconfig(local), "--nats", url(local), "--nats-insecure", *options
    )
    assert (done.returncode, done.stderr) == (code, ""), done.stdout


def doctor(graph: Deployed, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The command itself, in a process of its own."""
    file = folder / "graph.yaml"
    file.write_text(graph_text(graph.namespace, NODES))
    command = [sys.executable, "-m", "depgen", "doctor", str(file), "-o", "json", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
