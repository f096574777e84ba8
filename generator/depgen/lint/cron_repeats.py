"""A CronWorkflow fires more than once for one key.

Only with `--manifests`. With a key every day, a CronWorkflow that fires at 06:00 and 18:00 gives two runs the same key:
the node behind it starts after the first and never hears of the second. The key has to be as fine as the schedule.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6,18 * * *", startingDeadlineSeconds: 600}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}, key: {every: 12h}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6,18 * * *", startingDeadlineSeconds: 600}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from depgen import firings, keys, workflows
from depgen.cron import Schedule
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import KeyRule
from depgen.times import DAY, Period, period

SEVERITY = Severity.ERROR

_FINER = ("day", "12h", "8h", "6h", "4h", "3h", "2h", "hour", "30m", "20m", "15m", "10m", "5m")
# Enough to see a rhythm; what is proposed is only a hint.
_SAMPLE = 400
# With fewer firings a key, it is not the rhythm that is finer, but one schedule too many.
_OFTEN = 1.9


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each source, with the first key that comes twice."""
    for node in subject.graph.nodes.values():
        cron = workflows.cron_of(node.source, subject.manifests)
        if node.source is None or cron is None or not firings.has_scheduled_keys(node.source.key, cron):
            continue
        rule, schedules = node.source.key, firings.readable(cron)
        twice = _twice(rule, schedules, firings.firings(schedules))
        if twice:
            times = " and ".join(keys.shown(moment, rule.zone) for moment in twice)
            yield Diagnostic(
                spot(node, "source", "cronWorkflow"),
                "cron-repeats",
                f'CronWorkflow "{node.source.name}" fires more than once for one key: at {times} ({rule.zone})',
                _hint(rule, schedules),
            )


def _twice(rule: KeyRule, schedules: Sequence[Schedule], moments: Sequence[int]) -> tuple[int, int] | None:
    """The first two firings of one key, unless the clocks were turned back between them."""
    previous, start = None, None
    for moment in moments:
        following = keys.key_start(rule, moment)
        if (
            previous is not None
            and following == start
            and not firings.is_repeated_hour(previous, moment, schedules)
        ):
            return previous, moment
        previous, start = moment, following
    return None


def _hint(rule: KeyRule, schedules: tuple[Schedule, ...]) -> str:
    sample = firings.firings(schedules)[:_SAMPLE]
    if len(sample) < _OFTEN * len({keys.key_start(rule, moment) for moment in sample}):
        return "let it fire once for each key"
    finer = [
        every
        for text in _FINER
        if (every := period(text)) is not None and _seconds(every) < _seconds(rule.every)
    ]
    for every in finer:
        if _twice(replace(rule, every=every, day_start=0), schedules, sample) is None:
            return f"write key: {{every: {every.text}}}"
    return "let it fire once for each key"


def _seconds(every: Period) -> int:
    return {"month": 28 * DAY, "week": 7 * DAY, "day": DAY, "slot": every.seconds}[every.kind]
