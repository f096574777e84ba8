"""A CronWorkflow loses the run whose minute the controller misses.

Only with `--manifests`. If the controller is down, or busy, at that minute, the run does not start later, unless
`startingDeadlineSeconds` says how late it may: then the last one that was missed is started. What waits for it would
wait for nothing. `depgen cron-missed` finds such runs afterwards. A suspended CronWorkflow is not judged.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", workflowSpec: {workflowTemplateRef: {name: load}}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 3600, workflowSpec: {workflowTemplateRef: {name: load}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.diagnostics import Diagnostic, Severity
from depgen.manifests import CRON, Item, Object, mapping

SEVERITY = Severity.WARNING

_FIELD = "startingDeadlineSeconds"


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each such CronWorkflow."""
    for item in items:
        spec = mapping(item.body.get("spec"))
        if item.kind != CRON or spec.get("suspend") is True or not _has_schedule(spec):
            continue
        seconds = spec.get(_FIELD)
        # Of 0 or less nothing is ever in time.
        if seconds is None or (isinstance(seconds, int) and seconds <= 0):
            yield Diagnostic(
                item.at("spec", _FIELD, at_key=True),
                "no-starting-deadline",
                f"{item.title} loses a run if the controller is down at its minute",
                f"say how late it may still start, such as {_FIELD}: 3600",
                SEVERITY,
            )


def _has_schedule(spec: Object) -> bool:
    return bool(spec.get("schedule") or spec.get("schedules"))
