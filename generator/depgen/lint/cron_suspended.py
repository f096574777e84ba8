"""The CronWorkflow of a source is suspended.

Only with `--manifests`. While it is, nothing behind it starts.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600, suspend: true}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import workflows
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.manifests import mapping

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such source."""
    for node in subject.graph.nodes.values():
        cron = workflows.cron_of(node.source, subject.manifests)
        if node.source and cron is not None and mapping(cron.get("spec")).get("suspend") is True:
            yield Diagnostic(
                spot(node, "source", "cronWorkflow"),
                "cron-suspended",
                f'CronWorkflow "{node.source.name}" is suspended, so nothing behind it starts',
                'remove its "suspend"',
                SEVERITY,
            )
