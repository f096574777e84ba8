"""When the CronWorkflows that a graph listens to fire next, before and after an edit, and the keys of those runs.

The CronWorkflows are those of the manifests given, the same for both versions: what differs is which of them a source
listens to, and how it dates them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from depgen import firings, keys
from depgen.diff.change import Firing, Timing
from depgen.manifests import Manifests
from depgen.model import Graph, Node

_MOST = 3
# A cron that fires less often than yearly is not forecast.
_AHEAD = timedelta(days=400)


def compare(
    before: Mapping[str, Graph], after: Mapping[str, Graph], given: Mapping[str, Manifests], now: float
) -> Iterator[Timing]:
    """The sources whose next firings, or the keys of them, differ. `given`: manifests by the namespace they default to."""
    for name in sorted(before.keys() | after.keys()):
        graphs = [versions.get(name) for versions in (before, after)]
        for id_ in sorted({node for graph in graphs if graph for node in graph.nodes}):
            found = [_next(graph, id_, given, now) if graph else () for graph in graphs]
            if found[0] != found[1]:
                yield Timing(name, id_, *found)


def _next(graph: Graph, id_: str, given: Mapping[str, Manifests], now: float) -> tuple[Firing, ...]:
    node = graph.nodes.get(id_)
    if node is None or node.source is None or node.source.kind != "cronWorkflow":
        return ()
    manifests = given.get(graph.namespace)
    cron = manifests.cron_workflows.get((node.source.namespace, node.source.name)) if manifests else None
    if cron is None:
        return ()
    start = datetime.fromtimestamp(now, UTC)
    moments = {
        int(moment.timestamp())
        for schedule in firings.readable(cron)
        for moment in islice(schedule.between(start, start + _AHEAD, firings.UNZONED), _MOST)
    }
    has_keys = firings.has_scheduled_keys(node.source.key, cron)
    return tuple(
        Firing(at, node.source.key.zone, _key(node, at) if has_keys else "") for at in sorted(moments)[:_MOST]
    )


def _key(node: Node, at: int) -> str:
    assert node.source is not None
    rule = node.source.key
    start = keys.key_start(rule, at)
    return start.wall.strftime(rule.every.strftime) + ("b" if start.is_late else "")


def shown(firing: Firing) -> str:
    """`Sat 2026-11-21 18:00 (20261121)`."""
    there = datetime.fromtimestamp(firing.at, ZoneInfo(firing.zone))
    return there.strftime("%a %Y-%m-%d %H:%M") + (f" ({firing.key})" if firing.key else "")
