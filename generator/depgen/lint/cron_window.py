"""A window that the upstream's CronWorkflow can never meet.

Only with `--manifests`. A window is about when an upstream finishes, and it cannot finish before it starts: if every
firing is at or after the window's end on the date of its key, the edge is never satisfied.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "06:00", to: "09:00"}}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "30 9 * * *", startingDeadlineSeconds: 600, timezone: Europe/Paris}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], window: {from: "06:00", to: "12:00"}}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "30 9 * * *", startingDeadlineSeconds: 600, timezone: Europe/Paris}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from depgen import firings, keys, workflows
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.model import Edge, KeyRule, Window, leaves

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such edge."""
    for node in subject.graph.nodes.values():
        for edge in leaves(node.edges):
            upstream = subject.graph.nodes.get(edge.upstream)
            cron = workflows.cron_of(upstream.source, subject.manifests) if upstream and edge.window else None
            is_shifted = edge.match.kind in ("same", "offset")
            if upstream is None or not upstream.source or not edge.window or cron is None or not is_shifted:
                continue
            rule = upstream.source.key
            moments = (
                firings.firings(firings.readable(cron)) if firings.has_scheduled_keys(rule, cron) else ()
            )
            if moments and not _can_meet(rule, edge, edge.window, moments):
                yield Diagnostic(
                    Place(edge.place.path, (*edge.place.route, "window")),
                    "cron-window",
                    f'CronWorkflow "{upstream.source.name}" first fires at {keys.shown(moments[0], rule.zone)}, '
                    "and never before the window ends",
                    "let the window end later, or date the run by another day",
                )


def _can_meet(rule: KeyRule, edge: Edge, window: Window, moments: Sequence[int]) -> bool:
    """Whether some firing comes before the end of the window of the key that it serves."""
    zone = ZoneInfo(rule.zone)
    for moment in moments:
        start = keys.moved_back(keys.key_start(rule, moment).wall, rule.every, edge.offset)
        day = keys.last_day(start, rule.every) if window.end.from_end else start.date()
        end = keys.midnight(day) + timedelta(seconds=window.end.offset)
        if keys.wall(moment, zone) < end:
            return True
    return False
