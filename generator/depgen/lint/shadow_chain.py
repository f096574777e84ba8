"""In shadow mode a run waits for another run that nothing tells of.

Nothing is submitted in shadow mode, so what a run did is told by the CronWorkflow that it `replaces`. A run without one never
completes, and what depends on it is never compared.

Fails:

    mode: shadow
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
      audit: {run: {workflowTemplate: audit}, dependsOn: [report], replaces: audit-cron}

Passes:

    mode: shadow
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], replaces: report-cron}
      audit: {run: {workflowTemplate: audit}, dependsOn: [report], replaces: audit-cron}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each run that others wait for in vain."""
    graph = subject.graph
    for node in graph.nodes.values() if graph.is_shadow else ():
        if node.run and not node.replaces and subject.analysis.downstreams[node.id]:
            waiting = subject.analysis.downstreams[node.id][0]
            yield Diagnostic(
                spot(node),
                "shadow-chain",
                f'in shadow mode nothing tells that "{node.id}" completed, for which "{waiting}" waits',
                'name its CronWorkflow, as in "replaces: NAME"',
                SEVERITY,
            )
