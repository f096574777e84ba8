"""A calendar, or what `excludes` leaves of one, has no open day.

A node that follows it would never have a key. `days: []` is for a calendar that is a list of dates, in `extra`.

Fails:

    calendars: {business: {days: []}}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}

Passes:

    calendars: {business: {days: [mon, tue, wed, thu, fri]}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such calendar, and for each node that leaves all days out."""
    graph = subject.graph
    for name, calendar in graph.calendars.items():
        if not calendar.has_open_days:
            message = f'calendar "{name}" has no open day'
            yield Diagnostic(
                calendar.place, "calendar-empty", message, 'write open days in "days" or dates in "extra"'
            )
    for node in graph.nodes.values():
        left = graph.calendar(node.id) if node.excludes in graph.calendars else None
        base = graph.calendars.get(node.runs_on)
        if left and not left.has_open_days and (base is None or base.has_open_days):
            of = f'calendar "{node.runs_on}"' if base else "the week"
            message = f'"excludes: {node.excludes}" leaves no open day of {of}'
            yield Diagnostic(spot(node, "excludes"), "calendar-empty", message, "exclude fewer days")
