"""Nodes whose Workflows use what Argo Workflows has: the real controller runs them, and one fact must come of each end.

The pods are played (`argoexec.py`), all else is real: what `argo retry`, `resubmit`, `resume` and `stop` write are the
functions of Argo's own server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.golden.examples import ROOT
from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.argoexec import RUNS_ON, Pods, pods_end
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, Deployed, deployed, graph_text, manifests
from tests.stack.faults.sweeping import PAUSE, subject
from tests.stack.namespace import Namespace

from depgen.cluster import client
from depgen.cluster.reconcile.counts import Kind
from depgen.cluster.reconcile.sweep import sweep

EXAMPLE = ROOT / "examples" / "06-anything-argo-can-run"
POD: Manifest = {"container": {"image": "none", "command": ["none"]}}
OUTPUT = {"parameters": [{"name": "rows", "globalName": "rows", "valueFrom": {"path": "/tmp/rows"}}]}

NODES = """
    a: {source: {cronWorkflow: a}}
    retried: {run: {workflowTemplate: retried}, dependsOn: [a]}
    after: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [retried]}
    failed: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: retried, status: failure}]}

    b: {source: {cronWorkflow: b}}
    handled: {run: {workflowTemplate: handled}, dependsOn: [b]}
    after-handled: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [handled]}
    failed-handled:
      run: {workflowTemplate: held, params: {day: "1"}}
      dependsOn: [{node: handled, status: failure}]

    c: {source: {cronWorkflow: c}}
    semaphore: {run: {workflowTemplate: semaphore}, dependsOn: [c]}
    after-semaphore: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [semaphore]}
    mutex: {run: {workflowTemplate: mutex}, dependsOn: [c]}
    after-mutex: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [mutex]}

    e: {source: {cronWorkflow: e}}
    waits: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [e]}
    after-waits: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [waits]}
    failed-waits:
      run: {workflowTemplate: held, params: {day: "1"}}
      dependsOn: [{node: waits, status: failure}]

    d: {source: {cronWorkflow: d}}
    cached: {run: {workflowTemplate: cached}, dependsOn: [d]}
    after-cached:
      run: {workflowTemplate: held, params: {day: {from: cached, output: rows}}}
      dependsOn: [cached]
    cached-step: {run: {workflowTemplate: cached-step}, dependsOn: [d]}
    after-cached-step:
      run: {workflowTemplate: held, params: {day: {from: cached-step, output: rows, default: none}}}
      dependsOn: [cached-step]
    cached-whole: {run: {workflowTemplate: cached-whole}, dependsOn: [d]}
    after-cached-whole:
      run: {workflowTemplate: held, params: {day: {from: cached-whole, output: rows, default: none}}}
      dependsOn: [cached-whole]

    f: {source: {cronWorkflow: f}}
    locked: {run: {workflowTemplate: locked}, dependsOn: [f]}
    after-locked: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [locked]}
    failed-locked:
      run: {workflowTemplate: held, params: {day: "1"}}
      dependsOn: [{node: locked, status: failure}]

    g: {source: {cronWorkflow: g}}
    no-slots: {run: {workflowTemplate: no-slots}, dependsOn: [g]}
    failed-no-slots:
      run: {workflowTemplate: held, params: {day: {from: no-slots, field: phase}}}
      dependsOn: [{node: no-slots, status: failure}]

    long: {source: {cronWorkflow: a-cron-workflow-whose-name-is-as-long-as-it-may-be-x}}
    after-long: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [long]}
"""

CACHED = ("cached", "cached-step", "cached-whole")
LONG = "a-cron-workflow-whose-name-is-as-long-as-it-may-be-x"


def template(name: str, templates: dict[str, Manifest], **spec: Any) -> Manifest:
    """A WorkflowTemplate; its entrypoint is the first of the templates."""
    return {
        "apiVersion": workflows.API_VERSION,
        "kind": "WorkflowTemplate",
        "metadata": {"name": name},
        "spec": {
            "entrypoint": next(iter(templates)),
            "templates": [{"name": each, **body} for each, body in templates.items()],
            **spec,
        },
    }


def cache(name: str) -> Manifest:
    """The field `memoize` of a template, with one entry for all dates."""
    return {"key": name, "maxAge": "24h", "cache": {"configMap": {"name": name}}}


TEMPLATES = [
    template("retried", {"try": {**POD, "retryStrategy": {"limit": "1", "retryPolicy": "Always"}}}),
    template("handled", {"work": POD, "tidy": POD}, onExit="tidy", activeDeadlineSeconds=3),
    template(
        "semaphore",
        {"nap": {"suspend": {"duration": "2s"}}},
        synchronization={"semaphores": [{"configMapKeyRef": {"name": "slots", "key": "one"}}]},
    ),
    template(
        "mutex",
        {"nap": {"suspend": {"duration": "2s"}}},
        synchronization={"mutexes": [{"name": "one"}]},
    ),
    template(
        "cached",
        {
            "main": {"dag": {"tasks": [{"name": "count", "template": "count"}]}},
            "count": {**POD, "memoize": cache("cached"), "outputs": OUTPUT},
        },
    ),
    template(
        "cached-step",
        {
            "main": {"steps": [[{"name": "count", "template": "count-step"}]]},
            "count-step": {**POD, "memoize": cache("step"), "outputs": OUTPUT},
        },
    ),
    template("cached-whole", {"count-whole": {**POD, "memoize": cache("whole"), "outputs": OUTPUT}}),
    template("locked", {"wait": {"suspend": {}}}, synchronization={"mutexes": [{"name": "two"}]}),
    template(
        "no-slots",
        {"wait": {"suspend": {}}},
        synchronization={"semaphores": [{"configMapKeyRef": {"name": "no-such", "key": "one"}}]},
    ),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "slots"}, "data": {"one": "1"}},
]


@pytest.fixture(scope="module")
def module_graph(stack: LocalStack) -> Iterator[Deployed]:
    if not isinstance(stack, LocalStack):
        pytest.skip("needs processes of our own")
    with deployed(stack, NODES) as graph:
        graph.namespace.apply(TEMPLATES)
        yield graph


@pytest.fixture
def graph(module_graph: Deployed, local: LocalStack, tmp_path: Path) -> Iterator[Deployed]:
    """After each test a pass of the sweep has nothing to add: the Workflows say what the ledgers say."""
    yield module_graph.begin()
    kubeconfig = local.control_plane.kubeconfig(tmp_path / "kubeconfig")
    text = graph_text(module_graph.namespace, NODES)
    swept = sweep(client.connect(str(kubeconfig)), subject(text), time.time() + PAUSE.total_seconds())
    assert [repair for repair in swept.repairs if repair.kind is not Kind.COMPACTED] == []
    assert swept.present == swept.expected > 0


# -- the example


class Lab:
    """The example under the test's own names, with its templates and its ConfigMaps."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.gpu = namespace.sibling()
        self._cluster_template = f"train-{namespace.graph}"
        texts = [self._renamed(path.read_text()) for path in sorted(EXAMPLE.glob("manifests/*.yaml"))]
        namespace.apply(
            manifest
            for text in texts
            for manifest in yaml.safe_load_all(text)
            if manifest["kind"] != "CronWorkflow"  # its Workflows are made by the test
        )
        text = self._renamed((EXAMPLE / "graph.yaml").read_text())
        namespace.apply(manifests(text.replace("nodes:\n", f"{ANY_DATE}nodes:\n", 1)))
        namespace.wait_ready()

    def _renamed(self, text: str) -> str:
        names = {
            "graph: lab\n": f"graph: {self.namespace.graph}\n",
            "namespace: data": f"namespace: {self.namespace.name}",
            "namespace: gpu": f"namespace: {self.gpu.name}",
            "train-model": self._cluster_template,
        }
        for old, new in names.items():
            text = text.replace(old, new)
        return text

    def close(self) -> None:
        self.namespace.api.delete(self.namespace.path("ClusterWorkflowTemplate", self._cluster_template))

    def run(self, node: str) -> str:
        return f"{self.namespace.graph}-{node}-20261121"

    def runs(self) -> list[str]:
        return sorted(self.namespace.runs() + self.gpu.runs(self.namespace.graph))


@pytest.fixture
def lab(namespace: Namespace, local: LocalStack) -> Iterator[Lab]:
    made = Lab(namespace)
    yield made
    made.close()


def test_the_example_runs_from_its_samples_to_its_publication(lab: Lab, local: LocalStack) -> None:
    namespace, objects = lab.namespace, {"clean": "clean/7", "features": "features/7", "train": "models/7"}
    pods = Pods(
        exits={"fetch": [1, 0, 1]},
        outputs={
            "join": {"object": objects["clean"]},
            "features": {"object": objects["features"]},
            "train": {"object": objects["train"]},
            "score": {"accuracy": "0.93"},
        },
    )
    graph_runs = [lab.run(node) for node in ("clean", "features", "train", "score", "approve")]
    with pods_end(namespace, pods), pods_end(lab.gpu, pods):
        namespace.complete_cron("collect-samples", datetime(2026, 11, 21, 6, tzinfo=UTC))
        namespace.wait_for(lambda: len(lab.runs()) == len(graph_runs), 60, "the run that asks somebody")
        namespace.quiet()
        assert lab.runs() == sorted(graph_runs)
        local.argo("resume", namespace.name, lab.run("approve"))
        namespace.wait_for(
            lambda: _phase(namespace, lab.run("publish")) == "Succeeded", 60, "the publication"
        )
        namespace.quiet()
    assert lab.runs() == sorted([*graph_runs, lab.run("publish")])
    names = ("samples", "clean", "features", "train", "score", "approve", "publish")
    claims = {f"{name} Submitted" for name in names[1:]}
    assert sorted(_facts(namespace)) == sorted(claims | {f"{name} Succeeded" for name in names})
    ended = [template for _, template in pods.ended]
    assert sorted(ended) == sorted(
        ["fetch"] * 4 + ["join", "features", "train", "score", "score", "publish", "unlock"]
    )
    assert _parameters(namespace, lab.run("approve")) == {"accuracy": "0.93"}
    assert _parameters(namespace, lab.run("publish")) == {"model": "models/7"}
    inputs = {
        template["name"]: artifact["s3"]["key"]
        for template in pods.templates.values()
        for artifact in template.get("inputs", {}).get("artifacts", ())
    }
    assert inputs == {"features": "clean/7", "train": "features/7", "score": "models/7"}
    assert [str(line) for line in namespace.errors()] == []


# -- what became of a run


def test_a_pod_that_fails_once_is_no_failure(graph: Deployed) -> None:
    pods = Pods(exits={"try": [1]})
    with pods_end(graph.namespace, pods):
        graph.cron("a")
        graph.wait_for_runs([graph.run("retried"), graph.run("after")])
    assert len(pods.ended) == 2
    graph.wait_for_facts("a Succeeded", "retried Submitted", "retried Succeeded", "after Submitted")
    graph.assert_no_errors()


@pytest.mark.parametrize("verb", ["retry", "resubmit", "resubmit-memoized"])
def test_a_run_that_is_made_to_run_again_keeps_its_key(graph: Deployed, local: LocalStack, verb: str) -> None:
    first = [graph.run("retried"), graph.run("failed")]
    facts = ["a Succeeded", "retried Submitted", "retried Failed", "failed Submitted"]
    with pods_end(graph.namespace, Pods(exits={"try": [1, 1]})):
        graph.cron("a")
        graph.wait_for_runs(first)
        graph.wait_for_facts(*facts)
        again = local.argo(verb, graph.namespace.name, graph.run("retried"))
        graph.wait_for_runs([*first, graph.run("after"), *again.split()])
    claimed = ["retried Submitted"] if again else []
    graph.wait_for_facts(*facts, *claimed, "retried Succeeded", "after Submitted")
    assert again.startswith(f"{graph.run('retried')}-") == (verb != "retry")
    graph.assert_no_errors()


def test_a_run_is_over_when_its_exit_handler_is(graph: Deployed) -> None:
    pods = Pods(exits={"tidy": [RUNS_ON]})
    with pods_end(graph.namespace, pods):
        graph.cron("b")
        graph.namespace.wait_for(lambda: _is_running(graph, "tidy"), 30, "the exit handler")
        graph.wait_for_runs([graph.run("handled")])
        graph.wait_for_facts("b Succeeded", "handled Submitted")
        pods.exits = {}
        graph.wait_for_runs([graph.run("handled"), graph.run("after-handled")])
    graph.assert_no_errors()


def test_a_run_whose_exit_handler_fails_has_failed(graph: Deployed) -> None:
    with pods_end(graph.namespace, Pods(exits={"tidy": [1]})):
        graph.cron("b")
        graph.wait_for_runs([graph.run("handled"), graph.run("failed-handled")])
    graph.wait_for_facts("b Succeeded", "handled Submitted", "handled Failed", "failed-handled Submitted")
    graph.assert_no_errors()


def test_a_run_that_takes_too_long_has_failed_once_it_was_tidied_up(graph: Deployed) -> None:
    pods = Pods(exits={"work": [RUNS_ON]})
    with pods_end(graph.namespace, pods):
        graph.cron("b")
        graph.wait_for_runs([graph.run("handled"), graph.run("failed-handled")])
    assert [template for _, template in pods.ended] == ["work", "tidy"]
    graph.wait_for_facts("b Succeeded", "handled Submitted", "handled Failed", "failed-handled Submitted")
    graph.assert_no_errors()


@pytest.mark.parametrize(
    ("verb", "phase", "node"),
    [
        ("resume", "Succeeded", "after-waits"),
        ("stop", "Failed", "failed-waits"),
        ("terminate", "Failed", "failed-waits"),
    ],
)
def test_a_run_that_waits_for_somebody_ends_as_they_say(
    graph: Deployed, local: LocalStack, verb: str, phase: str, node: str
) -> None:
    graph.cron("e")
    graph.wait_for_runs([graph.run("waits")])
    graph.namespace.wait_for(
        lambda: _phase(graph.namespace, graph.run("waits")) == "Running", 30, "the run to wait"
    )
    local.argo(verb, graph.namespace.name, graph.run("waits"))
    graph.wait_for_runs([graph.run("waits"), graph.run(node)])
    graph.wait_for_facts("e Succeeded", "waits Submitted", f"waits {phase}", f"{node} Submitted")
    graph.assert_no_errors()


def test_runs_of_several_dates_that_share_a_lock_run_one_after_the_other(graph: Deployed) -> None:
    days, nodes = (0, 1, 2), ("semaphore", "mutex")
    for day in days:
        graph.cron("c", day)
    runs = [graph.run(node, day) for day in days for node in (*nodes, *(f"after-{n}" for n in nodes))]
    graph.wait_for_runs(runs, timeout=60)
    for node in nodes:
        spans = sorted(_span(graph.namespace, graph.run(node, day)) for day in days)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans)), spans
    for day in days:
        facts = [f"{node} {phase}" for node in nodes for phase in ("Submitted", "Succeeded")]
        graph.wait_for_facts("c Succeeded", *facts, *(f"after-{node} Submitted" for node in nodes), day=day)
    graph.assert_no_errors()


def test_a_run_that_a_cache_answers_is_a_run(graph: Deployed, local: LocalStack) -> None:
    """Of a cached entrypoint, or step, the controller keeps no global output, so a default stands in."""
    nodes = [name for node in CACHED for name in (node, f"after-{node}")]
    pods = Pods(outputs={name: {"rows": "42"} for name in ("count", "count-step", "count-whole")})
    with pods_end(graph.namespace, pods):
        graph.cron("d")
        graph.wait_for_runs([graph.run(node) for node in nodes])
        graph.cron("d", 1)
        runs = [graph.run(node, day) for node in nodes for day in (0, 1)]
        graph.wait_for_runs(runs)
        again = local.argo("resubmit", graph.namespace.name, graph.run("cached", 1))
        graph.wait_for_runs([*runs, again])
    assert sorted(template for _, template in pods.ended) == ["count", "count-step", "count-whole"]
    told = {node: [graph.params(graph.run(f"after-{node}", day))["day"] for day in (0, 1)] for node in CACHED}
    assert told == {"cached": ["42", "42"], "cached-step": ["42", "none"], "cached-whole": ["42", "none"]}
    facts = [f"{node} {phase}" for node in CACHED for phase in ("Submitted", "Succeeded")]
    once_more = ["cached Submitted", "cached Succeeded"]
    ends = [f"after-{node} Submitted" for node in CACHED]
    graph.wait_for_facts("d Succeeded", *facts, *once_more, *ends, day=1)
    graph.assert_no_errors()


def test_a_run_that_is_ended_while_it_waits_for_a_lock_has_failed(graph: Deployed, local: LocalStack) -> None:
    namespace, runs = graph.namespace, [graph.run("locked", day) for day in (0, 1)]
    graph.cron("f", 0)
    namespace.wait_for(lambda: _phase(namespace, runs[0]) == "Running", 30, "the first to have the lock")
    graph.cron("f", 1)
    namespace.wait_for(lambda: _phase(namespace, runs[1]) == "Pending", 30, "the second to wait for it")
    local.argo("terminate", namespace.name, runs[1])
    graph.wait_for_runs([*runs, graph.run("failed-locked", 1)])
    local.argo("resume", namespace.name, runs[0])
    graph.wait_for_runs([*runs, graph.run("after-locked", 0), graph.run("failed-locked", 1)])
    graph.wait_for_facts("f Succeeded", "locked Submitted", "locked Failed", "failed-locked Submitted", day=1)
    graph.assert_no_errors()


def test_a_run_whose_semaphore_is_not_there_has_failed(graph: Deployed) -> None:
    graph.cron("g")
    graph.wait_for_runs([graph.run("no-slots"), graph.run("failed-no-slots")])
    graph.assert_no_errors()


def test_a_resubmitted_run_of_a_long_name_keeps_its_key(graph: Deployed, local: LocalStack) -> None:
    """The API server cuts a generated name at 58 characters, here in the middle of the scheduled time."""
    failed = graph.cron(LONG, phase="Failed")["metadata"]["name"]
    graph.wait_for_facts("long Failed")
    again = local.argo("resubmit", graph.namespace.name, failed)
    graph.namespace.finish(again)
    graph.wait_for_runs([graph.run("after-long")])
    graph.wait_for_facts("long Failed", "long Succeeded", "after-long Submitted")
    graph.assert_no_errors()


# -- what is there


def _phase(namespace: Namespace, name: str) -> str:
    run = namespace.api.find(namespace.path("Workflow", name)) or {}
    return str(run.get("status", {}).get("phase", ""))


def _parameters(namespace: Namespace, name: str) -> dict[str, str]:
    run = namespace.api.get(namespace.path("Workflow", name))
    return {p["name"]: p["value"] for p in run["spec"]["arguments"]["parameters"]}


def _facts(namespace: Namespace) -> list[str]:
    ledger = namespace.ledger(f"{namespace.graph}-20261121") or {}
    return [f"{name.split('.')[1]} {json.loads(fact)['phase']}" for name, fact in ledger.items()]


def _is_running(graph: Deployed, template: str) -> bool:
    pods = graph.namespace.api.get(graph.namespace.path("Pod", api_version="v1"))["items"]
    return any(p["status"]["phase"] == "Running" and f"-{template}-" in p["metadata"]["name"] for p in pods)


def _span(namespace: Namespace, name: str) -> tuple[str, str]:
    """When the one step of a Workflow began and ended."""
    (node,) = namespace.api.get(namespace.path("Workflow", name))["status"]["nodes"].values()
    return node["startedAt"], node["finishedAt"]
