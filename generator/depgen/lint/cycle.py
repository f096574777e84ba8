"""A node waits for itself, directly or through others.

None of the nodes on the cycle could ever start. The whole path is shown, from its earliest line.

Fails:

    nodes:
      a: {run: {workflowTemplate: a}, dependsOn: [b]}
      b: {run: {workflowTemplate: b}, dependsOn: [a]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      a: {run: {workflowTemplate: a}, dependsOn: [load]}
      b: {run: {workflowTemplate: b}, dependsOn: [a]}
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import Edge, leaves

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each knot of nodes."""
    for cycle in subject.analysis.cycles:
        nodes = [subject.graph.nodes[id_] for id_ in cycle]
        first = min(range(len(nodes)), key=lambda i: (nodes[i].place.path, nodes[i].rank))
        turned = [*cycle[first:], *cycle[:first]]
        edges = [_edge(subject, *pair) for pair in pairwise([*turned, turned[0]])]
        if len(turned) == 1:
            message, hint = f'node "{turned[0]}" waits for itself', "remove this edge"
        else:
            path = " -> ".join([*turned, turned[0]])
            message, hint = f"these nodes wait for each other: {path}", "remove one of these edges"
        notes = [
            f'"{node}" depends on "{edge.upstream}" here' for node, edge in zip(turned, edges, strict=True)
        ]
        related = zip((edge.place for edge in edges), notes, strict=True)
        yield Diagnostic(edges[0].place, "cycle", message, hint, related=tuple(related)[1:])


def _edge(subject: Subject, node: str, upstream: str) -> Edge:
    return next(edge for edge in leaves(subject.graph.nodes[node].edges) if edge.upstream == upstream)
