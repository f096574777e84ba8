"""When nodes start next, as far as schedules tell.

A source starts when its CronWorkflow fires, or when the profile says so. A run starts at the earliest when the last of
its sources has started and its `notBefore` has passed: nothing is supposed of how long anything takes. Of a run that
waits for other keys than its own nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from depgen import firings, keys
from depgen.analyse import Analysis
from depgen.cluster import keytimes
from depgen.cron import Schedule
from depgen.manifests import Manifests
from depgen.model import Graph, Node
from depgen.simulate.profile import Profile

_MOST = 5
_AHEAD = timedelta(days=400)


class Start(NamedTuple):
    """An instant, and the key of the run that starts then or later."""

    at: int
    key: str


class Starts(NamedTuple):
    """Of one graph, by node: the next starts, and the schedules of sources that have some."""

    next: Mapping[str, tuple[Start, ...]]
    schedules: Mapping[str, tuple[Schedule, ...]]


def starts(graph: Graph, analysis: Analysis, given: Manifests | None, profile: Profile, now: float) -> Starts:
    """From `now` on; the profile goes before the CronWorkflows in `given`, as when days are simulated."""
    schedules: dict[str, tuple[Schedule, ...]] = {}
    found: dict[str, tuple[Start, ...]] = {}
    for id_ in analysis.order:
        node = graph.nodes[id_]
        if node.source is None:
            found[id_] = _of_run(graph, analysis, node, found)
        elif read := _schedules(graph, node, given, profile):
            schedules[id_] = read
            found[id_] = _of_source(node, read, now)
    return Starts({id_: these for id_, these in found.items() if these}, schedules)


def _schedules(graph: Graph, node: Node, given: Manifests | None, profile: Profile) -> tuple[Schedule, ...]:
    if supposed := profile.of(graph.name, node.id).schedules:
        return supposed
    if given is None or node.source is None or node.source.kind != "cronWorkflow":
        return ()
    cron = given.cron_workflows.get((node.source.namespace, node.source.name))
    if cron is None or not firings.has_scheduled_keys(node.source.key, cron):
        return ()
    return firings.readable(cron)


def _of_source(node: Node, schedules: tuple[Schedule, ...], now: float) -> tuple[Start, ...]:
    assert node.source is not None
    begin, rule = datetime.fromtimestamp(now, UTC), node.source.key
    moments = {
        int(moment.timestamp())
        for schedule in schedules
        for moment in islice(schedule.between(begin, begin + _AHEAD, firings.UNZONED), _MOST)
    }
    found = []
    for at in sorted(moments)[:_MOST]:
        start = keys.key_start(rule, at)
        found.append(Start(at, start.wall.strftime(rule.every.strftime) + ("b" if start.is_late else "")))
    return tuple(found)


def _of_run(
    graph: Graph, analysis: Analysis, node: Node, found: Mapping[str, tuple[Start, ...]]
) -> tuple[Start, ...]:
    edges = node.edges.leaves
    if not edges or any(edge.match.kind != "same" or edge.upstream not in found for edge in edges):
        return ()
    by_key = [{start.key: start.at for start in found[edge.upstream]} for edge in edges]
    shared = sorted(set.intersection(*map(set, by_key)))
    return tuple(
        sorted(
            Start(max(_gate(graph, analysis, node, key), *(of[key] for of in by_key)), key) for key in shared
        )
    )


def _gate(graph: Graph, analysis: Analysis, node: Node, key: str) -> int:
    if node.not_before is None:
        return 0
    calendar = graph.calendar(node.id)
    return keytimes.clock_at(key, analysis.every[node.id], node.not_before, graph.zone, calendar=calendar)
