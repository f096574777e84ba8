"""A run waits for nothing, so nothing would ever start it.

depgen starts a run when its upstreams have completed; a Workflow that starts by the clock stays a CronWorkflow and is
a source.

Fails:

    nodes:
      report: {run: {workflowTemplate: report}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import leaves

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each run without edges."""
    for node in subject.graph.nodes.values():
        if node.run and not leaves(node.edges):
            yield Diagnostic(
                spot(node),
                "no-edges",
                f'run "{node.id}" has no "dependsOn" and would never start',
                "name the nodes it waits for",
            )
