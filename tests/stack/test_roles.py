"""What each component may do on the API server: its verbs, all of them used, and nothing else.

Every service of every stack test runs under its own ServiceAccount, so a verb that is missing shows everywhere.
Here is the other half: a verb or namespace too many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.namespace import Namespace
from tests.stack.services import Stack
from tests.stack.test_reconcile import Sweeper, sweeper_of
from tests.stack.workflows import API_VERSION, timestamp

# `far` has sources only, `there` runs only, `outside` nothing of the graph.
NODES = """
    a: {source: {cronWorkflow: a}}
    far: {source: {cronWorkflow: far, namespace: FAR}}
    theirs: {source: {graph: FAR/core, node: x}}
    here: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a, far]}
    there: {run: {workflowTemplate: held, namespace: THERE, params: {day: "1"}}, dependsOn: [a, far]}
    never: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [theirs]}
"""

Allowed = tuple[str, str, str, str]  # verb, group, resource, namespace

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*")
RESOURCES = (
    *(
        ("argoproj.io", resource)
        for resource in (
            "workflows",
            "workflows/status",
            "workflowtemplates",
            "clusterworkflowtemplates",
            "cronworkflows",
            "workflowtasksets",
            "workflowtaskresults",
            "workfloweventbindings",
            "eventsources",
            "sensors",
            "eventbus",
            "*",
        )
    ),
    *(
        ("", resource)
        for resource in (
            "configmaps",
            "secrets",
            "pods",
            "pods/exec",
            "pods/log",
            "services",
            "serviceaccounts",
            "serviceaccounts/token",
            "events",
            "namespaces",
            "persistentvolumeclaims",
            "*",
        )
    ),
    ("apps", "deployments"),
    ("batch", "jobs"),
    ("coordination.k8s.io", "leases"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("*", "*"),
)


SHADOW = """
    a: {source: {cronWorkflow: a}}
    report: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a], replaces: report-cron}
"""


def placed(far: Namespace, there: Namespace) -> str:
    """The nodes, in these namespaces."""
    return NODES.replace("FAR", far.name).replace("THERE", there.name)


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    namespace = Namespace(stack)
    try:
        far, there, _ = (namespace.sibling() for _ in range(3))
        yield Deployed(namespace, placed(far, there), head="sweeper: {image: example.com/depgen:1}\n")
    finally:
        namespace.close()


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


def expected(graph: Deployed) -> dict[str, set[Allowed]]:
    """The verbs of each ServiceAccount, by its name without the graph's."""
    here = graph.namespace.name
    far, there, _ = (sibling.name for sibling in graph.namespace.siblings)
    workflows, crons, ledgers = (
        ("argoproj.io", "workflows"),
        ("argoproj.io", "cronworkflows"),
        ("", "configmaps"),
    )
    watched = [(workflows, here), (workflows, far), (workflows, there), (ledgers, here), (ledgers, far)]
    kept = {(verb, *ledgers, here) for verb in ("get", "create", "patch")}
    swept = {("list", *what, where) for what, where in watched} | {
        ("list", *crons, where) for where in (here, far)
    }
    return {
        "watch": {(verb, *what, where) for verb in ("list", "watch") for what, where in watched},
        "record": kept,
        "claim": kept,
        "submit": {("create", *workflows, here), ("create", *workflows, there)},
        "sweep": kept | swept | {(verb, *ledgers, here) for verb in ("delete", "watch")},
    }


def allowed(namespace: Namespace, component: str) -> set[Allowed]:
    """What the ServiceAccount of a component may do, of all that is asked."""
    account = f"{namespace.graph}-{component}"
    places = [namespace.name, *(sibling.name for sibling in namespace.siblings), "*"]
    asked = [(verb, *what, where) for verb, what, where in product(VERBS, RESOURCES, places)]
    answers = namespace.at_once([partial(namespace.can_i, account, *question) for question in asked])
    return {question for question, answer in zip(asked, answers, strict=True) if answer}


def used(namespace: Namespace, component: str, codes: set[int]) -> set[Allowed]:
    """What it asked for, if nothing was answered otherwise than by these codes."""
    requests = namespace.requests(f"{namespace.graph}-{component}") or []
    assert {r.code for r in requests} <= codes
    return {(r.verb, r.group, r.resource, r.namespace) for r in requests}


@pytest.mark.parametrize("component", ["watch", "record", "claim", "submit", "sweep"])
def test_a_component_may_do_what_it_needs_and_nothing_else(graph: Deployed, component: str) -> None:
    assert allowed(graph.namespace, component) == expected(graph)[component]


def test_every_verb_is_used_and_none_is_refused(graph: Deployed, local: LocalStack) -> None:
    """A first completion creates the ledger, later ones and claims patch it, and a run that somebody starts by
    hand is claimed in a ledger that its claim creates."""
    namespace = graph.namespace
    far, there, _ = namespace.siblings
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    far.complete_cron("far", graph.date())
    graph.wait_for_facts("a Succeeded", "far Succeeded", "here Submitted", "there Submitted")
    graph.create("here", 1)
    graph.wait_for_facts("here Submitted", day=1)
    assert there.runs(namespace.graph) == [graph.run("there")]
    for component in ("watch", "record", "claim", "submit"):
        assert used(namespace, component, {200, 201, 404}) == expected(graph)[component]
    graph.assert_no_errors()


def stays(sweeper: Sweeper, local: LocalStack) -> None:
    """`reconcile --watch` until it watches, told to end as a pod is."""
    namespace, account = sweeper.graph.namespace, f"{sweeper.graph.namespace.graph}-sweep"
    process = sweeper.command("--watch", "--every", "1s")
    try:
        namespace.wait_for(
            lambda: any(r.verb == "watch" for r in namespace.requests(account) or []), 60, "it to watch"
        )
    finally:
        process.terminate()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err


def test_the_sweep_uses_every_verb_and_none_is_refused(
    graph: Deployed, local: LocalStack, tmp_path: Path
) -> None:
    """Sources and a graph elsewhere, crons that are looked at, a ledger that it creates, a run that is claimed elsewhere,
    ledgers that it removes."""
    namespace = graph.namespace
    far, there, _ = namespace.siblings
    for place, name in ((namespace, "a"), (far, "far")):
        spec = {
            "schedules": ["0 3 * * *"],
            "suspend": False,
            "workflowSpec": {"workflowTemplateRef": {"name": "held"}},
        }
        place.apply(
            [{"apiVersion": API_VERSION, "kind": "CronWorkflow", "metadata": {"name": name}, "spec": spec}]
        )
    sweeper = sweeper_of(local, graph, tmp_path, placed(far, there))
    long_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    graph.cron("a", finished_at=long_ago)
    far.complete_cron("far", graph.date(), finished_at=long_ago)
    labels = {"depgen.io/graph": "core", "depgen.io/key": graph.key()}
    value = {"finishedAt": timestamp(long_ago), "phase": "Succeeded", "wall": "-", "workflow": "x-1"}
    entry = f"run.x.{graph.key()}.u1.{int(long_ago.timestamp())}"
    metadata = {"name": f"core-{graph.key()}", "labels": labels}
    far.apply(
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {entry: json.dumps(value)}}]
    )
    graph.wait_for_runs([])
    told = sweeper.once()
    assert sorted((r["kind"], r["node"]) for r in told["repairs"]) == [
        ("fact", "a"),
        ("fact", "far"),
        ("fact", "theirs"),
    ]
    assert told["counts"]["missed"] == 0
    graph.wait_for_runs([graph.run("here"), graph.run("never")])
    there.wait_for(lambda: graph.run("there") in there.runs(namespace.graph), 30, "the run elsewhere")
    stays(sweeper, local)
    removed = sweep_in(sweeper, days=3000)
    assert removed == {"pruned"}
    assert used(namespace, "sweep", {200, 201, 404}) == expected(graph)["sweep"]
    graph.assert_no_errors()


def sweep_in(sweeper: Sweeper, days: int) -> set[str]:
    """The kinds of repairs of a pass in so many days."""
    return {repair.kind.value for repair in sweeper.ahead(days * 86400).repairs}


def test_in_shadow_mode_nothing_may_be_submitted(stack: Stack, local: LocalStack) -> None:
    with deployed(stack, SHADOW, head="mode: shadow\n") as graph:
        namespace = graph.namespace
        graph.cron("a")
        namespace.wait_for(
            lambda: "shadow.report" in (namespace.ledger(graph.ledger()) or {}), 30, "the entry of a run"
        )
        graph.wait_for_runs([])
        verbs: set[Allowed] = {(verb, "", "configmaps", namespace.name) for verb in ("get", "patch")}
        assert allowed(namespace, "submit") == verbs
        assert used(namespace, "submit", {200}) == verbs
        graph.assert_no_errors()
