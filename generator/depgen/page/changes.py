"""Two versions of graphs in one picture: which nodes and edges are new, gone or changed, and in what.

What differs comes from `depgen diff`; here it is only tied to what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from depgen.diff import graphs
from depgen.diff.change import Change
from depgen.model import Graph
from depgen.page.lineage import Lineage
from depgen.pipeline import Checked


class Changes(NamedTuple):
    """`how`: by the id of a node or an edge. `rows`: by the id of a node, what differs, each `(what, effect)`."""

    how: Mapping[str, str]
    rows: Mapping[str, tuple[tuple[str, str], ...]]
    counts: Mapping[str, int]


NOTHING = Changes({}, {}, {})


def changes(before: Checked, after: Checked, lineage: Lineage) -> Changes:
    """Between versions without errors; `lineage` shows both."""
    old, new = ({graph.name: graph for graph in version.graphs} for version in (before, after))
    how: dict[str, str] = {}
    rows: dict[str, list[tuple[str, str]]] = {}
    edges: dict[tuple[str, str], str] = {}
    for change in graphs.compare(old, new):
        if not change.node:
            continue
        id_ = f"{change.graph}/{change.node}"
        rows.setdefault(id_, []).append((_told(change), _effect(change)))
        is_whole = not change.field and not change.upstream
        how[id_] = change.how if is_whole else how.get(id_, "changed")
        if change.upstream:
            pair = (f"{change.graph}/{change.upstream}", id_)
            edges[pair] = change.how if not change.field else edges.get(pair, "changed")
    ends = _ends(old, new)
    for edge in lineage.edges:
        pair = (edge.upstream, edge.downstream)
        ways = [edges.get(pair), *(ends.get(id_) for id_ in pair)]
        if found := next((way for way in ways if way), None):
            how[edge.id] = found
    how |= {node.id: ends[node.id] for node in lineage.nodes if node.id in ends}
    shown = [how[node.id] for node in lineage.nodes if node.id in how]
    counts = {way: shown.count(way) for way in ("added", "removed", "changed")}
    return Changes(how, {id_: tuple(told) for id_, told in rows.items()}, counts)


def _ends(old: Mapping[str, Graph], new: Mapping[str, Graph]) -> dict[str, str]:
    """Nodes that only one version has."""
    ids = [
        {f"{name}/{id_}" for name, graph in version.items() for id_ in graph.nodes} for version in (old, new)
    ]
    return dict.fromkeys(ids[0] - ids[1], "removed") | dict.fromkeys(ids[1] - ids[0], "added")


def _told(change: Change) -> str:
    of = f"edge on {change.upstream}" if change.upstream else ""
    what = " ".join(part for part in (of, change.field) if part) or "the node"
    if change.before is None:
        return f"{what} added: {change.after}"
    if change.after is None:
        return f"{what} removed: {change.before}"
    return f"{what}: {change.before} \N{RIGHTWARDS ARROW} {change.after}"


def _effect(change: Change) -> str:
    return change.effect.words + (f": {change.note}" if change.note else "")
