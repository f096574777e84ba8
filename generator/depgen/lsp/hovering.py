"""What is known of a node, in Markdown: what it is, what it waits for, and when it will run if all goes as usual.

The runs are those of a forecast of today and tomorrow, as `depgen simulate` makes it. That plays whole days, so it is left
out where it would take long: of large graphs, and of those with keys shorter than a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from depgen.emulate.unsupported import Unsupported
from depgen.model import Graph
from depgen.pipeline import Checked, InputFile, live
from depgen.simulate.forecasting import Wish, forecast
from depgen.simulate.timeline import Timeline
from depgen.summarise import of_node
from depgen.summary import EdgeSummary, GroupSummary, NodeSummary

_MOST_NODES = 60
_MOST_RUNS = 5
_DAYS = 2


def markdown(checked: Checked, manifests: Sequence[InputFile], graph: str, node: str, now: float) -> str:
    """All about one node; empty if there is no such node. Of graphs with errors there is no forecast."""
    home = next((one for one in checked.graphs if one.name == graph and node in one.nodes), None)
    if home is None:
        return ""
    summary = of_node(home.nodes[node], home.namespace)
    parts = [f"**{node}** of graph `{graph}`", _what(summary)]
    if summary.waits_for.members:
        parts.append("\n".join([f"Waits for {summary.waits_for.words}:", "", *_group(summary.waits_for)]))
    told = None if checked.has_errors else _timeline(checked, manifests, graph, now)
    return "\n\n".join([*parts, *(_runs(told, node, now) if told else ())])


def _what(summary: NodeSummary) -> str:
    kind = "Listens to" if summary.is_source else "Runs"
    return "; ".join([f"{kind} {summary.what}", *summary.extras])


def _group(group: GroupSummary, indent: str = "") -> Iterator[str]:
    for member in group.members:
        if isinstance(member, EdgeSummary):
            yield f"{indent}- `{member.node}`: {', '.join([member.status, *member.extras])}"
        else:
            yield f"{indent}- {member.words}:"
            yield from _group(member, f"{indent}    ")


def _timeline(checked: Checked, manifests: Sequence[InputFile], name: str, now: float) -> Timeline | None:
    if not all(_is_quick(checked, graph) for graph in checked.graphs):
        return None
    zone = next(graph.zone for graph in checked.graphs if graph.name == name)
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    try:
        told, _ = forecast(live(checked), Wish(today, _DAYS, tuple(manifests)))
    except Unsupported:
        return None
    return next(one for one in told if one.graph == name)


def _is_quick(checked: Checked, graph: Graph) -> bool:
    periods = checked.analyses[graph.name].every.values()
    return len(graph.nodes) <= _MOST_NODES and not any(every.kind == "slot" for every in periods)


def _runs(told: Timeline, node: str, now: float) -> Iterator[str]:
    zone = ZoneInfo(told.zone)
    ahead = [
        item for item in told.items if item.node == node and item.begin is not None and item.begin >= now
    ]
    lines = [
        f"- {_moment(item.begin, zone)}, key `{item.key}`"
        for item in sorted(ahead, key=lambda item: item.begin or 0)[:_MOST_RUNS]
        if item.begin is not None
    ]
    if lines:
        yield "\n".join([f"Next, by a forecast ({told.zone}):", "", *lines])
    for ground in told.grounds:
        if ground.node == node:
            yield f"*{ground.text}*"


def _moment(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%a %Y-%m-%d %H:%M")
