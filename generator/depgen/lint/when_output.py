"""A condition uses `.outputs` in a way from which the output's name cannot be told.

Only the outputs that somebody reads are recorded, and depgen finds them in the text of the condition, as
`.outputs.NAME` or `.outputs["NAME"]`. Any other way to reach them would find nothing.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, when: ".outputs | has(\\"rows\\")"}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, when: ".outputs.rows != null"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import expressions
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.model import leaves
from depgen.phrases import quoted

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each condition with such a use."""
    for node in subject.graph.nodes.values():
        for edge in leaves(node.edges):
            if edge.when is not None and "outputs" in edge.when:
                _, strays = expressions.outputs(edge.when)
                if strays:
                    yield Diagnostic(
                        Place(edge.place.path, (*edge.place.route, "when")),
                        "when-output",
                        f"it cannot be told which output {quoted(strays[0])} stands for",
                        'write .outputs.NAME or .outputs["NAME"]',
                    )
