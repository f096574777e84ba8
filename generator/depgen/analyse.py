"""What follows from a graph: the order of its nodes, its cycles, the period of each node.

Total on any Graph: an upstream that does not exist is passed over here and reported by a lint rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from depgen.model import Graph, Node, leaves
from depgen.times import DAILY, Period


@dataclass(frozen=True, slots=True)
class Analysis:
    """`order`: every node after its upstreams, as early as can be and else by id, without those on or behind a cycle.

    `cycles`: each a list of node ids, every one an upstream of the one before it and the first an upstream of the last.
    `every`: the period of each node; for a run without its own, that of the first upstream whose keys are like its own.
    """

    order: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]
    upstreams: dict[str, tuple[str, ...]]
    downstreams: dict[str, tuple[str, ...]]
    every: dict[str, Period]


def analyse(graph: Graph) -> Analysis:
    """Order, cycles and periods of `graph`; linear in nodes and edges."""
    known = graph.nodes.__contains__
    upstreams = {
        id_: tuple(dict.fromkeys(filter(known, [edge.upstream for edge in leaves(node.edges)])))
        for id_, node in graph.nodes.items()
    }
    below: dict[str, list[str]] = {id_: [] for id_ in graph.nodes}
    for id_, ups in upstreams.items():
        for upstream in ups:
            below[upstream].append(id_)
    order = _order(upstreams, below)
    rest = graph.nodes.keys() - set(order)
    every: dict[str, Period] = {}
    for id_ in (*order, *sorted(rest)):
        every[id_] = _period(graph.nodes[id_], every)
    downstreams = {id_: tuple(nodes) for id_, nodes in below.items()}
    return Analysis(tuple(order), tuple(_cycles(upstreams, rest)), upstreams, downstreams, every)


def _order(upstreams: dict[str, tuple[str, ...]], below: dict[str, list[str]]) -> list[str]:
    missing = {id_: len(ups) for id_, ups in upstreams.items()}
    order: list[str] = []
    level = [id_ for id_, count in missing.items() if not count]
    while level:
        order += sorted(level)
        freed = []
        for id_ in level:
            for downstream in below[id_]:
                missing[downstream] -= 1
                if not missing[downstream]:
                    freed.append(downstream)
        level = freed
    return order


def _period(node: Node, every: dict[str, Period]) -> Period:
    if node.source:
        return node.source.key.every
    if node.every:
        return node.every
    alike = (edge.upstream for edge in leaves(node.edges) if edge.match.is_alike)
    return next((every[upstream] for upstream in alike if upstream in every), DAILY)


def _cycles(upstreams: dict[str, tuple[str, ...]], rest: set[str]) -> list[tuple[str, ...]]:
    """One cycle for each knot among `rest`, found by walking upstream until a node comes again."""
    cycles = []
    seen: set[str] = set()
    for start in sorted(rest):
        path: list[str] = []
        place: dict[str, int] = {}
        id_ = start
        while id_ not in seen and id_ not in place:
            place[id_] = len(path)
            path.append(id_)
            id_ = next(upstream for upstream in upstreams[id_] if upstream in rest)
        if id_ in place:
            cycles.append(tuple(path[place[id_] :]))
        seen.update(path)
    return cycles
