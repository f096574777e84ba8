"""What each component may do on the API server: its verbs, all of them used, and nothing else.

Every service of every stack test runs under its own ServiceAccount, so a verb that is missing shows everywhere.
Here is the other half: a verb or namespace too many.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace
from tests.stack.services import Stack

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


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    namespace = Namespace(stack)
    try:
        far, there, _ = (namespace.sibling() for _ in range(3))
        nodes = NODES.replace("FAR", far.name).replace("THERE", there.name)
        yield Deployed(namespace, nodes, head="sweeper: {image: example.com/depgen:1}\n")
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
        (verb, *crons, where) for verb in ("get", "list") for where in (here, far)
    }
    return {
        "watch": {(verb, *what, where) for verb in ("list", "watch") for what, where in watched},
        "record": kept,
        "claim": kept,
        "submit": {("create", *workflows, here), ("create", *workflows, there)},
        "sweep": kept | swept | {(verb, *ledgers, here) for verb in ("delete", "watch")},
    }


@pytest.mark.parametrize("component", ["watch", "record", "claim", "submit", "sweep"])
def test_a_component_may_do_what_it_needs_and_nothing_else(graph: Deployed, component: str) -> None:
    namespace, account = graph.namespace, f"{graph.namespace.graph}-{component}"
    places = [namespace.name, *(sibling.name for sibling in namespace.siblings), "*"]
    asked = [(verb, *what, where) for verb, what, where in product(VERBS, RESOURCES, places)]
    answers = namespace.at_once([partial(namespace.can_i, account, *question) for question in asked])
    allowed = {question for question, answer in zip(asked, answers, strict=True) if answer}
    assert allowed == expected(graph)[component]


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
    for component, allowed in expected(graph).items():
        if component == "sweep":  # it is not one of the services that run here
            continue
        requests = namespace.requests(f"{namespace.graph}-{component}") or []
        assert {(r.verb, r.group, r.resource, r.namespace) for r in requests} == allowed
        assert {r.code for r in requests} <= {200, 201, 404}
    graph.assert_no_errors()
