"""Alerts as HTTP calls: the real controller takes their Workflows, and asks an agent for the right call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.stack.agent import agent, ended, may_be_agent, receiving
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace
from tests.stack.test_clocks import clock, entries, run, zone

from depgen.cluster import client
from depgen.cluster.doctor.checks.webhooks import NEEDED

SECRET: Manifest = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "alerts"},
    "stringData": {"token": "Bearer s3cret"},
}
NODES = """
    a: {source: {cronWorkflow: a}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
"""
HEAD = """defaults: {run: {spec: {serviceAccountName: hooks}}}
onFailure:
  webhook:
    url: URL
    headers: {Authorization: {secret: alerts, key: token}, X-Team: data}
    body:
      about: {from: $trigger, field: node}
      deep: [{a: {b: "{{workflow.name}} {{{{=1+1}}}} \\" '"}}, 1.5, true, null]
      how: {from: $trigger, field: phase}
"""


def test_a_run_that_fails_makes_one_call_which_is_tried_again(namespace: Namespace) -> None:
    namespace.apply([*may_be_agent("hooks", ["alerts"]), SECRET])
    with receiving(503) as receiver, agent(namespace, "hooks"):
        graph = Deployed(namespace, NODES, head=HEAD.replace("URL", receiver.url))
        graph.cron("a")
        graph.wait_for_runs([graph.run("report")])
        namespace.finish(graph.run("report"), "Failed")
        alert = graph.run("report-failed")
        done = namespace.wait_for(lambda: ended(namespace, alert), 60, f"{alert} to end")
        assert done["status"]["phase"] == "Succeeded"
        graph.wait_for_runs([graph.run("report"), alert])
    expected = {
        "about": "report",
        "deep": [{"a": {"b": "{{workflow.name}} {{{{=1+1}}}} \" '"}}, 1.5, True, None],
        "how": "Failed",
    }
    assert [body for _, _, body in receiver.calls] == [expected, expected]
    path, headers, _ = receiver.calls[0]
    assert path == "/alerts"
    assert (headers["Authorization"], headers["X-Team"]) == ("Bearer s3cret", "data")
    assert headers["Content-Type"] == "application/json"
    assert [h["Idempotency-Key"] for _, h, _ in receiver.calls] == [alert, alert]
    assert "s3cret" not in str(done)
    facts = ["a Succeeded", "report Failed", "report Submitted", "report-failed Submitted"]
    graph.wait_for_facts(*facts, "report-failed Succeeded")
    graph.assert_no_errors()


def test_doctor_knows_who_may_be_an_agent(namespace: Namespace, local: LocalStack) -> None:
    namespace.apply(may_be_agent("hooks", []))
    admin = client.connect(str(local.group.folder / "admin.kubeconfig"))

    def may(account: str) -> list[bool]:
        user = f"system:serviceaccount:{namespace.name}:{account}"
        return [admin.can_i(user, namespace.name, verb, resource) for verb, resource in NEEDED]

    namespace.wait_for(lambda: may("hooks") == [True] * 3, 20, "the Role to count")
    assert may("default") == [False] * 3


def test_a_missed_deadline_asks_the_agent_for_the_call_that_the_graph_says(namespace: Namespace) -> None:
    """Without an agent: what the controller asks of one, and the pod that it makes for it."""
    text, _ = clock(0.3)
    url = "https://alerts.example.com/in?team=data"
    nodes = f"""
        a: {{source: {{cronWorkflow: a}}}}
        report:
          run: {{workflowTemplate: held, params: {{day: "1"}}}}
          dependsOn: [a]
          deadline: "{text}"
          onMiss: {{webhook: {{url: "{url}", method: PUT, serviceAccountName: hooks}}}}
    """
    namespace.apply(may_be_agent("hooks", []))
    graph = Deployed(namespace, nodes, zone())
    now = datetime.now(UTC)
    namespace.complete_cron("a", now, "Failed", finished_at=now - timedelta(seconds=1))
    alert = run(graph, "report-missed")
    sets = namespace.path("WorkflowTaskSet", alert)
    task_set = namespace.wait_for(lambda: namespace.api.find(sets), 120, f"the task set of {alert}")
    ((_, task),) = task_set["spec"]["tasks"].items()
    key = alert.rpartition("-")[2]
    said = f"report of graph {namespace.graph} has not succeeded by its deadline (key {key})"
    assert task["http"] == {
        "body": f'{{"graph":"{namespace.graph}","key":"{key}","node":"report","phase":null,"text":"{said}",'
        '"what":"missed","workflow":null}',
        "headers": [
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Idempotency-Key", "value": alert},
        ],
        "method": "PUT",
        "timeoutSeconds": 30,
        "url": url,
    }
    pods = namespace.path("Pod", api_version="v1")
    (pod,) = namespace.wait_for(lambda: namespace.api.get(pods)["items"], 30, "the pod of the agent")
    assert pod["spec"]["serviceAccountName"] == "hooks"
    assert "clock.report.deadline" in entries(graph)
    graph.wait_for_runs([alert])
    graph.assert_no_errors()
