"""The selection language: which nodes of some graphs are meant, in a few characters.

`report` is a node, `+report` it and everything it waits for, `report+` it and everything that waits for it, `2+report`
only two steps of that. `tag:nightly`, `graph:etl`, `namespace:data`, `owner:sales` and `kind:source` are all nodes that
are so, and `*` and `?` stand for characters. A space joins (this and that too), a comma narrows (what is in both), `!`
turns round. The page's script reads the same language; tests/selection_cases.json holds both to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Literal, NamedTuple

from depgen.errors import InputError
from depgen.model import Graph, Node
from depgen.nearest import Names
from depgen.phrases import quoted

Arc = tuple[str, str]
Kind = Literal["source", "node", "external"]
_ATOM = re.compile(r"(!)?(?:([0-9]*)\+)?([^+!\s,]+)(?:\+([0-9]*))?")
_FIELDS = ("tag", "graph", "namespace", "owner", "kind")
_FAR = 10**9


class Thing(NamedTuple):
    """What a node can be selected by. `kind`: source, node, or external for a source that is in a graph not given."""

    graph: str
    name: str
    kind: Kind = "node"
    namespace: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`graph/name`."""
        return f"{self.graph}/{self.name}"

    def values(self, field: str) -> tuple[str, ...]:
        """Of a field of the language."""
        return self.tags if field == "tag" else (getattr(self, field),)


@dataclass(frozen=True)
class Choice:
    """Nodes by id, and the arcs between them, from upstream to downstream."""

    things: Mapping[str, Thing]
    upstreams: Mapping[str, Sequence[str]]
    downstreams: Mapping[str, Sequence[str]]

    def select(self, text: str) -> frozenset[str]:
        """The ids of the nodes that are meant; all of no text. InputError if it cannot be read or nothing is so."""
        terms = re.sub(r"\s*,\s*", ",", text).split()
        if not terms:
            return frozenset(self.things)
        found: set[str] = set()
        for term in terms:
            atoms = [self._atom(atom, term) for atom in term.split(",")]
            found |= frozenset.intersection(*atoms)
        return frozenset(found)

    def names(self, text: str) -> Mapping[str, frozenset[str]]:
        """The same by graph, without its name; of a graph of which none is meant, no nodes."""
        found: dict[str, set[str]] = defaultdict(set)
        for id_ in self.select(text):
            found[self.things[id_].graph].add(self.things[id_].name)
        graphs = {thing.graph for thing in self.things.values()}
        return {graph: frozenset(found[graph]) for graph in graphs}

    def _atom(self, text: str, term: str) -> frozenset[str]:
        read = _ATOM.fullmatch(text)
        if read is None:
            raise InputError(
                f"cannot read {quoted(text or term)}: write such as report, +report, report+2 or tag:nightly"
            )
        is_not, up, base, down = read.groups()
        found = self._base(base)
        wider = found | self._walk(found, self.upstreams, up) | self._walk(found, self.downstreams, down)
        return frozenset(self.things.keys() - wider) if is_not else wider

    def _base(self, text: str) -> frozenset[str]:
        field, colon, pattern = text.partition(":")
        if colon and field not in _FIELDS:
            known = ", ".join(f"{name}:" for name in _FIELDS)
            raise InputError(f"cannot read {quoted(text)}: nodes are selected by their name, or by {known}")
        if not colon:
            pattern, field = text, "id" if "/" in text else "name"
        fits = re.compile(translate(pattern.replace("[", "[[]"))).match
        found = frozenset(
            id_ for id_, thing in self.things.items() if any(fits(value) for value in thing.values(field))
        )
        if not found:
            raise InputError(f"nothing matches {quoted(text)}{self._guess(text)}")
        return found

    def _guess(self, text: str) -> str:
        names = {name for id_, thing in self.things.items() for name in (thing.name, id_)}
        guess = Names(names).closest(text)
        return f'; did you mean "{guess}"?' if guess else ""

    def _walk(
        self, start: frozenset[str], near: Mapping[str, Sequence[str]], hops: str | None
    ) -> frozenset[str]:
        """Everything within so many hops of the start, "" being any number and None no walk at all."""
        seen = set(start)
        front = start
        left = 0 if hops is None else int(hops) if hops else _FAR
        while front and left:
            front = frozenset(one for id_ in front for one in near.get(id_, ())) - seen
            seen |= front
            left -= 1
        return frozenset(seen)


def choice(things: Iterable[Thing], arcs: Iterable[Arc]) -> Choice:
    """Of nodes and the arcs between them; arcs of other nodes are left out."""
    known = {thing.id: thing for thing in things}
    upstreams: dict[str, list[str]] = defaultdict(list)
    downstreams: dict[str, list[str]] = defaultdict(list)
    for upstream, downstream in arcs:
        if upstream in known and downstream in known:
            upstreams[downstream].append(upstream)
            downstreams[upstream].append(downstream)
    return Choice(known, upstreams, downstreams)


def of_graphs(graphs: Sequence[Graph]) -> Choice:
    """Of graphs as they are written, and what their sources listen to in each other."""
    known = {f"{graph.name}/{id_}" for graph in graphs for id_ in graph.nodes}
    things, arcs = [], []
    for graph in graphs:
        for node in graph.nodes.values():
            found = thing_of(graph, node, known)
            things.append(found)
            arcs += [(f"{graph.name}/{edge.upstream}", found.id) for edge in node.edges.leaves]
            if node.source and node.source.kind == "graph":
                arcs.append((f"{node.source.name}/{node.source.node}", found.id))
    return choice(things, arcs)


def thing_of(graph: Graph, node: Node, known: Container[str]) -> Thing:
    """What a node can be selected by; `known` are the ids of all nodes."""
    source, target, notes = node.source, node.source or node.run, dict(node.notes)
    is_elsewhere = source and source.kind == "graph" and f"{source.name}/{source.node}" not in known
    return Thing(
        graph.name,
        node.id,
        "node" if source is None else "external" if is_elsewhere else "source",
        target.namespace if target else graph.namespace,
        notes.get("owner", ""),
        tuple(notes["tags"].split(",")) if "tags" in notes else (),
    )
