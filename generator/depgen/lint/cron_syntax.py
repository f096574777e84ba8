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

from depgen import firings, workflows
from depgen.cron import CronError, parse
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.manifests import Object
from depgen.phrases import quoted

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each schedule that starts nothing."""
    for node in subject.graph.nodes.values():
        cron = workflows.cron_of(node.source, subject.manifests)
        if node.source and cron is not None:
            for message, hint in _mistakes(node.source.name, cron):
                yield Diagnostic(spot(node, "source", "cronWorkflow"), "cron-syntax", message, hint)


def _mistakes(name: str, cron: Object) -> Iterator[tuple[str, str]]:
    given = firings.schedules(cron)
    if not given:
        yield f'CronWorkflow "{name}" has no schedule', "write one, or suspend it"
    for text, whole in given:
        try:
            schedule = parse(whole)
        except CronError as error:
            yield f'CronWorkflow "{name}" has the schedule {quoted(text)}: {error}', "correct it there"
            continue
        if firings.never_fires(schedule):
            yield (
                f'CronWorkflow "{name}" has the schedule {quoted(text)}, which never comes',
                "correct it there",
            )
