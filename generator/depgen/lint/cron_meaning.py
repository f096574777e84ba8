"""A CronWorkflow's schedule is read by Argo in another way than it seems.

Only with `--manifests`. Argo runs schedules with robfig/cron. If both the day of the month and the day of the week are given, it fires
on either; `*/2` counts as given. A step begins anew at the end of its field: `*/7` fires at minutes 0, 7, ... 56, and 0 again, and `*/2` for
the day on the 31st and on the 1st. `@every 1h` counts from when the controller took the CronWorkflow up, which it does again every
20 minutes.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: first-monday}
    spec:
      schedule: "0 6 1-7 * 1"
      startingDeadlineSeconds: 3600
      workflowSpec: {workflowTemplateRef: {name: report}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: mondays}
    spec:
      schedule: "0 6 * * 1"
      startingDeadlineSeconds: 3600
      workflowSpec: {workflowTemplateRef: {name: report}}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.diagnostics import Diagnostic, Fix, Severity
from depgen.manifests import CRON, Item
from depgen.schedules import remarks

SEVERITY = Severity.WARNING


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each remark on a schedule, also those that other rules explain."""
    for item in items:
        for remark in remarks(item.name, item.body) if item.kind == CRON else ():
            *route, last = remark.route
            fix = Fix(item.at(*route), last, remark.better) if remark.better else None
            yield Diagnostic(
                item.at(*remark.route), remark.rule, remark.message, remark.hint, remark.severity, fix=fix
            )
