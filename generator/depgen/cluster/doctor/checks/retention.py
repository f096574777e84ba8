"""Workflows and ledgers are kept long enough to repair what an outage lost.

Why: a completion whose event is lost is found again by looking at the Workflow, as long as that is there. Workflows that
are deleted (by `ttlStrategy`, or by a CronWorkflow's history limits) sooner than the longest outage plus a sweep are lost
for good; where nobody sweeps, one pass an hour by hand is assumed. A ledger that is removed while old completions are still accepted would come back as a young one, and start its
nodes again.

Way out: keep Workflows longer, and `keep` longer than `replayWithin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from depgen import keeping
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, warning
from depgen.cluster.doctor.linted import linted
from depgen.manifests import Manifests, mapping
from depgen.model import Graph, Node, leaves
from depgen.times import DAY, HOUR

RULES = ("retention",)
# What clocks may differ, and what all tries of a trigger take.
SKEW, RETRIES = 60, 30
BY_HAND = HOUR  # between two sweeps, where nobody says how often they are


class Kept(NamedTuple):
    """For how many seconds a Workflow surely stays, and what removes it then."""

    seconds: int
    reason: str


def check(exam: Exam) -> Iterator[Finding]:
    graph, present = exam.patient.graph, exam.manifests()
    read = _phases_read(graph)
    for node in graph.nodes.values():
        for phases in sorted(read.get(node.id, ())):
            yield from _judged(graph, node, _kept(node, phases, present), phases)
    if graph.keep.longest < graph.replay_within + RETRIES + SKEW:
        yield error(
            exam.patient.title,
            f"it keeps ledgers for {shown(graph.keep.longest)} and takes completions that are up to "
            f"{shown(graph.replay_within)} old: one that comes late would start everything anew",
            "make `keep` longer than `replayWithin`",
        )
    yield from linted(exam, RULES)


def _judged(graph: Graph, node: Node, kept: Kept | None, phases: str) -> Iterator[Finding]:
    pause = graph.sweeper.every if graph.sweeper else BY_HAND
    if kept is None or kept.seconds >= graph.replay_within + pause + SKEW:
        return
    told = f"{kept.reason} removes its Workflows {shown(kept.seconds)} after a {phases}"
    way_out = f"keep them for {shown(graph.replay_within + pause + SKEW)} or more"
    if graph.sweeper and kept.seconds < pause + SKEW:
        yield error(
            f"node {node.id}", f"{told}, which may be before a sweep sees a completion that was lost", way_out
        )
    else:
        outage = shown(max(kept.seconds - pause - SKEW, 0))
        yield warning(
            f"node {node.id}", f"{told}: what an outage of more than {outage} loses stays lost", way_out
        )


def _phases_read(graph: Graph) -> dict[str, set[str]]:
    """Which ends of a node matter to somebody: success, failure."""
    found: dict[str, set[str]] = {}
    for node in graph.nodes.values():
        for edge in leaves(node.edges):
            one = {edge.phases} if edge.phases in ("success", "failure") else {"success", "failure"}
            found.setdefault(edge.upstream, set()).update(map(str, one))
    return found


def _kept(node: Node, phases: str, present: Manifests) -> Kept | None:
    """None: for ever, or nobody knows."""
    found = []
    if ttl := keeping.ttl(node, phases, present):
        found.append(Kept(ttl.seconds, "its ttlStrategy"))
    if history := keeping.history(node, phases, present):
        spec = mapping(history.holder.get("spec"))
        limit = spec.get(history.field, keeping.HISTORY[phases][1])
        found.append(Kept(history.seconds, f"its {history.field} of {limit}"))
    return min(found, default=None)


def shown(seconds: float) -> str:
    """`3d2h`, `90s`: no more than two units."""
    days, rest = divmod(int(seconds), DAY)
    hours, rest = divmod(rest, HOUR)
    parts = [f"{n}{u}" for n, u in ((days, "d"), (hours, "h"), (rest // 60, "m"), (rest % 60, "s")) if n]
    return "".join(parts[:2]) or "0s"
