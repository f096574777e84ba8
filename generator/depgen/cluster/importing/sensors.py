"""The triggers of Sensors that submit Workflows, and what each waits for.

First every trigger becomes a launch, so that one may wait for what another submits; then the dependencies are looked up
among all nodes. A trigger of another kind, and one that waits for anything but Workflows, cannot be part of a graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from depgen.cluster.importing import conditions
from depgen.cluster.importing.conditions import Condition
from depgen.cluster.importing.reading import Found, Name, labels, text
from depgen.cluster.importing.runs import Run, give, run_of
from depgen.cluster.importing.selections import Selection, selection
from depgen.manifests import Object, mapping, mappings
from depgen.naming import LABEL_GRAPH
from depgen.phrases import quoted

_NO_EVENTS = ("template", "eventBusName", "replicas", "service")
_TEMPLATES = {"WorkflowTemplate": False, "ClusterWorkflowTemplate": True}


@dataclass
class Dependency:
    """What a dependency listens to: Workflows, or events of another kind, told of in `foreign`."""

    selection: Selection | None
    foreign: str = ""


@dataclass
class Launch:
    """One trigger that submits a Workflow."""

    sensor: Name
    trigger: str
    name: str
    namespace: str
    prefix: str
    labels: dict[str, str]
    run: Run
    told: str
    condition: Condition | None
    dependencies: dict[str, Dependency]
    parameters: list[Object] = field(default_factory=list)


def launches(found: Found, leftovers: list[str]) -> Iterator[Launch]:
    """Every launch, by Sensor; what is none is told of in `leftovers`."""
    for key, sensor in sorted(found.sensors.items()):
        if is_ours(sensor):
            leftovers.append(f"Sensor {quoted(key[1])} was made by depgen")
            continue
        known = dependencies(key[0], sensor, found)
        for trigger in mappings(mapping(sensor.get("spec")).get("triggers")):
            yield from _launch(key, mapping(trigger.get("template")), trigger, known, leftovers)


def is_ours(item: Object) -> bool:
    """Whether depgen generated the object."""
    return LABEL_GRAPH in mapping(mapping(item.get("metadata")).get("labels"))


def foreign_events(found: Found) -> Iterator[str]:
    """A sentence about each kind of event that is no event of a Workflow."""
    for key, source in sorted(found.event_sources.items()):
        if is_ours(source):
            continue
        for kind, events in sorted(mapping(source.get("spec")).items()):
            names = [
                name
                for name, event in mapping(events).items()
                if kind != "resource" or not _is_of_workflows(event)
            ]
            if names and kind not in _NO_EVENTS:
                told = ", ".join(map(quoted, sorted(names)))
                yield f"EventSource {quoted(key[1])}: {quoted(kind)} events {told}"


def watched_namespaces(found: Found) -> Iterator[str]:
    """The namespace of each event of Workflows."""
    for source in found.event_sources.values():
        for event in mapping(mapping(source.get("spec")).get("resource")).values():
            if _is_of_workflows(event):
                yield text(mapping(event).get("namespace"))


def dependencies(namespace: str, sensor: Object, found: Found) -> dict[str, Dependency]:
    """The dependencies of a Sensor by name."""
    return {
        text(one.get("name")): _dependency(namespace, one, found)
        for one in mappings(mapping(sensor.get("spec")).get("dependencies"))
    }


def _dependency(namespace: str, one: Object, found: Found) -> Dependency:
    source, name = text(one.get("eventSourceName")), text(one.get("eventName"))
    given = found.event_sources.get((namespace, source)) or found.event_sources.get(("", source)) or {}
    spec = mapping(given.get("spec"))
    event = mapping(spec.get("resource")).get(name)
    if _is_of_workflows(event):
        known = selection(mapping(event), mapping(one.get("filters")))
        if one.get("transform"):
            known.lose("a transformed event")
        return Dependency(known)
    kinds = [kind for kind, events in spec.items() if name in mapping(events)]
    if not spec:
        return Dependency(None, f"event {quoted(name)} of EventSource {quoted(source)}, which was not given")
    return Dependency(
        None, f"{quoted(kinds[0] if kinds else 'no')} event {quoted(name)} of EventSource {quoted(source)}"
    )


def _is_of_workflows(event: object) -> bool:
    return mapping(event).get("resource") == "workflows"


def _launch(
    key: Name, template: Object, trigger: Object, known: dict[str, Dependency], leftovers: list[str]
) -> Iterator[Launch]:
    name = text(template.get("name"))
    where = f"trigger {quoted(name)} of Sensor {quoted(key[1])}"
    action = mapping(template.get("k8s")) or mapping(template.get("argoWorkflow"))
    resource = mapping(mapping(action.get("source")).get("resource"))
    if not resource or text(action.get("operation")) not in ("", "create", "submit", "submit-from"):
        kinds = [kind for kind in template if kind not in ("name", "conditions", "conditionsReset")]
        leftovers.append(
            f"{where}: it submits no Workflow that is written in it ({quoted(', '.join(kinds))})"
        )
        return
    metadata, own = mapping(resource.get("metadata")), labels(mapping(resource.get("metadata")).get("labels"))
    run = _run(resource, action, own)
    if run is None:
        leftovers.append(
            f"{where}: it creates {quoted(text(resource.get('kind')))}, not a Workflow that can be read"
        )
        return
    if trigger.get("parameters"):
        run.remarks.append("low: the trigger itself has parameters, which are not carried over")
    prefix = text(metadata.get("generateName")).rstrip("-") or text(metadata.get("name"))
    expression = text(template.get("conditions"))
    yield Launch(
        sensor=key,
        trigger=name,
        name=run.template or text(run.body.get("clusterWorkflowTemplate")) or prefix or name,
        namespace=text(metadata.get("namespace")) or key[0],
        prefix=prefix,
        labels=own,
        run=run,
        told=f"Sensor {quoted(key[1])}, trigger {quoted(name)}: {quoted(expression or ' && '.join(known))}",
        condition=_condition(expression, known),
        dependencies=known,
        parameters=mappings(action.get("parameters")),
    )


def _condition(expression: str, known: Mapping[str, Dependency]) -> Condition | None:
    """Without conditions, all dependencies are waited for."""
    if expression.strip():
        return conditions.parse(expression, list(known))
    return conditions.combined("all", known) if known else None


def _run(resource: Object, action: Object, own: dict[str, str]) -> Run | None:
    kind, spec = text(resource.get("kind")), mapping(resource.get("spec"))
    if kind == "Workflow":
        return run_of(spec, own)
    if kind not in _TEMPLATES:
        return None
    name = mapping(resource.get("metadata")).get("name")
    run = run_of({"workflowTemplateRef": {"name": name, "clusterScope": _TEMPLATES[kind]}}, {})
    words = action.get("args")
    texts = [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
    for flag, pair in pairwise(texts):
        parameter, equals, value = pair.partition("=")
        if run and flag in ("-p", "--parameter") and equals:
            give(run, parameter, value)
    return run
