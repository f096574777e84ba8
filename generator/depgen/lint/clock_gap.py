"""A time that does not exist on the day on which the clocks go forward.

That night 02:30 is skipped in most of Europe. A clock of a node (`notBefore` and the others) strikes at the first instant
after the gap instead; a window that lies in the gap has no time in it at all, so nothing counts for that day. Times of a
run are read in the graph's zone, a window in that of its source.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], notBefore: "02:30+1d"}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], notBefore: "03:00+1d"}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.keys import gap_ends
from depgen.lint import Subject, spot
from depgen.model import Edge, Node, Window, leaves
from depgen.times import HOUR, is_zone

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such time, and for each window without time."""
    zone = subject.graph.zone
    for node in subject.graph.nodes.values():
        for name, time in node.clocks.items() if is_zone(zone) else ():
            ends = gap_ends(zone, time.seconds)
            if ends and not name.startswith("settle-"):
                yield _clock(node, name, time.seconds, ends[0], zone)
        for edge in leaves(node.edges):
            if edge.window:
                yield from _window(subject, edge, edge.window)


def _clock(node: Node, name: str, seconds: int, end: int, zone: str) -> Diagnostic:
    said = f'"{name}" of node "{node.of or node.id}" is at {_shown(seconds)}, which does not exist in {zone}'
    message = f"{said} on the day the clocks go forward: it is {_shown(end)} then"
    return Diagnostic(spot(node, name), "clock-gap", message, f"write {_shown(end)} or later", SEVERITY)


def _window(subject: Subject, edge: Edge, window: Window) -> Iterator[Diagnostic]:
    source = subject.graph.nodes[edge.upstream].source if edge.upstream in subject.graph.nodes else None
    zone = source.key.zone if source else subject.graph.zone
    if not is_zone(zone) or window.start.days != window.end.days:
        return
    starts, ends = gap_ends(zone, window.start.seconds), gap_ends(zone, window.end.seconds - 1)
    if starts and starts == ends and window.start.from_end == window.end.from_end:
        message = f"the window has no time in it on the day the clocks of {zone} go forward"
        hint = f"let it end after {_shown(ends[0])}"
        place = Place(edge.place.path, (*edge.place.route, "window"))
        yield Diagnostic(place, "clock-gap", message, hint, SEVERITY)


def _shown(seconds: int) -> str:
    return f"{seconds // HOUR:02}:{seconds % HOUR // 60:02}"
