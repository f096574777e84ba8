"""Admission policies on the real API server: what they refuse, whom, and that nothing else is in their way.

RBAC lets everybody here do everything with Workflows and ConfigMaps, so what is refused is refused by a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from tests.golden.examples import EXAMPLES
from tests.stack import workflows
from tests.stack.api import Api, ApiError, Manifest
from tests.stack.deployed import Deployed, graph_text, manifests
from tests.stack.guarded import STRANGER, guarded
from tests.stack.namespace import Namespace
from tests.stack.services import Stack
from tests.stack.test_examples import SYNCS, Nights

from depgen import naming

NODES = """
    a: {source: {cronWorkflow: a}}
    tagged: {source: {workflows: {matchLabels: {team: core, kind: load}}}}
    plain:
      run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}, fixed: "no {brace}"}}
      dependsOn: [a]
      docs: Some words
      deadline: "23:59+9d"
      onMiss: {run: {workflowTemplate: held, params: {day: {from: $trigger, field: node}}}}
    there: {run: {workflowTemplate: held, namespace: THERE, params: {day: "1"}}, dependsOn: [a]}
    cluster: {run: {clusterWorkflowTemplate: CLUSTER, params: {day: "1"}}, dependsOn: [a]}
    queued:
      run: {workflowTemplate: held, params: {day: "1"}}
      dependsOn: [a]
      concurrencyPolicy: Queue
      startBy: "23:59+9d"
      onMiss: {webhook: {url: "https://example.com/alerts", headers: {A: {secret: s, key: k}}}}
    shared:
      run: {workflowTemplate: held, params: {day: "1"}, spec: {synchronization: {mutexes: [{name: GRAPH-db}]}}}
      dependsOn: [a]
      concurrencyPolicy: Queue
    tuned:
      run:
        workflowTemplate: held
        params: {day: {from: a, output: rows}}
        labels: {team: core}
        annotations: {example.com/note: "text"}
        spec:
          serviceAccountName: runner
          priority: 5
          ttlStrategy: {secondsAfterCompletion: 86400}
          volumes: [{name: work, emptyDir: {}}]
          podMetadata: {labels: {app: x}}
          parallelism: 3
      dependsOn: [{node: a, status: done}]
    whole:
      run:
        params: {day: {key: "%Y"}}
        workflowSpec:
          entrypoint: main
          arguments: {parameters: [{name: more, value: "2"}, {name: rate, value: "0.5"}]}
          templates:
            - name: main
              steps: [[{name: one, template: nap}]]
            - {name: nap, suspend: {duration: "1h"}}
      dependsOn: [a]
"""
HEAD = """partitions: 3
onFailure: {run: {workflowTemplate: held, namespace: THERE, params: {day: {from: $trigger, field: workflow}}}}
"""
RUNS = ("plain", "there", "cluster", "queued", "shared", "tuned", "whole")


class Guarded:
    """A deployed graph with its policies in force, and clients for those who try something."""

    def __init__(self, deployment: Deployed, text: str) -> None:
        self.deployment = deployment
        self.namespace = deployment.namespace
        self.graph = deployment.namespace.graph
        sensors = [o for o in manifests(text) if o["kind"] == "Sensor" and "submit" in o["metadata"]["name"]]
        triggers = [trigger["template"] for sensor in sensors for trigger in sensor["spec"]["triggers"]]
        self._sent = {t["name"]: t["k8s"]["source"]["resource"] for t in triggers}
        account = f"system:serviceaccount:{self.namespace.name}:{self.graph}-"
        api = self.namespace.api
        self.submit = api.acting_as(f"{account}submit", "system:masters")
        self.record = api.acting_as(f"{account}record", "system:masters")
        self.claim = api.acting_as(f"{account}claim", "system:masters")
        self.sweep = api.acting_as(f"{account}sweep", "system:masters")
        self.watch = api.acting_as(f"{account}watch", "system:masters")
        self.stranger = api.acting_as(STRANGER, "system:masters")
        self.cleaner = api.acting_as(
            "system:serviceaccount:kube-system:namespace-controller", "system:masters"
        )
        self.operator = api.acting_as("ann", "depgen-operators")
        self.nobody = api.acting_as("bob", "depgen-readers")

    def close(self) -> None:
        for client in vars(self).values():
            if isinstance(client, Api):
                client.close()

    def sent(self, node: str, day: int = 0) -> Manifest:
        """A Workflow as the submit Sensor sends it: what its trigger says, the rest from a run of another day."""
        where = self.namespace.siblings[0] if node == "there" else self.namespace
        run = where.api.get(where.path("Workflow", self.deployment.run(node)))
        metadata: Manifest = {"name": self.deployment.run(node, day), "namespace": where.name}
        for name in ("labels", "annotations"):
            given = run["metadata"].get(name, {})
            # The controller has added its own since.
            metadata[name] = {n: v for n, v in given.items() if not n.startswith(workflows.LABEL)}
        metadata["labels"]["depgen.io/key"] = self.deployment.key(day)
        workflow = {**deepcopy(self._sent[node]), "metadata": metadata}
        workflow["spec"]["arguments"] = deepcopy(run["spec"]["arguments"])
        return workflow

    def spec_of(self, trigger: str) -> Manifest:
        """The spec of a Workflow as the trigger has it, before an event fills in its arguments."""
        spec: Manifest = self._sent[trigger]["spec"]
        return spec

    def refusal(self, part: str, call: Callable[[], Any]) -> str:
        """What the policy says to the call; it has to be refused, by that policy.

        Of several policies that refuse, the API server names any.
        """
        with pytest.raises(ApiError) as refused:
            call()
        name = f"depgen.{self.namespace.name}.{self.graph}.{part}"
        head = f"ValidatingAdmissionPolicy '{name}' with binding '{name}' denied request: "
        assert (refused.value.status, head in str(refused.value)) == (403, True), refused.value
        return str(refused.value).partition(head)[2]


def create(api: Api, workflow: Manifest) -> Manifest:
    """Posts a Workflow, in its namespace."""
    metadata = workflow["metadata"]
    made: Manifest = api.post(api.path(workflows.API_VERSION, "Workflow", metadata["namespace"]), workflow)
    return made


def changed(workflow: Manifest, path: str, value: Any) -> Manifest:
    """A copy with another value at a path such as `spec/arguments/parameters/0/value`; None removes it."""
    copy = deepcopy(workflow)
    *way, last = [int(step) if step.isdecimal() else step.replace("~", "/") for step in path.split("/")]
    part: Any = copy
    for step in way:
        part = part[step] if isinstance(step, int) else part.setdefault(step, {})
    if value is None:
        del part[last]
    else:
        part[last] = value
    return copy


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Guarded]:
    namespace = Namespace(stack)
    cluster = f"{namespace.graph}-held"
    template = workflows.suspend_template(cluster, None, parameters=("day",)) | {
        "kind": "ClusterWorkflowTemplate"
    }
    rights = [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "all"},
         "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "all"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "all"},
         "subjects": [{"kind": "Group", "name": name} for name in ("depgen-operators", "depgen-readers")]},
    ]  # fmt: skip
    try:
        there = namespace.sibling()
        namespace.apply([template, *rights])
        nodes = (
            NODES.replace("THERE", there.name).replace("CLUSTER", cluster).replace("GRAPH", namespace.graph)
        )
        head = HEAD.replace("THERE", there.name)
        deployment = Deployed(namespace, nodes, head=head)
        text = graph_text(namespace, nodes, head=head)
        with guarded(namespace, text), closing(Guarded(deployment, text)) as found:
            deployment.begin()
            deployment.cron("a", outputs={"rows": "42"})
            names = [deployment.run(node) for node in RUNS if node != "there"]
            deployment.wait_for_runs(names)
            assert there.runs(namespace.graph) == [deployment.run("there")]
            deployment.assert_no_errors()
            yield found
    finally:
        namespace.api.delete(namespace.path("ClusterWorkflowTemplate", cluster))
        namespace.close()


# ---- what has to go on ----


def test_what_the_sensors_submit_under_the_policies_is_what_the_graph_says(deployment: Guarded) -> None:
    graph = deployment.deployment
    assert graph.params(graph.run("plain"))["fixed"] == "no {brace}"
    assert graph.params(graph.run("tuned")) == {"day": "42"}
    assert deployment.sent("tuned")["spec"]["serviceAccountName"] == "runner"


@pytest.mark.parametrize("node", RUNS)
def test_a_run_as_the_sensor_sends_it_is_let_through(deployment: Guarded, node: str) -> None:
    created = create(deployment.submit, deployment.sent(node, day=50))
    assert created["metadata"]["name"] == deployment.deployment.run(node, 50)


def test_alerts_are_let_through(deployment: Guarded) -> None:
    """`plain-failed` is what the Sensor submits for any failed run, `plain-missed` for a deadline."""
    graph, (there, *_) = deployment.deployment, deployment.namespace.siblings
    graph.cron("a", 5, outputs={"rows": "1"})
    graph.namespace.wait_for(lambda: graph.run("plain", 5) in graph.runs(), 30, "the run of day 5")
    graph.namespace.finish(graph.run("plain", 5), "Failed")
    failed = graph.run("plain-failed", 5)
    graph.namespace.wait_for(lambda: failed in there.runs(graph.namespace.graph), 30, failed)
    missed = changed(deployment.sent("plain", 6), "metadata/labels/depgen.io~node", "plain-missed")
    missed = changed(missed, "metadata/name", graph.run("plain-missed", 6))
    deployment.refusal("submit", lambda: create(deployment.submit, missed))
    create(
        deployment.submit, changed(missed, "spec/arguments/parameters", [{"name": "day", "value": "plain"}])
    )
    graph.assert_no_errors()


@pytest.mark.parametrize("node", ["queued", "shared"])
def test_a_rerun_of_a_queued_node_has_a_mutex_of_its_own(deployment: Guarded, node: str) -> None:
    graph = deployment.deployment
    run = changed(deployment.sent(node, 51), "metadata/labels/depgen.io~key", f"{graph.key(51)}-fix1")
    run = changed(run, "metadata/name", f"{graph.run(node, 51)}-fix1")
    last = len(run["spec"]["synchronization"]["mutexes"]) - 1
    where = f"spec/synchronization/mutexes/{last}/name"
    deployment.refusal("submit", lambda: create(deployment.submit, run))
    again = changed(run, where, f"{deployment.graph}-{node}.fix1")
    create(deployment.submit, again)
    other = changed(deployment.sent(node, 52), where, f"{deployment.graph}-{node}.fix1")
    deployment.refusal("submit", lambda: create(deployment.submit, other))


def test_the_workflow_of_a_webhook_is_let_through_and_calls_nobody_else(deployment: Guarded) -> None:
    graph = deployment.deployment
    node = "queued-late"
    call = deployment.sent("queued", 53)
    call = changed(call, "metadata/labels/depgen.io~node", node)
    call = changed(call, "metadata/name", graph.run(node, 53))
    partition = str(naming.partition_of("queued", 3))
    call = changed(call, "metadata/labels/depgen.io~partition", partition)
    call["spec"] = deepcopy(deployment.spec_of(node))
    call = changed(call, "spec/arguments/parameters/0/value", '{"a":{"b":"x"}}')
    for path, value in (
        ("spec/templates/0/http/url", "https://example.org"),
        ("spec/templates/0/http/headers/0/valueFrom/secretKeyRef/name", "other"),
        ("spec/arguments/parameters/0/value", '{"a": "{{workflow.name}}"}'),
        ("spec/serviceAccountName", "admin"),
    ):
        forged = changed(call, path, value)
        deployment.refusal("submit", partial(create, deployment.submit, forged))
    create(deployment.submit, call)


def test_the_seed_story_runs_under_its_policies(namespace: Namespace) -> None:
    nights = Nights(namespace, (EXAMPLES[0] / "graph.yaml").read_text())
    with guarded(namespace, nights.text):
        for sync in SYNCS:
            nights.ends(sync, 20, "20:15:00")
        nights.ends("clean-raw", 20, "22:10:00")
        nights.have_submitted(nights.run("analysis", 20))
        namespace.finish(nights.run("analysis", 20))
        nights.have_submitted(nights.run("analysis", 20), nights.run("report", 20))
        assert nights.parameters(nights.run("report", 20)) == {"day": "2026-11-20"}
        assert [str(line) for line in namespace.errors()] == []


def test_a_graph_of_a_thousand_nodes_fits_its_policies(namespace: Namespace) -> None:
    head = "onFailure: {run: {workflowTemplate: page}}\npartitions: 10\ndefaults: {run: {spec: {serviceAccountName: etl}}}\n"
    nodes = [f"source-{i:03}: {{source: {{cronWorkflow: cron-{i:03}}}}}" for i in range(200)] + [
        f"a-job-with-a-long-name-{i:03}: {{run: {{workflowTemplate: template-of-job-{i:03}, params: {{day: {{key: '%Y'}}}}}},"
        f" dependsOn: [source-{i % 200:03}], concurrencyPolicy: {('Allow', 'Queue')[i % 2]}}}"
        for i in range(800)
    ]
    node = "a-job-with-a-long-name-799"
    partition = str(naming.partition_of(node, 10))
    labels = {"graph": namespace.graph, "key": "20261121", "node": node, "partition": partition}
    run = {
        "apiVersion": workflows.API_VERSION,
        "kind": "Workflow",
        "metadata": {
            "name": f"{namespace.graph}-{node}-20261121",
            "namespace": namespace.name,
            "labels": {f"depgen.io/{name}": value for name, value in labels.items()},
        },
        "spec": {
            "workflowTemplateRef": {"name": "template-of-job-799"},
            "arguments": {"parameters": [{"name": "day", "value": "2026"}]},
            "serviceAccountName": "etl",
            "synchronization": {"mutexes": [{"name": f"{namespace.graph}-{node}"}]},
        },
    }
    user = f"system:serviceaccount:{namespace.name}:{namespace.graph}-submit"
    api = namespace.api.acting_as(user, "system:masters")
    with closing(api), guarded(namespace, graph_text(namespace, "\n".join(nodes), head=head)):
        for path, value in (
            ("spec/podSpecPatch", "{}"),
            ("spec/workflowTemplateRef/name", "template-of-job-798"),
            ("spec/synchronization", None),
            ("metadata/labels/depgen.io~node", "a-job-with-a-long-name-800"),
        ):
            with pytest.raises(ApiError, match="denied request: the submit account"):
                create(api, changed(run, path, value))
        create(api, run)


# ---- the submit account ----

FORGED = {
    "podSpecPatch": ("plain", "spec/podSpecPatch", "{}"),
    "another template": ("plain", "spec/workflowTemplateRef/name", "other"),
    "a cluster template of that name": ("plain", "spec/workflowTemplateRef/clusterScope", True),
    "no template at all": ("plain", "spec/workflowTemplateRef", None),
    "its own ServiceAccount": ("plain", "spec/serviceAccountName", "admin"),
    "another ServiceAccount than the graph's": ("tuned", "spec/serviceAccountName", "admin"),
    "none of the graph's ServiceAccounts": ("tuned", "spec/serviceAccountName", None),
    "a hostPath volume": ("plain", "spec/volumes", [{"name": "h", "hostPath": {"path": "/"}}]),
    "a hostPath beside the graph's volume": (
        "tuned",
        "spec/volumes",
        [{"name": "work", "emptyDir": {}}, {"name": "h", "hostPath": {"path": "/"}}],
    ),
    "a hook": ("plain", "spec/hooks", {"exit": {"template": "x"}}),
    "an exit handler": ("plain", "spec/onExit", "x"),
    "templates": ("plain", "spec/templates", [{"name": "x", "container": {"image": "x"}}]),
    "another entrypoint": ("whole", "spec/entrypoint", "nap"),
    "another step": ("whole", "spec/templates/0/steps/0/0/template", "other"),
    "a container in its own spec": ("whole", "spec/templates/1/container", {"image": "x"}),
    "another priority": ("tuned", "spec/priority", 1000),
    "another mutex": ("queued", "spec/synchronization/mutexes/0/name", "other"),
    "another mutex of the graph's": ("shared", "spec/synchronization/mutexes/0/name", "other"),
    "no mutex of the graph's": ("shared", "spec/synchronization/mutexes", []),
    "a semaphore": (
        "queued",
        "spec/synchronization/semaphores",
        [{"configMapKeyRef": {"name": "x", "key": "y"}}],
    ),
    "one more argument": ("plain", "spec/arguments/parameters", [{"name": "x", "value": "1"}]),
    "another fixed value": ("plain", "spec/arguments/parameters/1/value", "other"),
    "a fixed value of a whole spec": ("whole", "spec/arguments/parameters/1/value", "other"),
    "a value that Argo would expand": ("plain", "spec/arguments/parameters/0/value", "{{=sprig.now()}}"),
    "a value that is no string": ("plain", "spec/arguments/parameters/0/value", {"a": 1}),
    "a value read from elsewhere": (
        "plain",
        "spec/arguments/parameters/0/valueFrom",
        {"configMapKeyRef": {"name": "secret", "key": "x"}},
    ),
    "artifacts": ("plain", "spec/arguments/artifacts", [{"name": "x", "raw": {"data": "x"}}]),
    "another name": ("plain", "metadata/name", "mine"),
    "the name of another node's run": ("plain", "metadata/name", "GRAPH-whole-20261231"),
    "another node's label": ("plain", "metadata/labels/depgen.io~node", "whole"),
    "a node that is not": ("plain", "metadata/labels/depgen.io~node", "nobody"),
    "the node of a source": ("plain", "metadata/labels/depgen.io~node", "a"),
    "no node": ("plain", "metadata/labels/depgen.io~node", None),
    "another graph": ("plain", "metadata/labels/depgen.io~graph", "other"),
    "another key": ("plain", "metadata/labels/depgen.io~key", "20000101"),
    "a key that is none": ("plain", "metadata/labels/depgen.io~key", "x"),
    "another partition": ("plain", "metadata/labels/depgen.io~partition", "9"),
    "no partition": ("plain", "metadata/labels/depgen.io~partition", None),
    "another label of the graph's": ("tuned", "metadata/labels/team", "other"),
    "the label of a source": ("plain", "metadata/labels/workflows.argoproj.io~cron-workflow", "a"),
    "the label of an instance": ("plain", "metadata/labels/workflows.argoproj.io~controller-instanceid", "x"),
    "a scheduled time": ("plain", "metadata/annotations/workflows.argoproj.io~scheduled-time", "x"),
    "a finalizer": ("plain", "metadata/finalizers", ["example.com/x"]),
    "an owner": (
        "plain",
        "metadata/ownerReferences",
        [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x"}],
    ),
    "another namespace": ("plain", "metadata/namespace", "THERE"),
    "a status": ("plain", "status", {"phase": "Succeeded"}),
    "nodes of a status": ("plain", "status", {"nodes": {"x": {"phase": "Succeeded"}}}),
    "the label of a completion": ("plain", "metadata/labels/workflows.argoproj.io~completed", "false"),
}  # fmt: skip


@pytest.mark.parametrize("attack", FORGED)
def test_the_submit_account_cannot_forge(deployment: Guarded, attack: str) -> None:
    node, path, value = FORGED[attack]
    if isinstance(value, str):
        value = value.replace("GRAPH", deployment.graph).replace(
            "THERE", deployment.namespace.siblings[0].name
        )
    workflow = changed(deployment.sent(node, day=60), path, value)
    if attack in ("a status", "nodes of a status"):
        deployment.refusal("runs", lambda: create(deployment.submit, workflow))
    else:
        deployment.refusal("submit", lambda: create(deployment.submit, workflow))


def test_the_submit_account_cannot_change_or_delete_what_is_there(deployment: Guarded) -> None:
    path = deployment.namespace.path("Workflow", deployment.deployment.run("plain"))
    patch = {"spec": {"podSpecPatch": "{}"}}
    said = deployment.refusal("submit", lambda: deployment.submit.merge_patch(path, patch))
    assert said == f"the submit account of graph {deployment.graph} may do nothing but create Workflows"
    deployment.refusal("submit", lambda: deployment.submit.delete(path))


# ---- completions ----


def test_nobody_but_the_controller_creates_a_completed_run_or_source(deployment: Guarded) -> None:
    namespace = deployment.namespace
    forged = [
        workflows.completed("x-1", labels={"workflows.argoproj.io/cron-workflow": "a"}),
        workflows.completed("x-2", labels={"team": "core", "kind": "load"}),
    ]
    for workflow in forged:
        for who in (deployment.stranger, deployment.operator, deployment.submit, deployment.record):
            with pytest.raises(ApiError, match="denied request"):
                create(who, {**workflow, "metadata": {**workflow["metadata"], "namespace": namespace.name}})
    run = deployment.sent("plain", day=70)
    ended = workflows.completed("x", spec=run["spec"])
    ended["metadata"] = {
        **run["metadata"],
        "labels": {**run["metadata"]["labels"], **ended["metadata"]["labels"]},
    }
    deployment.refusal("runs", lambda: create(deployment.operator, ended))
    create(namespace.api, ended)


def test_a_status_without_the_label_is_no_way_around(deployment: Guarded) -> None:
    """The controller would complete such a Workflow itself."""
    labels = {"workflows.argoproj.io/cron-workflow": "a"}
    for status in ({"phase": "Succeeded"}, {"nodes": {"x-3": {"id": "x-3", "phase": "Succeeded"}}}):
        workflow = {**workflows.completed("x-3", labels=labels), "status": status}
        workflow["metadata"] = {"name": "x-3", "labels": labels, "namespace": deployment.namespace.name}
        said = deployment.refusal("runs", partial(create, deployment.stranger, workflow))
        assert said.endswith("may create one that has ended or has a status")


def test_nobody_but_the_controller_ends_a_run(deployment: Guarded) -> None:
    path = deployment.namespace.path("Workflow", deployment.deployment.run("plain"))
    patches: list[Manifest] = [
        {"metadata": {"labels": {"workflows.argoproj.io/completed": "true"}}},
        {"status": {"phase": "Succeeded"}},
        {"status": {"phase": "Error", "finishedAt": "2026-11-21T00:00:00Z"}},
    ]
    for patch in patches:
        for who in (deployment.stranger, deployment.operator):
            deployment.refusal("runs", partial(who.merge_patch, path, patch))


def test_what_people_do_with_runs_is_let_through(deployment: Guarded) -> None:
    """`argo stop`, `argo retry`, a label; a cron child submitted by hand; a Workflow of somebody else that has ended."""
    namespace, api = deployment.namespace, deployment.stranger
    path = namespace.path("Workflow", deployment.deployment.run("queued"))
    api.merge_patch(path, {"metadata": {"labels": {"seen": "yes"}}})
    api.merge_patch(path, {"spec": {"shutdown": "Stop"}})
    namespace.wait_for(
        lambda: namespace.api.get(path).get("status", {}).get("phase") == "Failed", 20, "its end"
    )
    again = {
        "metadata": {"labels": {"workflows.argoproj.io/completed": None}},
        "spec": {"shutdown": None},
        "status": {"phase": "Running", "finishedAt": None},
    }
    api.merge_patch(path, again)
    labels = {"workflows.argoproj.io/cron-workflow": "a", "depgen.io/key": "20200101"}
    manual = {"name": "a-hand1", "labels": labels, "namespace": namespace.name}
    workflow = {
        "apiVersion": workflows.API_VERSION,
        "kind": "Workflow",
        "metadata": manual,
        "spec": workflows.HELD_SPEC,
    }
    create(api, {**workflow, "status": {"startedAt": None, "finishedAt": None}})
    other = workflows.completed("somebody-elses", labels={"workflows.argoproj.io/cron-workflow": "b"})
    other["metadata"]["namespace"] = namespace.name
    create(api, other)


def test_a_workflow_that_has_ended_stays_what_it_is(deployment: Guarded) -> None:
    namespace = deployment.namespace
    namespace.complete("theirs", labels={"owner": "them"})
    ended = deployment.deployment.cron("a", 80)["metadata"]["name"]
    graph_labels = {
        "depgen.io/graph": deployment.graph,
        "depgen.io/node": "plain",
        "depgen.io/key": "20200101",
    }
    attempts: list[tuple[str, Manifest]] = [
        ("theirs", {"metadata": {"labels": graph_labels}}),
        ("theirs", {"metadata": {"labels": {"workflows.argoproj.io/cron-workflow": "a"}}}),
        (ended, {"metadata": {"labels": {"depgen.io/key": "20200101"}}}),
        (
            ended,
            {"metadata": {"annotations": {"workflows.argoproj.io/scheduled-time": "2020-01-01T00:00:00Z"}}},
        ),
        (ended, {"status": {"phase": "Failed"}}),
        (ended, {"status": {"outputs": {"parameters": [{"name": "rows", "value": "1"}]}}}),
        (ended, {"spec": {"priority": 1}}),
    ]
    for name, patch in attempts:
        path = namespace.path("Workflow", name)
        deployment.refusal("runs", partial(deployment.stranger.merge_patch, path, patch))
    key = {"metadata": {"labels": {"depgen.io/key": "20200102"}}}
    deployment.operator.merge_patch(namespace.path("Workflow", ended), key)


def test_a_run_is_started_by_the_submit_account_and_by_operators(deployment: Guarded) -> None:
    run = deployment.sent("plain", day=90)
    said = deployment.refusal("runs", lambda: create(deployment.stranger, run))
    assert said == (
        f"only the submit account of graph {deployment.graph} and operators may start a run of that graph,"
        " or change whose run it is"
    )
    unlabelled = changed(run, "metadata/labels", {})
    deployment.refusal("runs", lambda: create(deployment.stranger, unlabelled))
    running = deployment.namespace.path("Workflow", deployment.deployment.run("plain"))
    key = {"metadata": {"labels": {"depgen.io/key": "20200101"}}}
    deployment.refusal("runs", lambda: deployment.stranger.merge_patch(running, key))
    create(deployment.operator, run)


# ---- ledgers ----


def test_ledgers_are_written_by_record_claim_sweep_and_operators(deployment: Guarded) -> None:
    for number, who in enumerate(
        (deployment.record, deployment.claim, deployment.sweep, deployment.operator), start=10
    ):
        name = f"{deployment.graph}-p0-202001{number}"
        path = deployment.namespace.path("ConfigMap", api_version="v1")
        who.post(path, {"metadata": {"name": name, "labels": {"depgen.io/graph": deployment.graph}}})
        who.merge_patch(f"{path}/{name}", {"data": {"run.a": "x"}})
        who.delete(f"{path}/{name}")


def test_ledgers_are_written_by_nobody_else(deployment: Guarded) -> None:
    namespace, graph = deployment.namespace, deployment.graph
    path = namespace.path("ConfigMap", api_version="v1")
    label = {"depgen.io/graph": graph}
    (ledger, *_) = namespace.ledgers()
    namespace.apply(
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes"}, "data": {"x": "y"}}]
    )
    for who in (deployment.stranger, deployment.submit, deployment.watch, deployment.nobody):
        attempts: list[Callable[[], Any]] = [
            partial(who.post, path, {"metadata": {"name": "any", "labels": label}}),
            partial(who.post, path, {"metadata": {"name": f"{graph}-20300101"}}),
            partial(who.post, path, {"metadata": {"name": f"{graph}-p2-20300101t14"}}),
            partial(who.post, path, {"metadata": {"name": f"{graph}-sweep"}}),
            partial(who.merge_patch, f"{path}/{ledger}", {"data": {"fire.plain": "{}"}}),
            partial(who.merge_patch, f"{path}/{ledger}", {"metadata": {"labels": {"depgen.io/graph": None}}}),
            partial(who.merge_patch, f"{path}/notes", {"metadata": {"labels": label}}),
            partial(who.request, "DELETE", f"{path}/{ledger}"),
            partial(who.request, "DELETE", f"{path}?labelSelector=depgen.io%2Fgraph%3D{graph}"),
        ]
        for attempt in attempts:
            said = deployment.refusal("ledgers", attempt)
            assert said == (
                f"only the record, claim and sweep accounts of graph {graph} and operators may write its ledgers"
            )
        who.merge_patch(f"{path}/notes", {"data": {"x": "z"}})
    assert namespace.ledger(ledger)


def test_a_namespace_that_is_deleted_is_emptied(deployment: Guarded) -> None:
    namespace = deployment.namespace
    path = namespace.path("ConfigMap", f"{deployment.graph}-p0-20200120", "v1")
    deployment.record.post(
        namespace.path("ConfigMap", api_version="v1"), {"metadata": {"name": path.rpartition("/")[2]}}
    )
    deployment.refusal("ledgers", lambda: deployment.cleaner.merge_patch(path, {"data": {"x": "y"}}))
    deployment.cleaner.delete(path)
    assert namespace.api.find(path) is None
