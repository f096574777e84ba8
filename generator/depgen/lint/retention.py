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
    spec: {schedule: "0 6 * * *", workflowSpec: {ttlStrategy: {secondsAfterCompletion: 3600}}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, lookback: 6h}]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", workflowSpec: {ttlStrategy: {secondsAfterCompletion: 86400}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import firings, workflows
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.manifests import Object, mapping
from depgen.model import Edge, Node, Window, leaves
from depgen.times import DAY, HOUR, Period

SEVERITY = Severity.WARNING

_USUALLY_KEPT = 3


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
    reaches = [("lookback", edge.lookback.longest)] if edge.lookback else []
    reaches += [("window", _length(edge.window, every))] if edge.window else []
    for field, needed in reaches:
        if needed > seconds:
            yield Diagnostic(
                Place(edge.place.path, (*edge.place.route, field)),
                "retention",
                f'the {field} is {_shown(needed)}, but {reason} keeps the Workflows of "{upstream.id}" for {_shown(seconds)}',
                f"keep them longer, or shorten the {field}",
                SEVERITY,
            )


def _kept(subject: Subject, edge: Edge, upstream: Node) -> tuple[int, str] | None:
    """Seconds for which the upstream's Workflows are surely kept, and by what; None if for ever or unknown."""
    phases = edge.phases if isinstance(edge.phases, str) else "done"
    found: list[tuple[int, str]] = []
    specs = workflows.specs_of(upstream, subject.manifests)
    ttl = workflows.kept_seconds(specs, phases) if specs else None
    if ttl is not None:
        found.append((ttl, "the ttlStrategy"))
    cron = workflows.cron_of(upstream.source, subject.manifests)
    # Failures come when they come: only of successes it is known how many there will be.
    history = _history(cron) if cron is not None and phases != "failure" else None
    if history is not None:
        found.append((history, "the history limit"))
    return min(found, default=None)


def _history(cron: Object) -> int | None:
    """Seconds until so many later Workflows have succeeded that the limit lets one go."""
    limit = mapping(cron.get("spec")).get("successfulJobsHistoryLimit", _USUALLY_KEPT)
    moments = firings.firings(firings.readable(cron))
    if not isinstance(limit, int) or not 0 <= limit < len(moments):
        return None
    return min(b - a for a, b in zip(moments, moments[limit:], strict=False))


def _length(window: Window, every: Period) -> int:
    days = {"month": 31, "week": 7}.get(every.kind, 1) - 1
    ends = [t.offset + (days * DAY if t.from_end else 0) for t in (window.start, window.end)]
    return ends[1] - ends[0]


def _shown(seconds: int) -> str:
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, HOUR)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "m"), (rest % 60, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
