"""Manifests of any origin to the objects an import looks at, and what could not be read.

A folder of manifests holds more than YAML: templates of charts, halves of documents, tags of other tools. Each
document is tried by itself, so that one of them does not hide the others of its file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import yaml

from depgen.cluster.api import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    EVENT_SOURCES,
    SENSORS,
    WORKFLOW_TEMPLATES,
    Cluster,
)
from depgen.manifest_text import MOST_DEPTH, UNREADABLE, refuse_depth
from depgen.manifests import Object, mapping, mappings
from depgen.phrases import quoted

MOST_VALUES = 200_000  # of one document, its aliases written out
LARGEST_EXACT = 2**53  # of the whole numbers that every reader of JSON keeps as they are
Name = tuple[str, str]

_RESOURCES = (CRON_WORKFLOWS, WORKFLOW_TEMPLATES, SENSORS, EVENT_SOURCES)
_DOCUMENT = re.compile(rb"^(?=---(?:[ \t\r\n]|\Z))", re.MULTILINE)


@dataclass
class Found:
    """Objects by (namespace, name), "" being no namespace; `notes` say what was passed over and why."""

    cron_workflows: dict[Name, Object] = field(default_factory=dict)
    templates: dict[Name, Object] = field(default_factory=dict)
    sensors: dict[Name, Object] = field(default_factory=dict)
    event_sources: dict[Name, Object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to make a graph of."""
        return not self.cron_workflows and not self.sensors

    def within(self, namespace: str) -> Found:
        """What is in one namespace, or in none that is named."""

        def kept(objects: dict[Name, Object]) -> dict[Name, Object]:
            return {key: item for key, item in objects.items() if key[0] in ("", namespace)}

        return Found(
            cron_workflows=kept(self.cron_workflows),
            templates=kept(self.templates),
            sensors=kept(self.sensors),
            event_sources=kept(self.event_sources),
            notes=self.notes,
        )

    def add(self, item: object) -> None:
        """Take an object, or those of a List, if they are of a kind that is looked at."""
        body = mapping(item)
        kind, metadata = body.get("kind"), mapping(body.get("metadata"))
        if isinstance(kind, str) and kind.endswith("List"):
            for one in mappings(body.get("items")):
                self.add({"kind": kind.removesuffix("List"), **one})
            return
        kinds = {
            "CronWorkflow": self.cron_workflows,
            "WorkflowTemplate": self.templates,
            "ClusterWorkflowTemplate": self.templates,
            "Sensor": self.sensors,
            "EventSource": self.event_sources,
        }
        name = text(metadata.get("name"))
        if kind in kinds and name:
            kinds[kind][text(metadata.get("namespace")), name] = body


def text(value: object) -> str:
    """The value if it is text, else none."""
    return value if isinstance(value, str) else ""


def labels(value: object) -> dict[str, str]:
    """The entries of a mapping from text to text."""
    return {name: one for name, one in mapping(value).items() if isinstance(one, str)}


def read_files(files: Iterable[tuple[str, bytes]]) -> Found:
    """The objects of YAML files (path, bytes)."""
    found = Found()
    for path, raw in files:
        for number, document in enumerate(filter(bytes.strip, _DOCUMENT.split(raw)), 1):
            try:
                for item in _values(document):
                    found.add(item)
            except UNREADABLE as error:
                found.notes.append(f"{path}: document {number} is passed over: {_reason(document, error)}")
    return found


def read_cluster(cluster: Cluster, namespace: str) -> Found:
    """The objects of one namespace, and the templates of the cluster."""
    found = Found()
    for resource in _RESOURCES:
        for item in cluster.list(resource, namespace):
            found.add({**_plain(item, [MOST_VALUES]), "kind": resource.kind})
    for item in cluster.list(CLUSTER_WORKFLOW_TEMPLATES, ""):
        found.add({**_plain(item, [MOST_VALUES]), "kind": CLUSTER_WORKFLOW_TEMPLATES.kind})
    return found


def _values(document: bytes) -> Iterator[object]:
    refuse_depth(document)
    for item in yaml.load_all(document, Loader=yaml.CSafeLoader):
        yield _plain(item, [MOST_VALUES])


def _plain(value: object, left: list[int], depth: int = 0) -> dict[str, object]:
    """The value as JSON holds it; anything but a mapping becomes an empty one."""
    plain = _json(value, left, depth)
    return plain if isinstance(plain, dict) else {}


def _json(value: object, left: list[int], depth: int) -> object:
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"it has more than {MOST_VALUES} values")
    if depth > MOST_DEPTH:
        raise RecursionError
    if isinstance(value, Mapping):
        return {str(key): _json(one, left, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one, left, depth + 1) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > LARGEST_EXACT:
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else ""


def _reason(document: bytes, error: Exception) -> str:
    if b"{{" in document and isinstance(error, yaml.YAMLError):
        return "it looks like the template of a chart; import what `helm template` makes of it"
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    if isinstance(error, RecursionError):
        problem = "it is nested too deep"
    return quoted(problem or str(error) or "no readable YAML")
