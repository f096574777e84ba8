"""A CronWorkflow fires twice, or not at all, on the day the clocks change.

Only with `--manifests`. In a zone with summer time, an hour of the night is left out in spring and comes twice in
autumn. A schedule within that hour skips a key, for which the nodes behind it wait in vain, or has two runs of one key,
of which the first counts.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "30 2 * * *", startingDeadlineSeconds: 600, timezone: Europe/Paris}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "30 3 * * *", startingDeadlineSeconds: 600, timezone: Europe/Paris}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from depgen import firings, keys, workflows
from depgen.cron import Schedule
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import KeyRule
from depgen.schedules import CLOCK_CHANGE, remarks
from depgen.times import HOUR

SEVERITY = Severity.WARNING

_LONGEST_CHANGE = 3 * HOUR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each source whose schedule is within the hour of a change."""
    for node in subject.graph.nodes.values():
        cron = workflows.cron_of(node.source, subject.manifests)
        if node.source is None or cron is None or not firings.has_scheduled_keys(node.source.key, cron):
            continue
        if subject.manifests.item(cron) and any(r.rule == CLOCK_CHANGE for r in remarks(node.id, cron)):
            continue  # told of where the schedule stands
        schedules = firings.readable(cron)
        moments = firings.firings(schedules)
        skipped = _skipped(node.source.key, schedules, moments)
        repeated = _repeated(node.source.key, schedules, moments)
        if skipped or repeated:
            days = [f"not at all on {skipped}"] * bool(skipped) + [f"twice on {repeated}"] * bool(repeated)
            yield Diagnostic(
                spot(node, "source", "cronWorkflow"),
                "cron-clock-change",
                f'CronWorkflow "{node.source.name}" fires {" and ".join(days)}, when the clocks change',
                "let it fire outside that hour",
                SEVERITY,
            )


def _repeated(rule: KeyRule, schedules: Sequence[Schedule], moments: Sequence[int]) -> date | None:
    """The first day with two firings of one key that are the same time of day."""
    for previous, moment in pairwise(moments):
        if moment - previous <= _LONGEST_CHANGE and firings.is_repeated_hour(previous, moment, schedules):
            start = keys.key_start(rule, moment)
            if start == keys.key_start(rule, previous):
                return start.wall.date()
    return None


def _skipped(rule: KeyRule, schedules: Sequence[Schedule], moments: Sequence[int]) -> date | None:
    """The first day whose key has no firing because its time is left out."""
    starts = None
    for schedule in schedules:
        zone = firings.zone_of(schedule)
        for low, high in firings.clock_gaps(zone):
            if not firings.fires_on_wall(schedule, low, high):
                continue
            if starts is None:
                starts = {keys.key_start(rule, moment) for moment in moments}
            start = keys.key_start(rule, keys.instant(high, zone))
            if start not in starts:
                return start.wall.date()
    return None
