"""The Workflows that a graph's Sensors create, as a policy can compare them with what somebody else creates.

What a Sensor takes from an event is free: the name and the key of a Workflow, and the values of some parameters. All
else is fixed. Nodes differ in their names and templates and in little else, so those of one shape stand together: a
thousand nodes have to fit one policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from depgen import naming
from depgen.errors import InternalError
from depgen.model import Json, Run
from depgen.plan import Decision, Plan
from depgen.render import workflow_spec

Shape = dict[str, Json]

_NAMED = frozenset(["name", "clusterScope"])


def shapes(plan: Plan) -> list[Shape]:
    """What may be submitted, without what is empty.

    `namespace` if it is not the graph's; `labels` beside graph, node and key; `clusterScope`; `parameters`, their names
    in order, of which `values` are fixed texts, `others` whole parameters, and the rest free; `arguments` beside
    parameters; `isQueued`, by the mutex of the node, after the author's `mutexes` and beside the rest of his
    `synchronization`; `spec` beside all of these; and `nodes`: node id -> name of its template, "" for none.
    """
    found: dict[str, Shape] = {}
    nodes: dict[str, dict[str, Json]] = {}
    for decision in plan.decisions:
        shape, template = _shape(decision)
        text = json.dumps(shape, sort_keys=True)
        found[text] = shape
        nodes.setdefault(text, {}).update(dict.fromkeys(_nodes(decision, plan.decisions), template))
    return [{**found[text], "nodes": nodes[text]} for text in sorted(found)]


def annotation_names(plan: Plan) -> list[str]:
    """All annotations of some run, beside our own."""
    return sorted({name for decision in plan.decisions for name, _ in _run(decision).annotations})


def namespaces(plan: Plan) -> list[str]:
    """Where Workflows are submitted."""
    return sorted({_run(decision).namespace for decision in plan.decisions})


def _nodes(decision: Decision, decisions: Iterable[Decision]) -> list[str]:
    """The node labels of what is submitted: the node's id, or those of an alert for any run of a partition."""
    if decision.alert is None or decision.alert.of:
        return [decision.node.id]
    runs = [d.node.id for d in decisions if d.alert is None and d.partition == decision.partition]
    return [naming.alert(id_, decision.alert.kind) for id_ in runs]


def _shape(decision: Decision) -> tuple[Shape, str]:
    """All but the node's id and the name of its template; that name."""
    run = _run(decision)
    arguments, dynamic, rest = workflow_spec(decision.graph, decision.node)
    spec: dict[str, Any] = dict(rest)
    reference = spec.pop("workflowTemplateRef", {})
    if not reference.keys() <= _NAMED:
        raise InternalError(f"a workflowTemplateRef with {sorted(reference)}")
    is_queued = decision.node.is_queued
    queue: dict[str, Any] = dict(spec.pop("synchronization")) if is_queued else {}
    mutexes = queue.pop("mutexes", [])[:-1]
    brought = dict(spec.pop("arguments", {}))
    texts = [{"name": name, "value": value} for name, value in arguments]
    given: list[Any] = [*texts, *brought.pop("parameters", [])]
    free = {name for _, name in dynamic}
    fixed = [p for p in given if p["name"] not in free]
    partition = {} if decision.partition is None else {naming.LABEL_PARTITION: str(decision.partition)}
    shape: Shape = {
        "arguments": brought,
        "clusterScope": run.kind == "clusterWorkflowTemplate" or reference.get("clusterScope", False),
        "isQueued": is_queued,
        "labels": {**dict(run.labels), **partition},
        "mutexes": mutexes,
        "namespace": "" if run.namespace == decision.namespace else run.namespace,
        "others": [p for p in fixed if not _is_text(p)],
        "parameters": ",".join(p["name"] for p in given),
        "spec": spec,
        "synchronization": queue,
        "values": {p["name"]: p["value"] for p in fixed if _is_text(p)},
    }
    return {name: value for name, value in shape.items() if value}, run.name or reference.get("name", "")


def _is_text(parameter: dict[str, Any]) -> bool:
    return parameter.keys() == {"name", "value"} and isinstance(parameter["value"], str)


def _run(decision: Decision) -> Run:
    run = decision.node.run
    assert run is not None
    return run
