"""Workflows as Argo Workflows 3.7 makes them: their names, labels, annotations and status.

A scheduled child of a CronWorkflow is named `<cron>-<unix time>` and carries its scheduled time. One that somebody
starts by hand (`argo submit --from`) ends in five random characters and says that it was scheduled now. Completion is
one write: the labels, the phase and the finish time come together.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys, naming
from depgen.cluster import keytimes
from depgen.cluster.api import WORKFLOWS, Object
from depgen.errors import InputError
from depgen.model import KeyRule, Node, Source
from depgen.times import Period, shift

LABEL = "workflows.argoproj.io/"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
# Of a Workflow that is submitted again.
_NOT_COPIED = frozenset({f"{LABEL}completed", f"{LABEL}phase"})


class Beginning(NamedTuple):
    """How a Workflow begins, beside its node. `key` is what it counts for; a run by hand is told so by a label.

    `scheduled` and `started` are in seconds since 1970; it starts when it begins unless `started` says otherwise. `parameters`, `labels` and `annotations` come on top.
    """

    at: float
    key: str | None = None
    scheduled: float | None = None
    started: float | None = None
    is_manual: bool = False
    name: str | None = None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}


def suffix(chance: random.Random) -> str:
    """Five characters as Kubernetes generates them."""
    return "".join(chance.choice(_LETTERS) for _ in range(5))


def of_source(node: Node, how: Beginning, chance: random.Random) -> Object:
    """A Workflow of a source; InputError if a source of its kind has none, or no moment has that key."""
    assert node.source
    source = node.source
    if source.kind not in ("cronWorkflow", "workflowTemplate", "workflows"):
        raise InputError(f'"{node.id}" has no Workflows: its source is of the kind "{source.kind}"')
    labels, annotations, parameters = _keyed(node, source, how)
    is_child = source.kind == "cronWorkflow"
    name = f"{source.name or node.id}-{suffix(chance)}"
    if is_child:
        scheduled = how.at if how.is_manual else _scheduled(source.key, how)
        labels |= {f"{LABEL}cron-workflow": source.name}
        annotations |= {f"{LABEL}scheduled-time": keytimes.utc(scheduled)}
        name = name if how.is_manual else f"{source.name}-{int(scheduled)}"
    elif source.kind == "workflowTemplate":
        labels |= {f"{LABEL}workflow-template": source.name}
    labels |= dict(source.labels)
    metadata = {
        "name": how.name or name,
        "namespace": source.namespace,
        "labels": labels | dict(how.labels),
        "annotations": annotations | dict(how.annotations),
    }
    return _workflow(metadata, parameters | dict(how.parameters))


def started(node: Node, how: Beginning) -> float | None:
    """Since when it says it runs: as told, or where its key comes from that, a moment that has the key."""
    if how.started is None and how.key and node.source and node.source.key.origin == "startedAt":
        return moment_of(node.source.key, how.key)
    return how.started


def of_run(graph: str, node: Node, how: Beginning) -> Object:
    """A Workflow of a run that somebody else creates as the submit Sensor would."""
    assert node.run
    if how.key is None:
        raise InputError(f'a Workflow of "{node.id}" needs a key')
    labels = {naming.LABEL_GRAPH: graph, naming.LABEL_NODE: node.id, naming.LABEL_KEY: how.key}
    metadata = {
        "name": how.name or f"{naming.workflow_prefix(graph, node.id)}{how.key}",
        "namespace": node.run.namespace,
        "labels": labels | dict(how.labels),
        "annotations": dict(how.annotations),
    }
    return _workflow(metadata, dict(how.parameters))


def selection(graph: str, node: Node) -> dict[str, str]:
    """The labels that all Workflows of a node have."""
    source = node.source
    if source is None:
        return {naming.LABEL_GRAPH: graph, naming.LABEL_NODE: node.id}
    kinds = {"cronWorkflow": "cron-workflow", "workflowTemplate": "workflow-template"}
    named = {f"{LABEL}{kinds[source.kind]}": source.name} if source.kind in kinds else {}
    return named | dict(source.labels)


def resubmitted(old: Object, chance: random.Random) -> Object:
    """What `argo resubmit` makes of a Workflow: another name, the same labels and annotations."""
    metadata = old["metadata"]
    labels = {name: text for name, text in metadata.get("labels", {}).items() if name not in _NOT_COPIED}
    labels[f"{LABEL}resubmitted-from-workflow"] = metadata["name"]
    new = {
        "name": f"{metadata['name']}-{suffix(chance)}",
        "namespace": metadata["namespace"],
        "labels": labels,
        "annotations": dict(metadata.get("annotations") or {}),
    }
    return {**_workflow(new, {}), "spec": old.get("spec") or {}}


def running(at: float) -> Object:
    """The patch of a Workflow that starts; its completed labels come later."""
    return {"status": {"phase": "Running", "startedAt": keytimes.utc(at)}}


def ended(at: float, phase: str, outputs: Mapping[str, str]) -> Object:
    """The patch of a Workflow that ends; `outputs` are those with a globalName."""
    status: dict[str, Any] = {"phase": phase, "finishedAt": keytimes.utc(at)}
    if outputs:
        parameters = [{"name": name, "value": value} for name, value in outputs.items()]
        status["outputs"] = {"parameters": parameters}
    return {"metadata": {"labels": {f"{LABEL}completed": "true", f"{LABEL}phase": phase}}, "status": status}


def retried() -> Object:
    """The patch of `argo retry`: the same Workflow, running again."""
    labels = {f"{LABEL}completed": None, f"{LABEL}phase": "Running"}
    return {"metadata": {"labels": labels}, "status": {"phase": "Running", "finishedAt": None}}


def moment_of(rule: KeyRule, key: str) -> float:
    """A moment whose key is this one: the beginning of its period, as the rule counts. InputError if none has it."""
    try:
        start = keytimes.start(key, rule.every)
    except ValueError:
        raise InputError(f'"{key}" is no key of a period of {rule.every.text}') from None
    clock = start + timedelta(seconds=rule.day_start) - timedelta(days=rule.offset.days)
    base = keys.instant(_months_back(clock, rule), ZoneInfo(rule.zone)) - rule.offset.seconds
    for moment in (base, base + shift(rule.zone), base - shift(rule.zone)):
        if keytimes.key_at(rule, moment) == key:
            return moment
    raise InputError(f'no moment has the key "{key}"')


def _months_back(clock: datetime, rule: KeyRule) -> datetime:
    return keys.moved_back(clock, Period("month"), rule.offset.months) if rule.offset.months else clock


def _scheduled(rule: KeyRule, how: Beginning) -> float:
    """When it was scheduled: as told, else now if that has the key, else a moment that has it."""
    if how.scheduled is not None:
        return how.scheduled
    if how.key is None or keytimes.key_at(rule, int(how.at)) == how.key:
        return how.at
    return moment_of(rule, how.key)


def _keyed(
    node: Node, source: Source, how: Beginning
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The labels, annotations and parameters that give the Workflow its key, where the source reads those."""
    rule = source.key
    is_scheduled = source.kind == "cronWorkflow" and not how.is_manual
    key = how.key
    if rule.origin == "auto" and not is_scheduled:
        if key is None and source.kind != "cronWorkflow":
            key = keytimes.key_at(rule, int(how.at))
        return ({rule.name or naming.LABEL_KEY: key} if key else {}), {}, {}
    if rule.origin in ("label", "parameter"):
        key = key or keytimes.key_at(rule, int(how.at))
        return ({rule.name: key}, {}, {}) if rule.origin == "label" else ({}, {}, {rule.name: key})
    return {}, {}, {}


def _workflow(metadata: dict[str, Any], parameters: Mapping[str, str]) -> Object:
    spec: dict[str, Any] = {}
    if parameters:
        spec["arguments"] = {"parameters": [{"name": n, "value": v} for n, v in parameters.items()]}
    return {
        "apiVersion": WORKFLOWS.api_version,
        "kind": WORKFLOWS.kind,
        "metadata": metadata,
        "spec": spec,
        "status": {},
    }
