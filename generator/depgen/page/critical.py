"""The critical path of a simulated day, and how much later everything else could be.

A run is followed back through what it waited for last, so the path is what happened and not what could have: where a
clock opened last, the path begins there. Slack is how much later a node could end without its graph ending later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from depgen.page.lineage import Lineage
from depgen.simulate.timeline import Item, Timeline


class Step(NamedTuple):
    """A node of the path at a key. `waited` is from the end of the step before, or from the clock `after`."""

    node: str
    key: str
    begin: float
    end: float
    waited: float
    after: str


class Critical(NamedTuple):
    """`paths` by graph, first step first; nodes by `graph/name` and edges by their id; `slack` in whole seconds."""

    paths: Mapping[str, tuple[Step, ...]]
    nodes: frozenset[str]
    edges: frozenset[str]
    slack: Mapping[str, int]


NOTHING = Critical({}, frozenset(), frozenset(), {})


def critical(timelines: Sequence[Timeline], lineage: Lineage) -> Critical:
    """Of the first day of timelines that were played together."""
    ran = {
        (f"{timeline.graph}/{item.node}", item.key): item
        for timeline in timelines
        for item in timeline.of_day(timeline.days[0])
        if item.begin is not None and item.end is not None
    }
    listens = {edge.downstream: edge.upstream for edge in lineage.edges if edge.on == "listens"}
    paths = {timeline.graph: _path(timeline.graph, ran, listens) for timeline in timelines}
    steps = [(step, other) for path in paths.values() for step, other in pairwise(path)]
    pairs = {(step.node, other.node) for step, other in steps}
    edges = frozenset(edge.id for edge in lineage.edges if (edge.upstream, edge.downstream) in pairs)
    nodes = frozenset(step.node for path in paths.values() for step in path)
    return Critical(
        {graph: path for graph, path in paths.items() if path}, nodes, edges, _slack(ran, lineage)
    )


def _path(graph: str, ran: Mapping[tuple[str, str], Item], listens: Mapping[str, str]) -> tuple[Step, ...]:
    own = [(id_, key) for id_, key in ran if id_.partition("/")[0] == graph]
    found: list[Step] = []
    current = max(own, key=lambda one: (ran[one].end or 0, one), default=None)
    while current is not None and len(found) <= len(ran):
        item, (id_, key) = ran[current], current
        before = _before(current, item, ran, listens)
        ready = (ran[before].end or 0) if before else item.last.at if item.last else item.begin or 0
        after = item.last.what if item.last and not before else ""
        found.append(Step(id_, key, item.begin or 0, item.end or 0, max(0, (item.begin or 0) - ready), after))
        current = before
    return tuple(reversed(found))


def _before(
    current: tuple[str, str],
    item: Item,
    ran: Mapping[tuple[str, str], Item],
    listens: Mapping[str, str],
) -> tuple[str, str] | None:
    """The run that an item waited for last, in the words of `Last.what`: `node`, `graph/node`, `node key`.

    A source that is another graph's node is that node's run.
    """
    id_, own_key = current
    graph = id_.partition("/")[0]
    if item.last is None:
        found = (listens.get(id_, ""), own_key)
        return found if found in ran else None
    name, _, key = item.last.what.partition(" ")
    told = name if "/" in name else f"{graph}/{name}"
    listeners = (down for down, up in listens.items() if up == told and down.startswith(f"{graph}/"))
    found = (next(listeners, told), key or own_key)
    return found if found in ran and found != current else None


def _slack(ran: Mapping[tuple[str, str], Item], lineage: Lineage) -> dict[str, int]:
    behind: dict[str, list[str]] = {}
    for edge in lineage.edges:
        behind.setdefault(edge.upstream, []).append(edge.downstream)
    last = _last_ends(ran)
    latest: dict[tuple[str, str], float] = {}
    for one in sorted(ran, key=lambda one: (ran[one].begin or 0, one), reverse=True):
        id_, key = one
        end = ran[one].end or 0
        served = [(below, key) for below in behind.get(id_, ()) if (below, key) in ran]
        # What began before this ended did not wait for it.
        bounds = [latest[two] for two in served if two in latest and (ran[two].begin or 0) >= end]
        length = end - (ran[one].begin or 0)
        latest[one] = min([*bounds, last[id_.partition("/")[0]]]) - length
    slack: dict[str, int] = {}
    for (id_, key), start in latest.items():
        slack[id_] = min(slack.get(id_, 10**9), int(start - (ran[id_, key].begin or 0)))
    return slack


def _last_ends(ran: Mapping[tuple[str, str], Item]) -> dict[str, float]:
    last: dict[str, float] = {}
    for (id_, _), item in ran.items():
        graph = id_.partition("/")[0]
        last[graph] = max(last.get(graph, 0), item.end or 0)
    return last


def as_values(found: Critical) -> Mapping[str, Iterable[Mapping[str, object]]]:
    """The paths as JSON values."""
    return {graph: [step._asdict() for step in path] for graph, path in found.paths.items()}
