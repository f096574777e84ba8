"""Every node that a scenario names, and those that its graph does not have.

A node counts as known if the graph files have it, or an edit adds it: which of them is there when is told by playing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from depgen import pipeline
from depgen.diagnostics import Diagnostic, Place, Route
from depgen.nearest import Names
from depgen.pipeline import InputFile

Data = dict[str, Any]
_SHORT = ("begin", "complete", "hold", "release", "fire", "skip")
_LISTS = ("runs", "only", "invalid", "nodes", "assume")
_ALERTS = ("late", "missed", "failed")


def unknown(path: str, data: Data, files: Sequence[InputFile]) -> Iterator[Diagnostic]:
    """A finding for each mention of a node that is nowhere; none if a graph file cannot be read."""
    documents = pipeline.load(files).documents
    known = set(_edited(data))
    for document in documents.values():
        nodes = document.data.get("nodes") if isinstance(document.data, dict) else None
        if not isinstance(nodes, dict):
            return
        known |= set(nodes)
        known |= {f"{node}-{of}" for node, own in nodes.items() for of in _each(own)}
    names = Names(known)
    for route, name in mentioned(data):
        id_ = name.rpartition("/")[2]
        if id_ not in known and not (route[0] == "runs" and _of_alert(id_) in known):
            guess = names.closest(id_)
            hint = f'did you mean "{guess}"?' if guess else "name a node of the graph"
            yield Diagnostic(Place(path, route), "scenario-node", f'the graph has no node "{name}"', hint)


def mentioned(data: Data) -> Iterator[tuple[Route, str]]:
    """Each node that is named, and where."""
    yield from ((("runs", name), name) for name in data.get("runs") or () if name != "default")
    for number, step in enumerate(data.get("steps") or ()):
        kind = next(field for field in step if field != "at")
        route: Route = ("steps", number, kind)
        if kind in _SHORT and isinstance(step[kind], str):
            yield route, step[kind]
        elif kind not in ("edit", "event"):
            yield from _within(route, step[kind])
    yield from _within(("expect",), data["expect"])


def _of_alert(run: str) -> str | None:
    """The node whose alert a run is, by its name."""
    node, _, kind = run.rpartition("-")
    return node if kind in _ALERTS else None


def _within(route: Route, data: Any) -> Iterator[tuple[Route, str]]:
    if not isinstance(data, dict):
        return
    for field, value in data.items():
        here = (*route, field)
        if field in ("node", "upstream"):
            yield here, value
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, str) and field in _LISTS:
                    yield (*here, number), item
                yield from _within((*here, number), item)


def _edited(data: Data) -> Iterable[str]:
    for step in data.get("steps") or ():
        nodes = step["edit"].get("nodes") if "edit" in step else None
        yield from nodes if isinstance(nodes, dict) else ()


def _each(node: Any) -> Iterator[str]:
    """The upstreams of a node that has one run for each of them."""
    if isinstance(node, dict) and node.get("per") == "upstream":
        for edge in node.get("dependsOn") or ():
            yield edge if isinstance(edge, str) else str(edge.get("node"))
