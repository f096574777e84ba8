"""An edge wants keys that cannot be told.

Closed days are stepped over by keys of a day; shorter keys have no such steps. Which hours a day has depends on the
zone, so an upstream with keys shorter than a day must be dated in the zone of the graph. `{last: 7}` cannot require
eight.

Fails:

    nodes:
      ny: {source: {cronWorkflow: ny}, key: {every: hour, timezone: America/New_York}}
      report: {run: {workflowTemplate: report}, every: day, dependsOn: [{node: ny, match: {within: key}}]}

Passes:

    nodes:
      ny: {source: {cronWorkflow: ny}, key: {every: hour}}
      report: {run: {workflowTemplate: report}, every: day, dependsOn: [{node: ny, match: {within: key}}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.model import SAME, Edge, Node

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """At most one finding for each edge."""
    for node in subject.graph.nodes.values():
        for edge in node.edges.leaves if node.is_matched else ():
            if edge.match is not SAME and edge.upstream in subject.graph.nodes:
                found = _of_calendar(subject, node, edge) or _of_zone(subject, node, edge)
                if found:
                    yield Diagnostic(
                        Place(edge.place.path, (*edge.place.route, "match")), "match-keys", *found
                    )


def _of_calendar(subject: Subject, node: Node, edge: Edge) -> tuple[str, str] | None:
    every, graph, kind = subject.analysis.every, subject.graph, edge.match.kind
    upstream = every[edge.upstream]
    if kind in ("offset", "last") and graph.calendar(edge.upstream) and upstream.kind == "slot":
        return (
            f'"{edge.upstream}" has a calendar and a key every {upstream.text}: closed days are stepped over by days only',
            "let a node with a key every day stand between them",
        )
    if kind == "since" and graph.calendar(node.id) and every[node.id].kind != "day":
        return (
            f'node "{node.id}" has a calendar and a key every {every[node.id].text}: only a day has a previous open one',
            'write "every: day", or remove its calendar',
        )
    return None


def _of_zone(subject: Subject, node: Node, edge: Edge) -> tuple[str, str] | None:
    upstream = subject.graph.nodes[edge.upstream]
    zone = upstream.source.key.zone if upstream.source else subject.graph.zone
    is_fixed = edge.match.kind in ("offset", "last")
    shorter = min(
        (subject.analysis.every[id_] for id_ in (node.id, edge.upstream)), key=lambda p: p.kind != "slot"
    )
    if is_fixed or zone == subject.graph.zone or shorter.kind != "slot":
        return None
    return (
        f'"{edge.upstream}" is dated in {zone}, the graph in {subject.graph.zone}: their days have other hours',
        f"date it in the graph's zone, with key: {{timezone: {subject.graph.zone}}}",
    )
