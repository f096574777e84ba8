"""A node was renamed from an id that somebody else has.

`renamedFrom` lets what is in the ledgers under a node's former id count as its own. An id that is still a node, or that
two nodes claim, would count twice.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
      summary: {run: {workflowTemplate: summary}, dependsOn: [load], renamedFrom: report}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      summary: {run: {workflowTemplate: summary}, dependsOn: [load], renamedFrom: report}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Node

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such node."""
    nodes = subject.graph.nodes
    first: dict[str, Node] = {}
    for node in nodes.values():
        was = node.renamed_from
        if not was:
            continue
        other = nodes.get(was) or first.setdefault(was, node)
        if other is not node or was == node.id:
            what = (
                "is a node of this graph"
                if was in nodes
                else f'is what "{other.id}" was renamed from as well'
            )
            yield Diagnostic(
                spot(node, "renamedFrom"),
                "renamed-from",
                f'"{was}" {what}',
                "remove it",
                related=((spot(other), f'"{other.id}" is here'),) if other is not node else (),
            )
