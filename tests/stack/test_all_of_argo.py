"""Nodes whose Workflows use what Argo Workflows has: the real controller runs them, and one fact must come of each end.

The pods are played (`argoexec.py`), all else is real: what `argo retry`, `resubmit`, `resume` and `stop` write are the
functions of Argo's own server.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Iterator
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

    h: {source: {cronWorkflow: h}}
    queued: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [h], concurrencyPolicy: Queue}
    after-queued: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [queued]}
    failed-queued:
      run: {workflowTemplate: held, params: {day: "1"}}
      dependsOn: [{node: queued, status: failure}]

    g: {source: {cronWorkflow: g}}
    no-slots: {run: {workflowTemplate: no-slots}, dependsOn: [g]}
    failed-no-slots:
      run: {workflowTemplate: held, params: {day: {from: no-slots, field: phase}}}
      dependsOn: [{node: no-slots, status: failure}]

    i: {source: {cronWorkflow: i}}
    hooked: {run: {workflowTemplate: hooked}, dependsOn: [i]}
    after-hooked: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [hooked]}

    j: {source: {cronWorkflow: j}}
    lines-up: {run: {workflowTemplate: guarded}, dependsOn: [j], concurrencyPolicy: Queue}
    repeats:
      run: {workflowTemplate: guarded, spec: {synchronization: {mutexes: [{name: warehouse}]}}}
      dependsOn: [j]
      concurrencyPolicy: Queue

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
    template(
        "hooked",
        {
            "main": {
                "dag": {
                    "tasks": [
                        {
                            "name": "first",
                            "template": "hook-work",
                            "hooks": {"exit": {"template": "hook-tidy"}},
                        },
                        {"name": "second", "template": "hook-work", "dependencies": ["first"]},
                    ]
                }
            },
            "hook-work": {**POD, "retryStrategy": {"limit": "0"}},
            "hook-tidy": POD,
        },
    ),
    template(
        "guarded",
        {"nap": {"suspend": {"duration": "1s"}}},
        synchronization={
            "mutexes": [{"name": "warehouse"}],
            "semaphores": [{"configMapKeyRef": {"name": "slots", "key": "many"}}],
        },
    ),
    template("locked", {"wait": {"suspend": {}}}, synchronization={"mutexes": [{"name": "two"}]}),
    template(
        "no-slots",
        {"wait": {"suspend": {}}},
        synchronization={"semaphores": [{"configMapKeyRef": {"name": "no-such", "key": "one"}}]},
    ),
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "slots"},
        "data": {"one": "1", "many": "9"},
    },
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
    """The example under names of its own, with its templates and its ConfigMaps."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.gpu = namespace.sibling()
        self._cluster_template = f"train-{namespace.graph}"
        texts = [self._renamed(path.read_text()) for path in sorted(EXAMPLE.glob("manifests/*.yaml"))]
        namespace.apply(
            manifest
            for text in texts
            for manifest in yaml.safe_load_all(text)
            if manifest["kind"] != "CronWorkflow"  # its Workflows are made by the tests
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
        self.namespace.close()

    def begin(self, day: int) -> None:
        """The samples of that day of November are there."""
        self.namespace.complete_cron("collect-samples", datetime(2026, 11, day, 6, tzinfo=UTC))

    def run(self, node: str, day: int) -> str:
        return f"{self.namespace.graph}-{node}-202611{day}"

    def runs(self, day: int) -> set[str]:
        names = self.namespace.runs() + self.gpu.runs(self.namespace.graph)
        return {name for name in names if f"-202611{day}" in name}

    def wait_for_runs(self, day: int, names: Iterable[str]) -> None:
        """Wait until exactly these are there and nothing more happens."""
        expected = set(names)
        self.namespace.wait_for(lambda: len(self.runs(day)) >= len(expected), 60, f"{sorted(expected)}")
        self.namespace.quiet()
        assert self.runs(day) == expected

    def facts(self, day: int) -> list[str]:
        """What the ledger says of what has ended."""
        entries = (self.namespace.ledger(f"{self.namespace.graph}-202611{day}") or {}).items()
        facts = [(name.split(".")[1], json.loads(fact)["phase"]) for name, fact in entries]
        return sorted(f"{node} {phase}" for node, phase in facts if phase != "Submitted")


@pytest.fixture(scope="module")
def lab(stack: LocalStack) -> Iterator[Lab]:
    if not isinstance(stack, LocalStack):
        pytest.skip("needs processes of our own")
    made = Lab(Namespace(stack))
    yield made
    made.close()


KEYS = {"clean": "clean/7", "features": "features/7", "train": "models/7"}
OUTPUTS = {
    "join": {"object": KEYS["clean"]},
    "features": {"object": KEYS["features"]},
    "train": {"object": KEYS["train"]},
    "score": {"accuracy": "0.93"},
}


def test_the_example_runs_from_its_samples_to_its_publication(lab: Lab, local: LocalStack) -> None:
    namespace, pods = lab.namespace, Pods(exits={"fetch": [1, 0, 1]}, outputs=OUTPUTS)
    names = ["clean", "features", "train", "score", "approve"]
    with pods_end(namespace, pods), pods_end(lab.gpu, pods):
        lab.begin(21)
        lab.wait_for_runs(21, [lab.run(name, 21) for name in names])
        local.argo("resume", namespace.name, lab.run("approve", 21))
        names.append("publish")
        lab.wait_for_runs(21, [lab.run(name, 21) for name in names])
        namespace.wait_for(lambda: "publish Succeeded" in lab.facts(21), 30, "the publication")
        ended = [template for _, template in pods.ended]
        again = local.argo("resubmit", namespace.name, lab.run("features", 21))
        namespace.wait_for(lambda: _phase(namespace, again) == "Succeeded", 30, "the cache to answer")
        lab.wait_for_runs(21, [again, *(lab.run(name, 21) for name in names)])
    assert lab.facts(21) == sorted(f"{name} Succeeded" for name in [*names, "samples", "features"])
    assert sorted(ended) == sorted(
        ["fetch"] * 4 + ["join", "features", "train", "score", "score", "publish", "unlock"]
    )
    assert [template for _, template in pods.ended] == ended
    assert _parameters(namespace, lab.run("approve", 21)) == {"accuracy": "0.93"}
    assert _parameters(namespace, lab.run("publish", 21)) == {"model": KEYS["train"]}
    inputs = {
        template["name"]: artifact["s3"]["key"]
        for template in pods.templates.values()
        for artifact in template.get("inputs", {}).get("artifacts", ())
    }
    assert inputs == {"features": KEYS["clean"], "train": KEYS["features"], "score": KEYS["train"]}
    assert [str(line) for line in namespace.errors()] == []


def test_the_example_looks_into_a_scoring_that_failed(lab: Lab) -> None:
    namespace, pods = lab.namespace, Pods(exits={"score": [0, 1, 1]}, outputs=OUTPUTS)
    names = ["clean", "features", "train", "score", "look"]
    with pods_end(namespace, pods), pods_end(lab.gpu, pods):
        lab.begin(22)
        lab.wait_for_runs(22, [lab.run(name, 22) for name in names])
        namespace.wait_for(lambda: "look Succeeded" in lab.facts(22), 30, "somebody to have looked")
    assert "score Failed" in lab.facts(22)
    assert _parameters(namespace, lab.run("look", 22)) == {"run": lab.run("score", 22)}
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


def test_a_success_is_what_the_controller_calls_one(graph: Deployed) -> None:
    """It takes the end of an exit hook for that of its task: docs/anything-argo-can-run.md warns of it."""
    pods = Pods(exits={"hook-work": [1]})
    with pods_end(graph.namespace, pods):
        graph.cron("i")
        graph.wait_for_runs([graph.run("hooked"), graph.run("after-hooked")])
    assert [template for _, template in pods.ended] == ["hook-work", "hook-tidy"]
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


def test_a_queue_takes_the_place_of_the_mutexes_of_its_template(graph: Deployed) -> None:
    """Which the rule queue-mutexes says; a run that repeats them has both, and semaphores stay."""
    nodes = ("lines-up", "repeats")
    graph.cron("j")
    graph.wait_for_runs([graph.run(node) for node in nodes])
    found = {}
    for node in nodes:
        status = graph.namespace.api.get(graph.namespace.path("Workflow", graph.run(node)))["status"]
        locks = status["storedWorkflowTemplateSpec"]["synchronization"]
        assert [s["configMapKeyRef"]["key"] for s in locks["semaphores"]] == ["many"]
        found[node] = [mutex["name"] for mutex in locks["mutexes"]]
    queues = [f"{graph.namespace.graph}-{node}" for node in nodes]
    assert found == {"lines-up": queues[:1], "repeats": ["warehouse", queues[1]]}
    graph.assert_no_errors()


@pytest.mark.parametrize(("cron", "node"), [("f", "locked"), ("h", "queued")])
def test_a_run_that_is_terminated_while_it_waits_for_a_lock_has_failed(
    graph: Deployed, local: LocalStack, cron: str, node: str
) -> None:
    """The controller marks it Succeeded, so `argo retry` will not have it; a resubmission of it counts."""
    namespace, runs = graph.namespace, [graph.run(node, day) for day in (0, 1)]
    graph.cron(cron, 0)
    namespace.wait_for(lambda: _phase(namespace, runs[0]) == "Running", 30, "the first to have the lock")
    graph.cron(cron, 1)
    namespace.wait_for(lambda: _phase(namespace, runs[1]) == "Pending", 30, "the second to wait for it")
    local.argo("terminate", namespace.name, runs[1])
    failed = graph.run(f"failed-{node}", 1)
    graph.wait_for_runs([*runs, failed])
    facts = [f"{cron} Succeeded", f"{node} Submitted", f"{node} Failed", f"failed-{node} Submitted"]
    graph.wait_for_facts(*facts, day=1)
    with pytest.raises(subprocess.CalledProcessError):
        local.argo("retry", namespace.name, runs[1])
    again = local.argo("resubmit", namespace.name, runs[1])
    local.argo("resume", namespace.name, runs[0])
    namespace.wait_for(lambda: _phase(namespace, again) == "Running", 30, "the resubmission to have the lock")
    local.argo("resume", namespace.name, again)
    graph.wait_for_runs([*runs, failed, again, *(graph.run(f"after-{node}", day) for day in (0, 1))])
    graph.wait_for_facts(*facts, f"{node} Submitted", f"{node} Succeeded", f"after-{node} Submitted", day=1)
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


def _is_running(graph: Deployed, template: str) -> bool:
    pods = graph.namespace.api.get(graph.namespace.path("Pod", api_version="v1"))["items"]
    return any(p["status"]["phase"] == "Running" and f"-{template}-" in p["metadata"]["name"] for p in pods)


def _span(namespace: Namespace, name: str) -> tuple[str, str]:
    """When the one step of a Workflow began and ended."""
    (node,) = namespace.api.get(namespace.path("Workflow", name))["status"]["nodes"].values()
    return node["startedAt"], node["finishedAt"]
