"""The user's own WorkflowTemplates and CronWorkflows, as far as lint can use them.

They are read leniently: other kinds are passed over, and a file that is no YAML is one finding, not a failure. What is
in them is somebody else's format, so nothing of it is taken for granted: `mapping` and `mappings` read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import yaml

from depgen.diagnostics import Diagnostic, Position, Severity

Object = Mapping[str, object]
Name = tuple[str, str]

MOST_DEPTH = 500
# All but the first are what PyYAML's constructors let through where a tag or a number is odd.
UNREADABLE = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

_CLUSTER = "ClusterWorkflowTemplate"
_KINDS = ("WorkflowTemplate", _CLUSTER, "CronWorkflow")


@dataclass(frozen=True)
class Manifests:
    """Objects by (namespace, name); a cluster template's namespace is "".

    `given` is false if no manifests were asked to be read, `is_whole` if one of them could not be.
    """

    given: bool = False
    is_whole: bool = True
    templates: dict[Name, Object] = field(default_factory=dict)
    cluster_templates: dict[Name, Object] = field(default_factory=dict)
    cron_workflows: dict[Name, Object] = field(default_factory=dict)


NO_MANIFESTS = Manifests()


def read(files: Iterable[tuple[str, bytes]], default_namespace: str) -> tuple[Manifests, list[Diagnostic]]:
    """Objects of the given kinds in `files` (path, bytes); those without a namespace are in `default_namespace`."""
    found: list[Diagnostic] = []
    objects: dict[str, dict[Name, Object]] = {kind: {} for kind in _KINDS}
    for path, raw in files:
        try:
            with suppress(yaml.YAMLError):  # told of below, after what stands before it
                refuse_depth(raw)
            for item in yaml.load_all(raw, Loader=yaml.CSafeLoader):
                _take(item, objects, default_namespace)
        except UNREADABLE as error:
            found.append(_unreadable(path, error))
    templates, cluster_templates, cron_workflows = objects.values()
    return Manifests(True, not found, templates, cluster_templates, cron_workflows), found


def mapping(value: object) -> Object:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Object]:
    """The mappings in a list; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def refuse_depth(raw: bytes) -> None:
    """Raise RecursionError before PyYAML's composer, which is recursive C, would end the process."""
    depth = 0
    for event in yaml.parse(raw, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _unreadable(path: str, error: Exception) -> Diagnostic:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    problem = error.problem if isinstance(error, yaml.MarkedYAMLError) else None
    where = Position(path, mark.line + 1, mark.column + 1) if mark else Position(path, 1, 1)
    message = f"manifest passed over: {problem or 'no readable YAML'}"
    return Diagnostic(where, "unreadable-manifest", message, None, Severity.WARNING)


def _take(item: object, objects: Mapping[str, dict[Name, Object]], default_namespace: str) -> None:
    body = mapping(item)
    kind, metadata = body.get("kind"), mapping(body.get("metadata"))
    name = metadata.get("name")
    if kind == "List":
        for one in mappings(body.get("items")):
            _take(one, objects, default_namespace)
    elif isinstance(kind, str) and kind in objects and isinstance(name, str):
        namespace = "" if kind == _CLUSTER else str(metadata.get("namespace") or default_namespace)
        objects[kind][namespace, name] = body
