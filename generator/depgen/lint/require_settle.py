"""How many keys are enough is said without saying when to stop waiting for the rest, or of an edge with fewer keys.

An edge over several keys counts when all of them do. With `require` fewer are enough, but only from `settle` on: else
twenty hours of a day would always do, and the other four be left out.

Fails:

    nodes:
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      report:
        run: {workflowTemplate: report}
        every: day
        dependsOn: [{node: hourly, match: {within: key}, require: -1}]

Passes:

    nodes:
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      report:
        run: {workflowTemplate: report}
        every: day
        dependsOn: [{node: hourly, match: {within: key}, require: -1, settle: "01:00+1d"}]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.model import Edge, Node
from depgen.serving import most_in
from depgen.times import Period

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each edge whose fields do not go together."""
    for node in subject.graph.nodes.values():
        for edge in node.edges.leaves:
            if edge.require is not None or edge.settle is not None:
                yield from _findings(node, edge, subject.analysis.every)


def _findings(node: Node, edge: Edge, every: Mapping[str, Period]) -> Iterator[Diagnostic]:
    if not edge.is_plural:
        field = "require" if edge.require is not None else "settle"
        yield _finding(edge, field, f'"{field}" of an edge that wants one key', "remove it")
    elif edge.settle is None:
        yield _finding(
            edge,
            "require",
            '"require" without "settle"',
            'say when fewer are enough, such as settle: "01:00+1d"',
        )
    elif edge.require is None:
        yield _finding(
            edge, "settle", '"settle" without "require"', "say how many keys are enough, such as require: -1"
        )
    elif (most := _most(node, edge, every)) and abs(edge.require) > most - (edge.require < 0):
        many = f"{most}" if edge.match.kind == "last" else f"at most {most}"
        message = f'"require: {edge.require}" of {many} keys'
        yield _finding(edge, "require", message, f"write a number up to {most}, or down to {1 - most}")
    others = [
        e for e in node.edges.leaves if e.upstream == edge.upstream and e.settle not in (None, edge.settle)
    ]
    if others and edge.settle:
        message = f'the edges on "{edge.upstream}" settle at different times'
        yield _finding(edge, "settle", message, "let them settle at one time")


def _most(node: Node, edge: Edge, every: Mapping[str, Period]) -> int | None:
    """The most keys that an edge can want; None where that depends on calendars."""
    if edge.match.kind == "last":
        return edge.match.n
    mine, theirs = every[node.id], every.get(edge.upstream)
    return most_in(mine, theirs) if edge.match.kind == "within" and theirs and mine.holds(theirs) else None


def _finding(edge: Edge, field: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(Place(edge.place.path, (*edge.place.route, field)), "require-settle", message, hint)
