"""An upstream's Workflows are deleted before the time that an edge looks back to.

Only with `--manifests`. A completion whose event was lost is found again by looking at the Workflows that are still
there. What a `ttlStrategy` has deleted, or a CronWorkflow has pruned (it keeps 3 that succeeded and 1 that failed, unless
it says otherwise), can no longer be found, though the edge still counts it.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, lookback: 6h}]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600, workflowSpec: {ttlStrategy: {secondsAfterCompletion: 3600}}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, lookback: 6h}]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600, workflowSpec: {ttlStrategy: {secondsAfterCompletion: 86400}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import keeping
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.keeping import shown
from depgen.lint import Subject
from depgen.model import Edge, Node, Window, leaves
from depgen.times import DAY, Period

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each edge with a lookback or window that reaches further than the Workflows are kept."""
    for node in subject.graph.nodes.values():
        for edge in leaves(node.edges):
            upstream = subject.graph.nodes.get(edge.upstream)
            if upstream and (edge.lookback or edge.window):
                yield from _edge(subject, edge, upstream, subject.analysis.every[upstream.id])


def _edge(subject: Subject, edge: Edge, upstream: Node, every: Period) -> Iterator[Diagnostic]:
    kept = _kept(subject, edge, upstream)
    if kept is None:
        return
    seconds, reason = kept
    # Of a day in autumn the lookback is an hour longer; that is not told.
    reaches = [("lookback", edge.lookback.longest, edge.lookback.usual)] if edge.lookback else []
    if edge.window:
        length = _length(edge.window, every)
        reaches.append(("window", length, length))
    for field, needed, told in reaches:
        if needed > seconds:
            yield Diagnostic(
                Place(edge.place.path, (*edge.place.route, field)),
                "retention",
                f'the {field} is {shown(told)}, but {reason} keeps the Workflows of "{upstream.id}" for {shown(seconds)}',
                f"keep them longer, or shorten the {field}",
                SEVERITY,
            )


def _kept(subject: Subject, edge: Edge, upstream: Node) -> tuple[int, str] | None:
    """Seconds for which the upstream's Workflows are surely kept, and by what; None if for ever or unknown."""
    phases = edge.phases if isinstance(edge.phases, str) else "done"
    found: list[tuple[int, str]] = []
    if ttl := keeping.ttl(upstream, phases, subject.manifests):
        found.append((ttl.seconds, "the ttlStrategy"))
    # Failures come when they come: only of successes it is known how many there will be.
    if phases != "failure" and (history := keeping.history(upstream, "success", subject.manifests)):
        found.append((history.seconds, "the history limit"))
    return min(found, default=None)


def _length(window: Window, every: Period) -> int:
    days = {"month": 31, "week": 7}.get(every.kind, 1) - 1
    ends = [t.offset + (days * DAY if t.from_end else 0) for t in (window.start, window.end)]
    return ends[1] - ends[0]
