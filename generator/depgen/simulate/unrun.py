"""Why a node did not run, once its days are over: the answer of `depgen why`, with what only the end of the day tells.

That nothing is recorded of an upstream means then that it never comes; and what waits for a branch that was not taken
has not been kept from anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from depgen.cluster import keytimes
from depgen.cluster.explain import explain
from depgen.cluster.explanation import EdgeReport, Explanation, flat
from depgen.cluster.reasons import Finding, Reason
from depgen.model import Edge, Node
from depgen.simulate.seen import Seen
from depgen.simulate.timeline import Fate, Item

# Findings that mean: it had no reason to run.
_NO_REASON = frozenset({Reason.CONDITION_FALSE, Reason.SUSPENDED, Reason.INACTIVE})
# What is said of an upstream without a fact.
_SILENT = {Fate.MISSING: " never started", Fate.NEVER: " never ran", Fate.IDLE: " had no reason to run"}

Fates = Mapping[tuple[str, str], Fate]


def behind(fates: Fates, node: Node, key: str) -> list[str]:
    """The upstreams that never ran, if they are all there is to say: every other edge is plain, and satisfied.

    In a graph that stands still these are nearly all, and to explain one asks for all that is before it.
    """
    edges = node.edges.leaves
    own = {edge.upstream: fates.get((edge.upstream, key)) for edge in edges}
    never = [upstream for upstream, fate in own.items() if fate is Fate.NEVER]
    plain = all(
        own[edge.upstream] is Fate.NEVER
        or (
            own[edge.upstream] is Fate.SUCCEEDED
            and edge._replace(place=node.place) == Edge(edge.upstream, node.place)
        )
        for edge in edges
    )
    same = all(edge.match.kind == "same" for edge in edges)
    return never if plain and same and not node.depends_on_past else []


def follower(seen: Seen, node: Node, key: str, behind: Sequence[str]) -> Item:
    """The item, but for its clocks, of a node that only waits for these, which never ran."""
    dids = [seen.did.get((edge.upstream, key)) for edge in node.edges.leaves]
    since = min((found[-1].end for found in dids if found), default=None)
    reasons = tuple(Finding(Reason.NOT_RUN, upstream + _SILENT[Fate.NEVER]) for upstream in behind)
    return Item(node.id, key, False, Fate.NEVER, since=since, reasons=reasons)


def explained(seen: Seen, fates: Fates, node: Node, key: str) -> Item:
    """The item, but for its clocks, of any node that did not run. `fates` are those of its upstreams."""
    world = seen.played.world
    told = explain(world.emulator.api, seen.subject, seen.ledgers, node, key, world.now)
    ends = (keytimes.instant(edge.finished_at) or 0 for edge in flat(told.edges) if edge.is_satisfied)
    fate = Fate.IDLE if _is_idle(seen, fates, node, told) else Fate.NEVER
    since = min(map(float, ends), default=None)
    return Item(node.id, key, False, fate, since=since, reasons=_reasons(fates, told))


def _reasons(fates: Fates, told: Explanation) -> tuple[Finding, ...]:
    """What is in its way, by edges; without such, what is said of the node itself."""
    edges = [
        edge.finding._replace(text=edge.upstream + _told(fates, edge, edge.finding))
        for edge in flat(told.edges)
        if edge.finding and not edge.is_satisfied
    ]
    return tuple(edges or told.findings)


def _told(fates: Fates, edge: EdgeReport, finding: Finding) -> str:
    """Why an edge does not count."""
    fate = fates.get((edge.upstream, edge.key))
    if finding.reason is not Reason.NOT_RUN or fate not in _SILENT:
        return f": {finding.text}"
    return _SILENT[fate]


def _is_idle(seen: Seen, fates: Fates, node: Node, told: Explanation) -> bool:
    """Whether it did not run because a branch was not taken, or because the graph says that it should not."""
    own = {finding.reason for finding in told.findings}
    if own & {Reason.SUSPENDED, Reason.INACTIVE}:
        return True
    missing = [edge for edge in flat(told.edges) if not edge.is_satisfied]
    skips = {edge.upstream for edge in node.edges.leaves if edge.if_not_scheduled == "skip"}
    closed = (e.upstream for e in missing if e.finding and e.finding.reason is Reason.NOT_SCHEDULED)
    if not skips.isdisjoint(closed):
        return True
    return bool(missing) and all(
        (edge.finding is not None and edge.finding.reason in _NO_REASON)
        or (_is_run(seen, edge.upstream) and fates.get((edge.upstream, edge.key)) is Fate.IDLE)
        for edge in missing
    )


def _is_run(seen: Seen, node: str) -> bool:
    return seen.subject.graph.nodes[node].run is not None
