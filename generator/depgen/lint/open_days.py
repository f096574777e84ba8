"""A time counts open days, but the node has no calendar.

`"18:00 end+2bd"` is 18:00 on the second open day after the period's end. Which days are open is said by the `runsOn` of
the same node; a key of a week or month is never closed by it.

Fails:

    nodes:
      books: {source: {cronWorkflow: books}, key: {every: month}}
      close: {run: {workflowTemplate: close}, dependsOn: [books], notBefore: "18:00 end+2bd"}

Passes:

    calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: ["2026-12-25"], validThrough: "2030-12-31"}}
    nodes:
      books: {source: {cronWorkflow: books}, key: {every: month}}
      close: {run: {workflowTemplate: close}, runsOn: business, dependsOn: [books], notBefore: "18:00 end+2bd"}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot
from depgen.model import Node
from depgen.times import WallTime

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such time."""
    for node in subject.graph.nodes.values():
        if not node.runs_on:
            for place, time in _times(node):
                if time.open_days:
                    yield Diagnostic(
                        place,
                        "open-days",
                        f'this time counts open days, but node "{node.id}" has no "runsOn"',
                        "name a calendar there, or count days with d",
                    )


def _times(node: Node) -> Iterator[tuple[Place, WallTime]]:
    own = ((name, time) for name, time in node.clocks.items() if not name.startswith("settle-"))
    yield from ((spot(node, name), time) for name, time in own)
    for edge in node.edges.leaves:
        here = edge.place.route
        if edge.settle:
            yield Place(edge.place.path, (*here, "settle")), edge.settle
        if edge.window:
            for name, time in (("from", edge.window.start), ("to", edge.window.end)):
                yield Place(edge.place.path, (*here, "window", name)), time
