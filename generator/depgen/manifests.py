"""The user's own WorkflowTemplates and CronWorkflows, as far as lint can use them.

They are read leniently: other kinds are passed over, and a file that is no YAML is one finding, not a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from depgen.diagnostics import Diagnostic, Position, Severity

_KINDS = {
    "WorkflowTemplate": "templates",
    "ClusterWorkflowTemplate": "cluster_templates",
    "CronWorkflow": "cron_workflows",
}


@dataclass(frozen=True)
class Manifests:
    """Objects by (namespace, name); a cluster template's namespace is "". `given` is false if there are none at all."""

    given: bool = False
    templates: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    cluster_templates: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    cron_workflows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def read(files: Iterable[tuple[str, bytes]], default_namespace: str) -> tuple[Manifests, list[Diagnostic]]:
    """Objects of the given kinds in `files` (path, bytes); those without a namespace are in `default_namespace`."""
    found: list[Diagnostic] = []
    manifests = Manifests(given=True)
    for path, raw in files:
        try:
            for item in yaml.load_all(raw, Loader=yaml.CSafeLoader):
                _take(item, manifests, default_namespace)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = Position(path, mark.line + 1, mark.column + 1) if mark else Position(path, 1, 1)
            problem = getattr(error, "problem", None) or "no readable YAML"
            found.append(
                Diagnostic(
                    where, "unreadable-manifest", f"manifest passed over: {problem}", None, Severity.WARNING
                )
            )
    return manifests, found


def _take(item: object, manifests: Manifests, default_namespace: str) -> None:
    if not isinstance(item, dict):
        return
    kind, metadata = item.get("kind"), item.get("metadata")
    if kind == "List" and isinstance(item.get("items"), list):
        for one in item["items"]:
            _take(one, manifests, default_namespace)
    elif kind in _KINDS and isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
        namespace = (
            "" if kind == "ClusterWorkflowTemplate" else str(metadata.get("namespace") or default_namespace)
        )
        getattr(manifests, _KINDS[kind])[namespace, metadata["name"]] = item
