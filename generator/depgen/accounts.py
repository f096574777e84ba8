"""Who may do what: a ServiceAccount for each component, with the verbs it uses and no more.

Of several pods of a component one works: they elect it with a Lease `sensor-NAME` or `eventsource-NAME`. The rule names no
Lease, because a name that an overlay has put a prefix to would not be put one to there.
"""

from __future__ import annotations

from typing import Any

from depgen import naming
from depgen.model import targets
from depgen.plan import Plan

_ELECTION: dict[str, object] = {
    "group": "coordination.k8s.io",
    "resource": "leases",
    "verbs": ["create", "get", "update"],
}


def accounts(plan: Plan) -> list[dict[str, Any]]:
    """One ServiceAccount a component, with the verbs it uses and no more."""
    graph = plan.graph
    watched: dict[str, set[str]] = {}
    for event in plan.events:
        watched.setdefault(event.namespace, set()).add(event.resource)
    ledger: list[dict[str, object]] = [
        {"group": "", "resource": "configmaps", "verbs": ["create", "get", "patch"]}
    ]
    # What tells of a run stands in the ledger that was decided on: one that is gone is not to come back without labels.
    shadow: list[dict[str, object]] = [{"group": "", "resource": "configmaps", "verbs": ["get", "patch"]}]
    submits: list[dict[str, object]] = [
        {"group": "argoproj.io", "resource": "workflows", "verbs": ["create"]}
    ]
    roles: dict[str, dict[str, list[dict[str, object]]]] = {
        "watch": {
            namespace: [_watch(resource) for resource in sorted(watched[namespace])]
            for namespace in sorted(watched)
        },
        "record": {graph.namespace: ledger} if plan.triggers else {},
        "claim": {graph.namespace: ledger} if plan.claims else {},
        "submit": {graph.namespace: shadow} if graph.is_shadow else dict.fromkeys(targets(graph), submits),
        "sweep": _sweep(plan) if graph.sweeper else {},
    }
    if graph.pods.replicas > 1:
        for part in ("watch", "record", "claim", "submit"):
            if roles[part]:
                roles[part] = _with_election(roles[part], graph.namespace)
    return [
        {
            "name": naming.component(graph.name, part),
            "roles": [
                {"name": naming.component(graph.name, part), "namespace": namespace, "rules": rules}
                for namespace, rules in by_namespace.items()
            ],
        }
        for part, by_namespace in roles.items()
        if by_namespace
    ]


def _with_election(role: dict[str, list[dict[str, object]]], home: str) -> dict[str, list[dict[str, object]]]:
    """A component's rules by namespace, and what its pods need to elect one of them, where they are themselves."""
    found = {**role, home: [*role.get(home, []), _ELECTION]}
    return {namespace: found[namespace] for namespace in sorted(found)}


def _sweep(plan: Plan) -> dict[str, list[dict[str, object]]]:
    """What `depgen reconcile` does: it reads Workflows and CronWorkflows, and writes ledgers."""
    graph = plan.graph
    found: dict[str, list[dict[str, object]]] = {}
    for event in plan.events:
        group = "argoproj.io" if event.resource == "workflows" else ""
        rule: dict[str, object] = {"group": group, "resource": event.resource, "verbs": ["list"]}
        here = found.setdefault(event.namespace, [])
        if rule not in here:
            here.append(rule)
    crons: dict[str, object] = {"group": "argoproj.io", "resource": "cronworkflows", "verbs": ["list"]}
    for namespace in {
        n.source.namespace for n in graph.nodes.values() if n.source and n.source.kind == "cronWorkflow"
    }:
        found.setdefault(namespace, []).append(crons)
    ledgers = ["create", "delete", "get", "list", "patch", "watch"]
    home = [rule for rule in found.get(graph.namespace, []) if rule["resource"] != "configmaps"]
    found[graph.namespace] = [*home, {"group": "", "resource": "configmaps", "verbs": ledgers}]
    return {
        namespace: sorted(found[namespace], key=lambda rule: str(rule["resource"]))
        for namespace in sorted(found)
    }


def _watch(resource: str) -> dict[str, object]:
    group = "argoproj.io" if resource == "workflows" else ""
    return {"group": group, "resource": resource, "verbs": ["list", "watch"]}
