"""A story's graph in the namespace of a test: under the namespace's names, with all that it needs to run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.stack import workflows
from tests.stack.namespace import Namespace

from depgen.pipeline import InputFile
from depgen.play.compiled import Compiled, compiled
from depgen.scenario import overlay

READY_SECONDS = 60.0


def deploy(
    namespace: Namespace, files: Sequence[InputFile], environment: str, *, is_ageless: bool
) -> Compiled:
    """The graph, which runs when this returns.

    `is_ageless`: no fact is too old for what is deployed. Whoever takes the time as an argument has the graph as it is.
    """
    ours = overlay.overlaid(files, {"graph": namespace.graph, "namespace": namespace.name})
    ours = overlay.overlaid(ours, {"nodes": _renamed(namespace, json.loads(ours[0].raw))})
    made = compiled(ours, environment)
    ageless = overlay.overlaid(ours, {"replayWithin": "99999h"})
    objects = list((compiled(ageless, environment) if is_ageless else made).objects.values())
    namespace.apply([*_templates(objects), *objects])
    namespace.wait_ready(READY_SECONDS)
    return made


def foreign(namespace: Namespace, source: str) -> str:
    """An EventSource that is no part of the graph has a name of the namespace's own, as all share a bus."""
    return f"{source}-{namespace.graph}"


def _renamed(namespace: Namespace, graph: Mapping[str, Any]) -> dict[str, Any]:
    """The sources of nodes that wait for events of somebody else."""
    events = {node: found.get("source", {}).get("event") for node, found in graph["nodes"].items()}
    return {
        node: {"source": {"event": {"eventSource": foreign(namespace, event["eventSource"])}}}
        for node, event in events.items()
        if event
    }


def _templates(objects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A WorkflowTemplate that never ends by itself for each that a Sensor names, with all parameters it is ever given."""
    wanted: dict[str, dict[str, Any]] = {}
    for sensor in objects:
        for trigger in sensor["spec"]["triggers"] if sensor["kind"] == "Sensor" else ():
            spec = trigger["template"].get("k8s", {}).get("source", {}).get("resource", {}).get("spec", {})
            if "workflowTemplateRef" in spec:
                given = wanted.setdefault(spec["workflowTemplateRef"]["name"], {})
                for parameter in spec.get("arguments", {}).get("parameters", ()):
                    given[parameter["name"]] = {"name": parameter["name"], "value": ""}
    return [_template(name, list(given.values())) for name, given in sorted(wanted.items())]


def _template(name: str, parameters: list[dict[str, str]]) -> dict[str, Any]:
    made = workflows.suspend_template(name, None)
    return {**made, "spec": {**made["spec"], "arguments": {"parameters": parameters}}}
