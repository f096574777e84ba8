"""The id of a run is an operator word of Argo Events.

The run's id becomes the name of a dependency, which a trigger names in an expression. There `not` or `in` is an
operator, and the trigger would silently never run.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      let: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      let-report: {run: {workflowTemplate: report}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.naming import EXPRESSION_WORDS

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such run."""
    for id_ in sorted(EXPRESSION_WORDS & subject.graph.nodes.keys()):
        node = subject.graph.nodes[id_]
        if node.run:
            yield Diagnostic(
                spot(node),
                "reserved-name",
                f'"{id_}" is an operator in the conditions of Argo Events and cannot be the id of a run',
                f'choose another id, such as "run-{id_}"',
            )
