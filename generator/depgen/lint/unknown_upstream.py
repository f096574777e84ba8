"""An edge names a node that is not in the graph.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [laod]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import leaves
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such edge."""
    nodes, broken = subject.graph.nodes, subject.graph.broken
    names = Names(nodes)
    parts: dict[str, list[str]] = {}
    for node in nodes.values():
        parts.setdefault(node.of, []).append(node.id)
    for node in nodes.values():
        for edge in leaves(node.edges):
            if edge.upstream not in nodes and edge.upstream not in broken:
                near = names.closest(edge.upstream)
                hint = f'did you mean "{near}"?' if near else "add it under nodes"
                if edge.upstream in parts:
                    hint = f"it is one node for each upstream: name {' and '.join(parts[edge.upstream])}"
                yield Diagnostic(
                    edge.place,
                    "unknown-upstream",
                    f'node "{node.id}" depends on "{edge.upstream}", which does not exist',
                    hint,
                )
