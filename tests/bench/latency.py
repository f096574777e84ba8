"""On the real stack, beside hand-written Sensors with `conditions: a && b`: how fast, and how exact.

A hand-written join keeps the last event of each dependency and knows no dates, so it is the fastest thing there is,
and in a burst it joins one day's upstream with another's.
"""

from __future__ import annotations

import random
import time
from contextlib import closing
from functools import partial
from itertools import product
from statistics import median
from typing import Any

from tests.bench.arrivals import Arrivals
from tests.bench.measure import Figure
from tests.stack import build
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.test_burst import DAYS, JOINS, SOURCES, burst_nodes
from tests.stack.workflows import API_VERSION, LABEL

PAIR = (
    "a: {source: {cronWorkflow: a}}\nb: {source: {cronWorkflow: b}}\n"
    'joined: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}\n'
)
# A record Sensor may ask the API server five times a second and a pair costs it six: without a pause the figure
# would be that of the waiting.
PAUSE_SECONDS = 1.5


def figures(pairs: int) -> list[Figure]:
    """Starts a stack of its own, and ends it."""
    stack = LocalStack(build.build(print))
    try:
        return [*_latency(stack, pairs), *_burst(stack)]
    finally:
        stack.close()


def _latency(stack: LocalStack, pairs: int) -> list[Figure]:
    ours, native, recorded = [], [], []
    with (
        deployed(stack, PAIR) as graph,
        closing(Arrivals(stack, graph.namespace)) as arrivals,
        closing(Arrivals(stack, graph.namespace, "ConfigMap", "v1")) as ledgers,
    ):
        _apply_native(graph, {"joined": ["na", "nb"]})
        for day in range(pairs):
            last = f"nb-{int(graph.date(day).timestamp())}"
            start, end = _joined_at(graph, arrivals, ("a", "b"), day, graph.run("joined", day))
            ours.append(end - start)
            recorded.append(ledgers.wait(graph.ledger(day), after=start) - start)
            start, end = _joined_at(graph, arrivals, ("na", "nb"), day, f"joined-{last}")
            native.append(end - start)
        graph.assert_no_errors()
    return [
        Figure("completion to Workflow, p50 / native Sensor's p50", median(ours) / median(native), 1.5),
        Figure("completion to Workflow, p50", median(ours) * 1000, None, " ms"),
        Figure("completion to ledger, p50", median(recorded) * 1000, None, " ms"),
        Figure("the native Sensor's p50", median(native) * 1000, None, " ms"),
    ]


def _joined_at(
    graph: Deployed, arrivals: Arrivals, crons: tuple[str, str], day: int, name: str
) -> tuple[float, float]:
    """When the second completion was requested, and when the Workflow was there."""
    first, last = crons
    graph.cron(first, day)
    graph.namespace.quiet(PAUSE_SECONDS / 2)
    start = time.perf_counter()
    graph.cron(last, day)
    end = arrivals.wait(name)
    graph.namespace.quiet(PAUSE_SECONDS / 2)
    return start, end


def _burst(stack: LocalStack) -> list[Figure]:
    with deployed(stack, burst_nodes()) as graph:
        joins = {name: [f"s{i}" for i in sources] for name, sources in JOINS.items()}
        _apply_native(graph, joins)
        calls = [partial(graph.cron, f"s{source}", day) for source, day in product(SOURCES, DAYS)]
        random.Random(1).shuffle(calls)
        graph.namespace.at_once(calls)
        expected = {graph.run(join, day) for join, day in product(JOINS, DAYS)}
        graph.namespace.wait_for(lambda: len(graph.runs()) >= len(expected), 300, "the burst's runs")
        graph.namespace.quiet(3, timeout=300)
        wrong = len(expected.symmetric_difference(graph.runs()))
        native = graph.namespace.workflows("bench=native")
    mixed = sum(len({name.rsplit("-", 1)[1] for name in _joined(run)}) > 1 for run in native)
    return [
        Figure("burst of 200 completions: missing or wrong runs", wrong, 0, "", f"{len(expected)} expected"),
        Figure("the native Sensors' runs", len(native), None),
        Figure("of which join different dates", mixed, None),
    ]


def _joined(run: Manifest) -> list[str]:
    return [p["value"] for p in run["spec"]["arguments"]["parameters"]]


def _apply_native(graph: Deployed, joins: dict[str, list[str]]) -> None:
    """An EventSource with an event for each CronWorkflow, and a Sensor with an `&&` for each join."""
    name, namespace = f"{graph.namespace.graph}native", graph.namespace.name
    crons = sorted({cron for upstreams in joins.values() for cron in upstreams})
    rules = [{"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["list", "watch", "create"]}]
    account: Manifest = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    template = {"serviceAccountName": name}
    bound = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [account],
    }
    source = {"template": template, "resource": {cron: _event(namespace, cron) for cron in crons}}
    sensor = {
        "template": template,
        "dependencies": [{"name": cron, "eventSourceName": name, "eventName": cron} for cron in crons],
        "triggers": [_trigger(join, upstreams) for join, upstreams in joins.items()],
    }
    graph.namespace.apply(
        [
            _object("v1", "ServiceAccount", name, {}),
            _object("rbac.authorization.k8s.io/v1", "Role", name, {"rules": rules}),
            _object("rbac.authorization.k8s.io/v1", "RoleBinding", name, bound),
            _object(API_VERSION, "EventSource", name, {"spec": source}),
            _object(API_VERSION, "Sensor", name, {"spec": sensor}),
        ]
    )
    graph.namespace.wait_ready()


def _object(api_version: str, kind: str, name: str, rest: dict[str, Any]) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


def _event(namespace: str, cron: str) -> Manifest:
    labels = [
        {"key": f"{LABEL}completed", "operation": "==", "value": "true"},
        {"key": f"{LABEL}cron-workflow", "operation": "==", "value": cron},
    ]
    kind = {"group": "argoproj.io", "version": "v1alpha1", "resource": "workflows"}
    return {"namespace": namespace, **kind, "eventTypes": ["ADD"], "filter": {"labels": labels}}


def _trigger(join: str, upstreams: list[str]) -> Manifest:
    """Creates `<join>-<name of the last upstream's Workflow>`, with every upstream's as a parameter."""
    workflow = {
        "apiVersion": API_VERSION,
        "kind": "Workflow",
        "metadata": {"name": f"{join}-", "labels": {"bench": "native"}},
        "spec": {
            "workflowTemplateRef": {"name": "held"},
            "arguments": {
                "parameters": [{"name": f"upstream{i}", "value": "-"} for i in range(len(upstreams))]
            },
        },
    }
    parameters: list[Manifest] = [
        {
            "src": {"dependencyName": cron, "dataKey": "body.metadata.name"},
            "dest": f"spec.arguments.parameters.{i}.value",
        }
        for i, cron in enumerate(upstreams)
    ]
    name = {
        "src": {"dependencyName": upstreams[-1], "dataKey": "body.metadata.name"},
        "dest": "metadata.name",
    }
    parameters.append({**name, "operation": "append"})
    k8s = {"operation": "create", "source": {"resource": workflow}, "parameters": parameters}
    return {"atLeastOnce": True, "template": {"name": join, "conditions": " && ".join(upstreams), "k8s": k8s}}
