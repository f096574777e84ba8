"""Environments: what a graph says otherwise in development or production, laid over it before anything reads it.

No later stage knows of environments: it gets documents that say what the chosen one says, and positions that lead to
where a value stands. An environment belongs to the graph, not to the file it is written in: it may change nodes of the
graph's other files. Mappings are merged, anything else replaces, null removes (RFC 7386, JSON Merge Patch).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from depgen.diagnostics import Diagnostic, Place, Position, Route
from depgen.document import Data, Document
from depgen.nearest import Names
from depgen.phrases import listed, quoted

Fields = dict[str, Any]

FIELD = "environments"
# What an environment may change beside nodes: what every file has, and what stands in one of them, as a rule.
_OF_ALL = ("timezone", "defaults")
_OF_ONE = (
    *("namespace", "calendars", "partitions", "replayWithin", "keep", "onFailure", "mode"),
    *("sweeper", "eventBus", "pods"),
)


class _Layer(NamedTuple):
    """What one file says of an environment."""

    document: Document
    fields: Fields


class Overlaid(Document):
    """A document with an environment laid over it."""

    def __init__(self, base: Document, data: Data, layers: Sequence[_Layer], environment: str) -> None:
        self.path = base.path
        self.data = data
        self._base = base
        self._layers = layers
        self._prefix: Route = (FIELD, environment)

    def position(self, place_route: Route, at_key: bool = False) -> Position:
        """Where the value stands: in the environment if that says it, else in the graph."""
        if place_route[:1] != (FIELD,):
            base_depth, _ = _walked(self._base.data, place_route)
            for layer in reversed(self._layers):
                depth, reached = _walked(layer.fields, place_route)
                is_replaced = 0 < depth < len(place_route) and not isinstance(reached, dict)
                if depth == len(place_route) > 0 or is_replaced or depth > base_depth:
                    return layer.document.position((*self._prefix, *place_route), at_key)
        return self._base.position(place_route, at_key)

    def source_line(self, line: int) -> str:
        """The text of a line (1-based) of the file itself."""
        return self._base.source_line(line)


def names(documents: Mapping[str, Document]) -> list[str]:
    """Every environment that some graph has, sorted."""
    return sorted({name for document in documents.values() for name in _environments(document)})


def unknown(documents: Mapping[str, Document], environment: str) -> Iterator[Diagnostic]:
    """A finding for each graph that does not have the environment."""
    for graph, members in _graphs(documents).items():
        known = names({document.path: document for document in members})
        if environment in known:
            continue
        near = Names(known).closest(environment)
        hint = f"it has {listed(map(quoted, known), 'and')}" if known else f'add it to "{FIELD}"'
        first = next((d for d in members if _environments(d)), members[0])
        yield Diagnostic(
            Place(first.path, (FIELD,) if known else ("graph",), at_key=True),
            "unknown-environment",
            f"graph {quoted(graph)} has no environment {quoted(environment)}",
            f"did you mean {quoted(near)}?" if near else hint,
        )


def laid(
    documents: Mapping[str, Document], environment: str, unfit: frozenset[str]
) -> tuple[dict[str, Document], list[Diagnostic]]:
    """The documents as that environment has them, and what does not fit them; "" is no environment.

    `unfit`: paths of files whose environments do not have the form they should have; those are not laid.
    """
    found: list[Diagnostic] = []
    result = dict(documents)
    if not environment:
        return result, found
    for members in _graphs(documents).values():
        layers = [
            _Layer(document, fields)
            for document in members
            if document.path not in unfit
            and isinstance(fields := _environments(document).get(environment), dict)
        ]
        if layers:
            found += _misfits(members, layers, environment)
            for document in members:
                data = _patched(document, members, layers)
                result[document.path] = Overlaid(document, data, layers, environment)
    return result, found


def moved(documents: Mapping[str, Document], namespace: str) -> dict[str, Document]:
    """The documents as an overlay of that namespace leaves what was built of them; "" is no overlay.

    What a graph says of other namespaces than its own stays as it is.
    """
    result = dict(documents)
    for members in _graphs(documents).values() if namespace else ():
        stated = [cast(Fields, document.data).get("namespace") for document in members]
        own = next((name for name in stated if name is not None), None)
        for document in members:
            data = {
                name: _moved(value, own, namespace) for name, value in cast(Fields, document.data).items()
            }
            result[document.path] = Overlaid(document, data | {"namespace": namespace}, (), "")
    return result


def _moved(value: Any, own: object, namespace: str) -> Any:
    """The value with every `namespace` in it that is the graph's own."""
    if isinstance(value, list):
        return [_moved(item, own, namespace) for item in value]
    if isinstance(value, dict):
        return {
            name: namespace if name == "namespace" and item == own else _moved(item, own, namespace)
            for name, item in value.items()
        }
    return value


def alone(data: Fields, environment: str) -> Fields:
    """A file's data with no other environment than that one: what the sweep in the cluster has to know."""
    kept = {name: value for name, value in data.items() if name != FIELD}
    given = data.get(FIELD)
    if environment and isinstance(given, dict) and environment in given:
        kept[FIELD] = {environment: given[environment]}
    return kept


def _graphs(documents: Mapping[str, Document]) -> dict[str, list[Document]]:
    """The documents that name a graph, by its name and in the order of their paths."""
    found: dict[str, list[Document]] = {}
    for document in sorted(documents.values(), key=lambda d: d.path):
        name = document.data.get("graph") if isinstance(document.data, dict) else None
        if isinstance(name, str):
            found.setdefault(name, []).append(document)
    return found


def _environments(document: Document) -> Fields:
    given = document.data.get(FIELD) if isinstance(document.data, dict) else None
    return cast(Fields, given) if isinstance(given, dict) else {}


def _patched(document: Document, members: Sequence[Document], layers: Sequence[_Layer]) -> Data:
    """What one file says once every layer lies over it."""
    data: Fields = {name: value for name, value in cast(Fields, document.data).items() if name != FIELD}
    for layer in layers:
        for name in (*_OF_ALL, *_OF_ONE):
            if name in layer.fields and (name in _OF_ALL or _takes(document, name, members, layers)):
                _lay(data, name, layer.fields[name])
        nodes = layer.fields.get("nodes")
        if isinstance(nodes, dict) and isinstance(data.get("nodes"), dict):
            data["nodes"] = dict(data["nodes"])
            for id_ in data["nodes"].keys() & nodes.keys():
                _lay(data["nodes"], id_, nodes[id_])
    return cast(Data, data)


def _takes(document: Document, name: str, members: Sequence[Document], layers: Sequence[_Layer]) -> bool:
    """Whether a field of the graph is laid on this file: wherever it is said, else where an environment says it."""
    holders = [d.path for d in members if isinstance(d.data, dict) and name in d.data]
    first = next(layer.document.path for layer in layers if name in layer.fields)
    return document.path in holders if holders else document.path == first


def _lay(data: Fields, name: str, over: Any) -> None:
    if over is None:
        data.pop(name, None)
    else:
        data[name] = _merged(data.get(name), over)


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(over, dict):
        return over
    merged: Fields = dict(base) if isinstance(base, dict) else {}
    for name, value in over.items():
        _lay(merged, name, value)
    return merged


def _misfits(members: Sequence[Document], layers: Sequence[_Layer], environment: str) -> Iterator[Diagnostic]:
    """Nodes that do not exist, and files that say different things of one environment."""
    ids = [
        id_
        for document in members
        if isinstance(document.data, dict) and isinstance(nodes := document.data.get("nodes"), dict)
        for id_ in nodes
    ]
    known, near = frozenset(ids), Names(ids)
    said: dict[Route, tuple[Any, Place]] = {}
    for layer in layers:
        for route, value in _parts(layer.fields):
            place = Place(layer.document.path, (FIELD, environment, *route), at_key=True)
            if route[0] == "nodes" and route[1] not in known:
                meant = near.closest(str(route[1]))
                yield Diagnostic(
                    place,
                    "unknown-node",
                    f"environment {quoted(environment)} changes node {quoted(str(route[1]))}, which does not exist",
                    f"did you mean {quoted(meant)}?" if meant else "add the node to the graph first",
                )
            if route in said and said[route][0] != value:
                what = f"node {quoted(str(route[1]))}" if len(route) > 1 else quoted(str(route[0]))
                yield Diagnostic(
                    place,
                    "files-disagree",
                    f"environment {quoted(environment)} has {what} here and otherwise in another file of the graph",
                    "write it in one of them only",
                    related=((said[route][1], "the other one"),),
                )
            said.setdefault(route, (value, place))


def _parts(fields: Fields) -> Iterator[tuple[Route, Any]]:
    for name, value in fields.items():
        if name == "nodes" and isinstance(value, dict):
            yield from ((("nodes", id_), node) for id_, node in value.items())
        elif name != "nodes":
            yield (name,), value


def _walked(data: Any, route: Route) -> tuple[int, Any]:
    """How many steps of the route the data has, and what it holds there."""
    for depth, step in enumerate(route):
        is_there = (
            step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
        )
        if not is_there:
            return depth, data
        data = data[step]
    return len(route), data
