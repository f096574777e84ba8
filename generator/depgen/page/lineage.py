"""Graphs as what is to be seen of them: nodes in their places, and the lines between, in the words of their authors.

Made from compiled graphs. A source that is a node of another graph is tied to it if that graph is on the page, and is
"external" if not. With an older version beside it, what has gone since is there too, so that a picture can show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from depgen import pipeline
from depgen.model import Edge, Graph, Group, Node
from depgen.page.layout import layout
from depgen.page.routing import Link
from depgen.page.viewing import Block, Frame, Point
from depgen.pipeline import Checked
from depgen.selection import Kind, choice, thing_of
from depgen.summary import EdgeSummary, GroupSummary, NodeSummary

Status = Literal["success", "failure", "done", "listens"]
Join = Literal["all", "any", "atLeast"]

HEIGHT = 42
# What an edge says that has no conditions.
USUAL = "succeeded"
# A character of a name, and of the line below it, in fonts that are wide.
NAME_PIXELS, SUB_PIXELS, PADDING = 8.4, 6.4, 28
_NARROWEST, _WIDEST = 96, 260


@dataclass(frozen=True, slots=True)
class PageNode:
    """A node; `id` is `graph/name`, `what` the Argo object, `extras` its conditions, each a phrase.

    `lr` and `tb` are its top left corners in the two directions. `has_gate`: it has a `notBefore`.
    """

    id: str
    graph: str
    name: str
    kind: Kind
    group: str
    namespace: str
    tags: tuple[str, ...]
    owner: str
    what: str
    extras: tuple[str, ...]
    has_gate: bool
    layer: int
    lr: Point
    tb: Point
    width: int
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class PageEdge:
    """A line from one node's id to another's. `flags`: window, lookback, keys, when, gate; `words` tell them all.

    `on`: how the upstream must end; of a source that is another graph's node, "listens". `join`: how many of the
    downstream's edges are needed, as far as this one is concerned.
    """

    id: str
    upstream: str
    downstream: str
    on: Status
    join: Join
    flags: tuple[str, ...]
    words: str
    lr: tuple[Point, ...]
    tb: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The size of the picture in one direction, and a frame around each graph if there are several."""

    width: int
    height: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """`nodes` are sorted by id, `edges` by downstream, upstream and words. `crossings`: before and after ordering."""

    nodes: tuple[PageNode, ...]
    edges: tuple[PageEdge, ...]
    lr: Sheet
    tb: Sheet
    crossings: tuple[int, int] = (0, 0)

    @property
    def graphs(self) -> tuple[str, ...]:
        """The names of the graphs, sorted."""
        return tuple(sorted({node.graph for node in self.nodes}))


@dataclass(frozen=True, slots=True, order=True)
class _Line:
    """An edge before it has a place."""

    downstream: str
    upstream: str
    words: str
    on: Status
    join: Join
    flags: tuple[str, ...]

    @property
    def style(self) -> str:
        """Lines that look alike may share their way."""
        return " ".join((self.on, self.join, *self.flags))


@dataclass(frozen=True, slots=True)
class _Thing:
    """A node before it has a place."""

    graph: Graph
    node: Node
    summary: NodeSummary

    @property
    def id(self) -> str:
        return f"{self.graph.name}/{self.node.id}"

    @property
    def width(self) -> int:
        text = max(len(self.node.id) * NAME_PIXELS, len(self.summary.what) * SUB_PIXELS)
        return ceil(min(max(text + PADDING, _NARROWEST), _WIDEST))


def lineage(checked: Checked, against: Checked | None = None, selected: str = "") -> Lineage:
    """Of graphs without errors; `against` is the older version. Only of the nodes that are `selected`, if any are.

    InputError if the selection cannot be read, or names what is not there.
    """
    things: dict[str, _Thing] = {}
    lines: set[_Line] = set()
    for version in (checked, against) if against else (checked,):
        own = {thing.id: thing for thing in _things(version)}
        drawn = {(line.upstream, line.downstream) for line in lines}
        lines |= {line for line in _lines(version, own) if (line.upstream, line.downstream) not in drawn}
        things = own | things
    if selected:
        seen = [thing_of(thing.graph, thing.node, things) for thing in things.values()]
        chosen = choice(seen, ((line.upstream, line.downstream) for line in lines)).select(selected)
        things = {id_: thing for id_, thing in things.items() if id_ in chosen}
    return _laid_out({id_: things[id_] for id_ in sorted(things)}, sorted(lines))


def _things(checked: Checked) -> Iterator[_Thing]:
    graphs = {graph.name: graph for graph in checked.graphs}
    for summary in pipeline.summaries(checked):
        graph = graphs[summary.name]
        yield from (_Thing(graph, graph.nodes[node.id], node) for node in summary.nodes)


def _lines(checked: Checked, things: Mapping[str, _Thing]) -> Iterator[_Line]:
    for thing in things.values():
        graph = thing.graph.name
        told = zip(_joined(thing.node.edges), thing.summary.waits_for.edges(), strict=True)
        for (edge, join), summary in told:
            flags = _flags(edge, thing.node)
            yield _Line(thing.id, f"{graph}/{edge.upstream}", _words(summary), _status(edge), join, flags)
        source = thing.node.source
        if source and source.kind == "graph" and f"{source.name}/{source.node}" in things:
            yield _Line(thing.id, f"{source.name}/{source.node}", "listens to it", "listens", "all", ())


def _joined(group: Group) -> Iterator[tuple[Edge, Join]]:
    join: Join = "all" if group.need in (0, len(group.members)) else "any" if group.need == 1 else "atLeast"
    for member in group.members:
        if isinstance(member, Edge):
            yield member, join
        else:
            yield from _joined(member)


def _status(edge: Edge) -> Status:
    if isinstance(edge.phases, str):
        return edge.phases
    return "failure" if "Succeeded" not in edge.phases else "success" if len(edge.phases) == 1 else "done"


def _flags(edge: Edge, node: Node) -> tuple[str, ...]:
    flags = {
        "window": edge.window is not None,
        "lookback": edge.lookback is not None,
        "keys": edge.match.kind != "same",
        "when": edge.when is not None,
        "gate": node.not_before is not None,
    }
    return tuple(name for name, is_set in flags.items() if is_set)


_STATUS_WORDS = {"success": USUAL, "failure": "failed", "done": "succeeded or failed"}


def _words(summary: EdgeSummary) -> str:
    return ", ".join((_STATUS_WORDS.get(summary.status, f"ended {summary.status}"), *summary.extras))


def _laid_out(things: Mapping[str, _Thing], lines: list[_Line]) -> Lineage:
    numbers = {id_: number for number, id_ in enumerate(things)}
    lines = [line for line in lines if line.upstream in numbers and line.downstream in numbers]
    found = layout(
        [Block(thing.graph.name, thing.width, HEIGHT) for thing in things.values()],
        [Link(numbers[line.upstream], numbers[line.downstream], line.style) for line in lines],
    )
    nodes = [
        _node(thing, things, found.layers[number], found.lr.spots[number], found.tb.spots[number])
        for number, thing in enumerate(things.values())
    ]
    edges = [
        PageEdge(
            f"edge-{number}",
            line.upstream,
            line.downstream,
            line.on,
            line.join,
            line.flags,
            line.words,
            found.lr.lines[number],
            found.tb.lines[number],
        )
        for number, line in enumerate(lines)
    ]
    lr, tb = (Sheet(view.width, view.height, view.frames) for view in (found.lr, found.tb))
    return Lineage(tuple(nodes), tuple(edges), lr, tb, found.crossings)


def _needs(group: GroupSummary) -> tuple[str, ...]:
    return () if group.is_all else (f"waits for {group.words}",)


def _node(thing: _Thing, things: Mapping[str, _Thing], layer: int, lr: Point, tb: Point) -> PageNode:
    seen = thing_of(thing.graph, thing.node, things)
    return PageNode(
        id=thing.id,
        graph=thing.graph.name,
        name=thing.node.id,
        kind=seen.kind,
        group=thing.graph.name,
        namespace=seen.namespace,
        tags=seen.tags,
        owner=seen.owner,
        what=thing.summary.what,
        extras=(*thing.summary.extras, *_needs(thing.summary.waits_for)),
        has_gate=thing.node.not_before is not None,
        layer=layer,
        lr=lr,
        tb=tb,
        width=thing.width,
    )
