"""A Sensor of somebody's own is imported from the cluster, replaced by the graph that came of it, and runs on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.cli.conftest import process
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import manifests
from tests.stack.namespace import Namespace
from tests.stack.workflows import API_VERSION, suspend_template

DAY = datetime(2026, 11, 20, 3, tzinfo=UTC)


def cron_workflow(name: str) -> Manifest:
    """One that is not suspended, and does not fire while the test runs."""
    month = (datetime.now(UTC).month + 5) % 12 + 1
    workflow = {"workflowTemplateRef": {"name": "held"}}
    return {
        "apiVersion": API_VERSION,
        "kind": "CronWorkflow",
        "metadata": {"name": name},
        "spec": {"schedules": [f"0 3 * {month} *"], "timezone": "Asia/Tokyo", "workflowSpec": workflow},
    }


def event_source(graph: str, namespace: str, *crons: str) -> Manifest:
    """An event for the success of each CronWorkflow."""
    argo = "workflows.argoproj.io/"

    def event(cron: str) -> Manifest:
        labels = {"completed": "true", "phase": "Succeeded", "cron-workflow": cron}
        return {
            "namespace": namespace,
            "group": "argoproj.io",
            "version": "v1alpha1",
            "resource": "workflows",
            "eventTypes": ["ADD"],
            "filter": {
                "labels": [{"key": f"{argo}{k}", "operation": "==", "value": v} for k, v in labels.items()]
            },
        }

    return {
        "apiVersion": API_VERSION,
        "kind": "EventSource",
        "metadata": {"name": f"{graph}-old"},
        "spec": {"resource": {cron: event(cron) for cron in crons}},
    }


def sensor(graph: str, *crons: str) -> Manifest:
    """Both have succeeded, whenever: what people write by hand."""
    parameters = [{"name": "day", "value": "-"}]
    workflow = {
        "apiVersion": API_VERSION,
        "kind": "Workflow",
        "metadata": {"generateName": "old-report-"},
        "spec": {"workflowTemplateRef": {"name": "held"}, "arguments": {"parameters": parameters}},
    }
    name = {"src": {"dependencyName": crons[0], "dataKey": "body.metadata.name"}}
    k8s = {
        "operation": "create",
        "source": {"resource": workflow},
        "parameters": [{**name, "dest": "spec.arguments.parameters.0.value"}],
    }
    template = {"name": "report", "conditions": " && ".join(crons), "k8s": k8s}
    return {
        "apiVersion": API_VERSION,
        "kind": "Sensor",
        "metadata": {"name": f"{graph}-old"},
        "spec": {
            "dependencies": [{"name": c, "eventSourceName": f"{graph}-old", "eventName": c} for c in crons],
            "triggers": [{"template": template}],
        },
    }


def test_the_join_of_a_sensor_goes_on_as_a_graph(
    local: LocalStack, namespace: Namespace, tmp_path: Path
) -> None:
    graph = namespace.graph
    old = [event_source(graph, namespace.name, "sales", "stock"), sensor(graph, "sales", "stock")]
    namespace.apply([suspend_template("held", None, parameters=("day",))])
    namespace.apply([cron_workflow("sales"), cron_workflow("stock"), *old])
    file, kubeconfig = tmp_path / "graph.yaml", local.group.folder / "admin.kubeconfig"
    where = ("--kubeconfig", kubeconfig, "-n", namespace.name)
    assert process("import", *where, "--graph", graph, "--output-file", file).code == 0
    assert process("lint", file, "--fail-on", "warning").code == 0
    text = file.read_text()
    assert f'# Before it goes live, delete Sensor "{graph}-old": ' in text
    assert "\ntimezone: Asia/Tokyo\n" in text
    assert "    dependsOn: [sales, stock]\n" in text
    for one in reversed(old):
        namespace.delete(one)  # what the comment says; without rights of its own, it has done nothing so far
    namespace.apply(manifests(text))
    namespace.wait_ready()
    sales = namespace.complete_cron("sales", DAY)
    namespace.complete_cron("stock", DAY)
    name = f"{graph}-held-20261120"
    namespace.wait_for(lambda: namespace.runs() == [name], 30, f"the run {name}")
    namespace.quiet()
    assert namespace.runs() == [name]
    run_ = namespace.api.get(namespace.path("Workflow", name))
    assert run_["spec"]["arguments"]["parameters"] == [{"name": "day", "value": sales["metadata"]["name"]}]
    assert not namespace.errors()
