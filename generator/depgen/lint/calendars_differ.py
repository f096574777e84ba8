"""An upstream is closed on days on which the node is open.

On such a day the upstream has no run to wait for, and it has to be said what the node does then: `ifNotScheduled: wait`
(until its cutoff), `satisfy` (go without it) or `skip` (the node has no run either).

Fails:

    calendars: {business: {days: [mon, tue, wed, thu, fri]}}
    nodes:
      stock: {source: {cronWorkflow: stock}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [stock]}

Passes:

    calendars: {business: {days: [mon, tue, wed, thu, fri]}}
    nodes:
      stock: {source: {cronWorkflow: stock}, runsOn: business}
      sales: {source: {cronWorkflow: sales}}
      report:
        run: {workflowTemplate: report}
        dependsOn: [sales, {node: stock, ifNotScheduled: satisfy}]
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.calendars import WEEK, Calendar
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import Edge, leaves

SEVERITY = Severity.ERROR

# Those that look at one day of the upstream's; the others step over closed days.
_BY_DAY = ("same", "within")
_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each edge to such an upstream that does not say what then."""
    graph = subject.graph
    if not graph.calendars:
        return
    every = subject.analysis.every
    # Only keys of days and parts of them are closed; of a calendar that does not exist nothing is known.
    has_days = {
        id_
        for id_, node in graph.nodes.items()
        if every[id_].kind in ("day", "slot") and {node.runs_on, node.excludes} <= {"", *graph.calendars}
    }
    for node in graph.nodes.values():
        for edge in leaves(node.edges) if node.id in has_days else ():
            theirs = graph.calendar(edge.upstream) if edge.upstream in has_days else None
            if theirs is None or not _is_silent(edge):
                continue
            when = _closed(theirs, graph.calendar(node.id) or Calendar("every day"))
            if when:
                yield Diagnostic(
                    edge.place,
                    "calendars-differ",
                    f'upstream "{edge.upstream}" is closed {when}, when node "{node.of or node.id}" is open',
                    'say what then with "ifNotScheduled": wait, satisfy or skip',
                )


def _is_silent(edge: Edge) -> bool:
    # Nobody waits for a failure: what does not run does not fail.
    return edge.match.kind in _BY_DAY and edge.if_not_scheduled is None and edge.phases != "failure"


def _closed(theirs: Calendar, mine: Calendar) -> str:
    """The days, or the first date, on which `mine` is open and `theirs` is not; empty if there is none."""
    days = [_NAMES[day] for day in range(len(WEEK)) if day in mine.days and day not in theirs.days]
    if days:
        return f"on {', '.join(days[:-1])} and {days[-1]}" if len(days) > 1 else f"on {days[0]}"
    listed = sorted({*theirs.holidays, *mine.extra})
    return next((f"on {day}" for day in listed if mine.is_open(day) and not theirs.is_open(day)), "")
