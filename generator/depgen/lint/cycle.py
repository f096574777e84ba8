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

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.model import Edge, leaves

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each knot of nodes."""
    for cycle in subject.analysis.cycles:
        edges = [_edge(subject, node, cycle[(i + 1) % len(cycle)]) for i, node in enumerate(cycle)]
        first = min(range(len(edges)), key=lambda i: (edges[i].place.path, _order(subject, cycle[i])))
        turned = [*cycle[first:], *cycle[:first]]
        spots = [*edges[first:], *edges[:first]]
        path = " -> ".join([*turned, turned[0]])
        yield Diagnostic(
            _spot(spots[0]),
            "cycle",
            f"these nodes wait for each other: {path}"
            if len(turned) > 1
            else f'node "{turned[0]}" waits for itself',
            "remove one of these edges",
            related=tuple((_spot(edge), f'and here for "{edge.upstream}"') for edge in spots[1:]),
        )


def _edge(subject: Subject, node: str, upstream: str) -> Edge:
    return next(edge for edge in leaves(subject.graph.nodes[node].edges) if edge.upstream == upstream)


def _order(subject: Subject, node: str) -> int:
    return list(subject.graph.nodes).index(node)


def _spot(edge: Edge) -> Place:
    return edge.place
