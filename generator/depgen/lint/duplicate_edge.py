"""A node names the same upstream twice under the same conditions.

The second edge changes nothing, except that `minSatisfied` counts it as one more.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load, {node: load, status: success}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load, {node: load, match: {offset: -1}}]}
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from depgen.diagnostics import Diagnostic, Fix, Place, Severity
from depgen.lint import Subject
from depgen.model import Edge, Group, leaves

SEVERITY = Severity.WARNING

_NOWHERE = Place("", ())


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each edge that is there already, in the same group."""
    for node in subject.graph.nodes.values():
        edges = leaves(node.edges)
        if len({edge.upstream for edge in edges}) < len(edges):
            yield from _repeated(node.edges)


def _repeated(group: Group) -> Iterator[Diagnostic]:
    seen: dict[Hashable, Edge] = {}
    for member in group.members:
        if isinstance(member, Group):
            yield from _repeated(member)
            continue
        first = seen.setdefault(_conditions(member), member)
        if first is not member:
            yield Diagnostic(
                member.place,
                "duplicate-edge",
                f'this edge on "{member.upstream}" is there already',
                "remove it",
                SEVERITY,
                related=((first.place, "the first one is here"),),
                fix=_removal(member.place) if group.need <= 1 else None,  # a number of edges counts each
            )


def _removal(place: Place) -> Fix | None:
    *route, number = place.route
    return Fix(Place(place.path, tuple(route)), number, None) if isinstance(number, int) else None


def _conditions(edge: Edge) -> Hashable:
    phases = edge.phases if isinstance(edge.phases, str) else frozenset(edge.phases)
    return edge.upstream, *edge._replace(place=_NOWHERE, phases=())[1:], phases
