"""The schedule of a CronWorkflow cannot be read, or never comes.

Only with `--manifests`. Argo reads five fields as robfig/cron does: Sunday is 0, a range must not wrap round, and there
are no seconds, no `L` and no `#`. A CronWorkflow that it cannot read starts nothing. Argo Workflows 4 reads `schedules` only, 3.7 also
`schedule`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * 7", startingDeadlineSeconds: 600}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}, key: {every: week}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * 0", startingDeadlineSeconds: 600}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import workflows
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.schedules import SYNTAX, remarks

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each schedule that starts nothing, of sources in a cluster; `cron_meaning` tells of those in files."""
    for node in subject.graph.nodes.values():
        cron = workflows.cron_of(node.source, subject.manifests)
        if node.source is None or cron is None or subject.manifests.item(cron) is not None:
            continue
        for remark in remarks(node.source.name, cron):
            if remark.rule == SYNTAX:
                yield Diagnostic(spot(node, "source", "cronWorkflow"), SYNTAX, remark.message, remark.hint)
