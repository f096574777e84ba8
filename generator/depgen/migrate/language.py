"""The steps from older graph files to the current language, each a search that gives fixes.

A step whose fix keeps an old meaning is a question of taste: its findings have a fix only if that is asked for, and are
told otherwise. Nothing is found twice: a file that was migrated has nothing more of that step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from depgen import formats
from depgen.diagnostics import Diagnostic, Fix, Place, Route, Severity
from depgen.document import Document

Graph: TypeAlias = Mapping[str, Any]


class Step(NamedTuple):
    """`format` is the output format that it came with; `find` is given a path, its data and whether to keep old meanings."""

    id: str
    format: int
    title: str
    find: Callable[[str, Graph, bool], Iterator[Diagnostic]]


def found(documents: Iterable[Document], before: int, keep_meaning: bool) -> Iterator[Diagnostic]:
    """What graphs that were last built in the output format `before` should say otherwise."""
    steps = [step for step in STEPS if step.format > before]
    for document in documents:
        if isinstance(document.data, dict):
            for step in steps:
                yield from step.find(document.path, document.data, keep_meaning)


def _without_language(path: str, data: Graph, keep_meaning: bool) -> Iterator[Diagnostic]:
    if "apiVersion" not in data and {"graph", "nodes"} <= data.keys():
        yield Diagnostic(
            Place(path),
            "api-version",
            f'the graph does not say its language, "apiVersion: {formats.LANGUAGE}"',
            fix=Fix(Place(path), "apiVersion", formats.LANGUAGE),
        )


# What `status` counted before there were outcomes without a Workflow, and what it counts besides now.
_COUNTED = {
    "failure": (("Failed", "Error"), "EXPIRED and REJECTED"),
    "done": (("Succeeded", "Failed", "Error"), "SKIPPED, EXPIRED and REJECTED"),
}


def _statuses(path: str, data: Graph, keep_meaning: bool) -> Iterator[Diagnostic]:
    for route, edge in _edges(data):
        status = edge.get("status")
        if isinstance(status, str) and status in _COUNTED:
            phases, more = _COUNTED[status]
            place = Place(path, route)
            yield Diagnostic(
                place._replace(route=(*route, "status")),
                "status-outcomes",
                f'"status: {status}" also counts {more} now',
                f'"status: [{", ".join(phases)}]" is what it meant before',
                Severity.WARNING,
                fix=Fix(place, "status", phases) if keep_meaning else None,
            )


def _edges(data: Graph) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    nodes = data.get("nodes")
    for id_, node in nodes.items() if isinstance(nodes, dict) else ():
        if isinstance(node, dict):
            yield from _within(("nodes", id_, "dependsOn"), node.get("dependsOn"))


def _within(route: Route, edges: Any) -> Iterator[tuple[Route, Mapping[str, Any]]]:
    """The edges of a list that are mappings, those of groups too."""
    for index, edge in enumerate(edges if isinstance(edges, list) else ()):
        if isinstance(edge, dict):
            yield (*route, index), edge
            for group in ("allOf", "anyOf"):
                yield from _within((*route, index, group), edge.get(group))


STEPS = (
    Step("api-version", 2, "A graph says its language.", _without_language),
    Step("status-outcomes", 2, "Edges on failure and done count outcomes without a Workflow.", _statuses),
)
