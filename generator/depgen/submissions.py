"""The Workflows that rendered Sensors create, as a policy can compare them with what somebody else creates.

Read from the triggers, so whatever a Sensor can be made to submit is here and nothing else. What a trigger takes
from an event is free: the Workflow's name and key, and the values of some parameters. All else is fixed. Nodes differ
in their names and templates and in little else, so those of one shape stand together: a thousand nodes have to fit one
policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from depgen import naming
from depgen.errors import InternalError
from depgen.model import Json

Manifest = Mapping[str, Any]
Shape = dict[str, Json]

LABEL_NODE = "depgen.io/node"
_VALUE = re.compile(r"spec\.arguments\.parameters\.([0-9]+)\.value")
_NAMED = frozenset(["name", "clusterScope"])


def shapes(sensors: Iterable[Manifest]) -> list[Shape]:
    """What may be submitted, each with the `nodes` it holds for: node id -> name of its template, "" for none.

    `labels` are those beside graph, node and key; `parameters` lack their `value` where their names are in `free`.
    """
    found: dict[str, Shape] = {}
    triggers = [(sensor, trigger) for sensor in sensors for trigger in _triggers(sensor)]
    runs = [node for _, trigger in triggers for node in [_fixed_node(trigger)] if node]
    for sensor, trigger in triggers:
        shape, template = _shape(sensor, trigger)
        own = _fixed_node(trigger)
        nodes = [own] if own else [naming.alert(node, "failed") for node in runs]
        shape = found.setdefault(json.dumps(shape, sort_keys=True), {**shape, "nodes": {}})
        shape["nodes"] = {**_mapping(shape["nodes"]), **dict.fromkeys(nodes, template)}
    return [found[text] for text in sorted(found)]


def annotation_names(sensors: Iterable[Manifest]) -> list[str]:
    """The names of all annotations that some trigger sets."""
    names: set[str] = set()
    for sensor in sensors:
        for trigger in _triggers(sensor):
            names |= trigger["source"]["resource"]["metadata"].get("annotations", {}).keys()
            names |= {dest[2] for dest in _destinations(trigger) if dest[1:2] == ["annotations"]}
    return sorted(names)


def namespaces(sensors: Iterable[Manifest]) -> list[str]:
    """Where Workflows are submitted."""
    return sorted({_namespace(sensor, trigger) for sensor in sensors for trigger in _triggers(sensor)})


# ---- one trigger ----


def _triggers(sensor: Manifest) -> Iterator[Manifest]:
    """What creates Workflows, without what Argo Events needs around it."""
    for trigger in sensor["spec"]["triggers"]:
        made = trigger["template"].get("k8s", {})
        if made.get("operation") == "create" and made["source"]["resource"]["kind"] == "Workflow":
            yield made


def _shape(sensor: Manifest, trigger: Manifest) -> tuple[Shape, str]:
    """All but the node's id and the name of its template; that name."""
    workflow = trigger["source"]["resource"]
    spec = dict(workflow["spec"])
    reference = spec.pop("workflowTemplateRef", {})
    if not reference.keys() <= _NAMED:
        raise InternalError(f"a workflowTemplateRef with {sorted(reference)}")
    arguments = dict(spec.pop("arguments", {}))
    parameters = [dict(parameter) for parameter in arguments.pop("parameters", [])]
    free = [parameters[index]["name"] for index in _values(trigger)]
    for index in _values(trigger):
        del parameters[index]["value"]
    own = (naming.LABEL_GRAPH, LABEL_NODE, naming.LABEL_KEY)
    shape: Shape = {
        "arguments": arguments,
        "clusterScope": reference.get("clusterScope", False),
        "free": sorted(free),
        "labels": {n: v for n, v in sorted(workflow["metadata"]["labels"].items()) if n not in own},
        "namespace": _namespace(sensor, trigger),
        "parameters": parameters,
        "spec": spec,
    }
    return shape, reference.get("name", "")


def _fixed_node(trigger: Manifest) -> str:
    """The node of a trigger; "" if the event says which one it is."""
    if ["metadata", "labels", LABEL_NODE] in _destinations(trigger):
        return ""
    return str(trigger["source"]["resource"]["metadata"]["labels"][LABEL_NODE])


def _namespace(sensor: Manifest, trigger: Manifest) -> str:
    metadata = trigger["source"]["resource"]["metadata"]
    return str(metadata.get("namespace", sensor["metadata"]["namespace"]))


def _values(trigger: Manifest) -> list[int]:
    """The positions of the parameters whose values come from an event."""
    matches = [_VALUE.fullmatch(parameter["dest"]) for parameter in trigger["parameters"]]
    return [int(match[1]) for match in matches if match]


def _destinations(trigger: Manifest) -> list[list[str]]:
    """Where in the metadata the values of events go: path by path."""
    found = []
    for parameter in trigger["parameters"]:
        dest = parameter["dest"]
        parts = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", dest)]
        if parts[0] == "metadata":
            found.append(parts)
        elif not _VALUE.fullmatch(dest):
            raise InternalError(f"a trigger that fills in {dest}, which no policy knows of")
    return found


def _mapping(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value
