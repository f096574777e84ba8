"""A default that the schema names is what depgen does: with it or without it, the graph is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from depgen import assets, pipeline
from depgen.model import Sweeper
from depgen.pipeline import InputFile
from tests.house.test_schema_texts import parts

# Where in SPOTLESS a field of the schema can stand, by the field's path in the schema.
HOMES = {
    "/partitions": ("partitions",),
    "/replayWithin": ("replayWithin",),
    "/keep": ("keep",),
    "/mode": ("mode",),
    "/eventBus": ("eventBus",),
    "/sweeper/every": ("sweeper", "every"),
    "/sweeper/mode": ("sweeper", "mode"),
    "/pods/replicas": ("pods", "replicas"),
    "/key/label": ("nodes", "sales", "key", "label"),
    "/key/dayStart": ("nodes", "stock", "key", "dayStart"),
    "/key/every": ("nodes", "sales", "key", "every"),
    "/runNode/per": ("nodes", "report", "per"),
    "/runNode/onRerun": ("nodes", "report", "onRerun"),
    "/runNode/dependsOnPast": ("nodes", "report", "dependsOnPast"),
    "/runNode/mode": ("nodes", "report", "mode"),
    "/runNode/suspend": ("nodes", "report", "suspend"),
    "/runNode/concurrencyPolicy": ("nodes", "report", "concurrencyPolicy"),
    "/runNode/onCutoff": ("nodes", "report", "onCutoff"),
    "/runNode/onLate": ("nodes", "report", "onLate"),
    "/runNode/catchup": ("nodes", "report", "catchup"),
    "/longEdge/status": ("nodes", "report", "dependsOn", 0, "status"),
    "/longEdge/match": ("nodes", "report", "dependsOn", 0, "match"),
    "/longEdge/match/pick": ("nodes", "report", "dependsOn", 1, "match", "pick"),
    "/longEdge/require": ("nodes", "report", "dependsOn", 1, "require"),
    "/longEdge/ifNotScheduled": ("nodes", "report", "dependsOn", 0, "ifNotScheduled"),
    "/webhookCall/method": ("nodes", "report", "onMiss", "webhook", "method"),
    **{
        f"/defaults/{name}": ("defaults", name)
        for name in ("onRerun", "dependsOnPast", "concurrencyPolicy", "onCutoff", "onLate", "catchup")
    },
}
# Without a word of what has a default.
SPOTLESS: dict[str, Any] = {
    "apiVersion": "depgen.io/v1",
    "graph": "etl",
    "namespace": "data",
    "timezone": "Europe/Paris",
    "sweeper": {"image": "registry.example.com/depgen:1.0.0"},
    "pods": {"priorityClassName": "platform"},
    "defaults": {"owner": "data-platform"},
    "nodes": {
        "sales": {"source": {"cronWorkflow": "sales-load"}, "key": {"from": "label"}},
        "stock": {"source": {"cronWorkflow": "stock-load"}, "key": {"from": "finishedAt"}},
        "hours": {"source": {"cronWorkflow": "hours-load"}, "key": {"every": "hour"}},
        "report": {
            "run": {"workflowTemplate": "daily-report"},
            "every": "day",
            "dependsOn": [{"node": "sales"}, {"node": "hours", "match": {"within": "key"}}],
            "deadline": "22:00",
            "cutoff": "23:00",
            "onMiss": {"webhook": {"url": "https://example.com/alerts"}},
        },
    },
}


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(assets.text("schemas", "graph.schema.json"))
    return found


def defaults() -> dict[str, Any]:
    """Every default of a field, by its path; a definition that several fields refer to is theirs."""
    whole = schema()
    return {
        part.path: part.schema["default"]
        for part in parts(whole, whole)
        if "default" in part.schema and part.path.removeprefix("/") not in whole["$defs"]
    } | {f"/{name}": inner["default"] for name, inner in whole["properties"].items() if "default" in inner}


def built(data: Any) -> tuple[dict[str, str], Sweeper | None]:
    """The objects, and the sweeper instead of its own: that holds the graph as it was written."""
    checked = pipeline.check(pipeline.load([InputFile("graph.yaml", json.dumps(data).encode())]))
    assert [finding.text for finding in checked.findings if finding.severity == "error"] == []
    files = pipeline.build(checked).files
    return {name: text for name, text in files.items() if "sweep" not in name}, checked.graphs[0].sweeper


def holding(data: Any, route: tuple[str | int, ...], value: Any) -> Any:
    if not route:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    assert len(route) > 1 or route[0] not in copy, "it stands there already"
    copy[route[0]] = holding(copy[route[0]] if len(route) > 1 else None, route[1:], value)
    return copy


def test_every_default_is_tried() -> None:
    assert defaults().keys() == HOMES.keys()


@pytest.mark.parametrize("path", HOMES)
def test_a_default_of_the_schema_changes_nothing(path: str) -> None:
    assert built(holding(SPOTLESS, HOMES[path], defaults()[path])) == built(SPOTLESS)
