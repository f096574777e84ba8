"""The tree that `build` prints: each run, upstream first, and below it what it waits for.

A large graph is cut to a length that can be read; `depgen graph` shows all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from depgen.report.display import count, visible
from depgen.summary import EdgeSummary, GraphSummary, GroupSummary, NodeSummary

MOST_NODES = 40
_MOST_MEMBERS = 12
_UNSWEPT = 'none; what a lost event leaves undone stays so until "depgen reconcile" is run (add "sweeper")'
_BRANCH, _LAST = "├─ ", "└─ "
_DOWN, _BLANK = "│    ", "     "


def render(graphs: Iterable[GraphSummary]) -> str:
    """A tree per graph, a blank line between two."""
    return "\n".join("\n".join(_graph(graph)) + "\n" for graph in graphs)


def _graph(graph: GraphSummary) -> list[str]:
    numbers = f"{count(graph.sources, 'source')}, {count(graph.runs, 'run')}"
    lines = [f"{visible(graph.name)}  ({visible(graph.timezone)}, {numbers})"]
    sources = {node.id: node for node in graph.nodes if node.is_source}
    shown = _upstream_first(graph.nodes)
    cut = max(0, len(shown) - MOST_NODES) + graph.left_out[1]
    shown = shown[:MOST_NODES]
    width = max((len(node.id) for node in shown), default=0)
    for number, node in enumerate(shown, start=1):
        is_last = number == len(shown) and not cut
        lines.append(f"{_LAST if is_last else _BRANCH}{_node(node, width)}")
        lines += _group(node.waits_for, sources, _BLANK if is_last else _DOWN)
    if cut:
        lines.append(f"{_LAST}… and {cut} more; depgen graph shows all")
    return lines + _totals(graph)


def _upstream_first(nodes: tuple[NodeSummary, ...]) -> list[NodeSummary]:
    """The runs, each after its upstreams and else by id; then the sources that nothing waits for."""
    by_id = {node.id: node for node in nodes}
    upstreams = {node.id: [edge.node for edge in node.waits_for.edges()] for node in nodes}
    used = {id_ for ids in upstreams.values() for id_ in ids}
    ordered = [by_id[id_] for id_ in _sorted_levels(upstreams) if id_ in by_id]
    runs = [node for node in ordered if not node.is_source]
    return runs + [node for node in nodes if node.is_source and node.id not in used]


def _sorted_levels(upstreams: Mapping[str, list[str]]) -> list[str]:
    sorter = TopologicalSorter(upstreams)
    ordered: list[str] = []
    with suppress(CycleError):
        sorter.prepare()
        while sorter.is_active():
            level = sorted(sorter.get_ready())
            ordered += level
            sorter.done(*level)
    return ordered or sorted(upstreams)


def _node(node: NodeSummary, width: int) -> str:
    if node.is_source:
        return f"{node.id:<{width}}  {visible(node.what)}; no run waits for it"
    rule = () if node.waits_for.is_all else (f"when {node.waits_for.words}",)
    told = "; ".join((f"runs {node.what}", *rule, *node.extras))
    return f"{node.id:<{width}}  {visible(told)}"


def _group(group: GroupSummary, sources: dict[str, NodeSummary], indent: str) -> list[str]:
    members = group.members[:_MOST_MEMBERS]
    cut = len(group.members) - len(members)
    edges = [member for member in members if isinstance(member, EdgeSummary)]
    names = max((len(edge.node) for edge in edges), default=0)
    statuses = max((len(edge.status) for edge in edges), default=0)
    lines = []
    for number, member in enumerate(members, start=1):
        is_last = number == len(members) and not cut
        branch = f"{indent}{_LAST if is_last else _BRANCH}"
        if isinstance(member, EdgeSummary):
            what = (sources[member.node].what,) if member.node in sources else ()
            told = visible(", ".join([*what, *member.extras]))
            lines.append(
                f"{branch}{member.node:<{names}}  {visible(member.status):<{statuses}}  {told}".rstrip()
            )
        else:
            lines.append(f"{branch}{member.words}")
            lines += _group(member, sources, f"{indent}{_BLANK if is_last else _DOWN}")
    return [*lines, f"{indent}{_LAST}… and {cut} more"] if cut else lines


def _totals(graph: GraphSummary) -> list[str]:
    lines = []
    if graph.pods:
        pods = ", ".join(f"{number} {visible(role)}" for role, number in graph.pods)
        bound = f"; bound: {visible(graph.bound)}" if graph.bound else ""
        lines.append(f"  pods: {pods} = {sum(number for _, number in graph.pods)}{bound}")
        lines.append(f"  sweep: {graph.sweep or _UNSWEPT}")
    return lines
