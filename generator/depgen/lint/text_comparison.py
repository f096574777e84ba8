"""A condition compares an output, which is text, with a number.

To jq any text is greater than any number, so `.outputs.rows > 0` holds for "0" as well, and `.outputs.rows == 0` never.
The output has to be made a number first.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, when: ".outputs.rows > 0"}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, when: "(.outputs.rows | tonumber) > 0"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import expressions
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.model import leaves

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each condition with such a comparison."""
    for node in subject.graph.nodes.values():
        for edge in leaves(node.edges):
            compared = expressions.compared_with_numbers(edge.when) if edge.when is not None else []
            if compared:
                yield Diagnostic(
                    Place(edge.place.path, (*edge.place.route, "when")),
                    "text-comparison",
                    f"{compared[0]} is text, and greater than any number",
                    f"write ({compared[0]} | tonumber)",
                )
