"""Who writes a graph's ledgers: whoever does decides what is submitted.

A ledger is known by its label and by its name: a ConfigMap that is there already when the first fact comes would be
taken for the ledger, and what it holds for facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from depgen import naming
from depgen.policies import cel
from depgen.policies.policy import (
    KEY,
    Condition,
    Frame,
    Policy,
    Validation,
    Variable,
    comes_from,
    label_of,
)

_WRITING = {"create", "update", "patch"}
# They empty a namespace that is being deleted.
_CLEANERS = [
    "user:system:kube-controller-manager",
    "user:system:serviceaccount:kube-system:namespace-controller",
]


def policy(frame: Frame, accounts: Iterable[Mapping[str, Any]]) -> Policy:
    """For the accounts of the graph whose Roles let them write ConfigMaps, and operators. `accounts`: as rendered."""
    graph = frame.graph
    names = _writers(accounts, frame.namespace) | {naming.component(graph, "sweep")}
    writers = [f"user:system:serviceaccount:{frame.namespace}:{name}" for name in sorted(names)]
    labelled = f"{label_of('o', naming.LABEL_GRAPH)} == {cel.literal(graph)}"
    named = f"o.metadata.?name.orValue('').matches('^{graph}-((p[0-9]+-)?{KEY}(-[a-z0-9]+)?|invalid|sweep)$')"
    return Policy(
        frame.name("ledgers"),
        "",
        "configmaps",
        ("CREATE", "UPDATE", "DELETE"),
        (frame.namespace,),
        (
            Condition(
                "ledger", f"[object, oldObject].exists(o, o != null && {cel.any_of([labelled, named])})"
            ),
        ),
        (
            Variable("isWriter", comes_from([*writers, *frame.trusted.operators])),
            Variable("isCleaner", comes_from(_CLEANERS)),
        ),
        (
            Validation(
                f"only the record, claim and sweep accounts of graph {graph} and operators may write its ledgers",
                "variables.isWriter || (request.operation == 'DELETE' && variables.isCleaner)",
            ),
        ),
    )


def _writers(accounts: Iterable[Mapping[str, Any]], namespace: str) -> set[str]:
    return {
        account["name"]
        for account in accounts
        for role in account["roles"]
        for rule in role["rules"]
        if role["namespace"] == namespace
        and rule["resource"] == "configmaps"
        and _WRITING & set(rule["verbs"])
    }
