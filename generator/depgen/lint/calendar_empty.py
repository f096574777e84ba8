"""No day of the week is open: in a calendar, or for a node in what `excludes` leaves of one.

A node that follows it would have its last key some day, or never one. `days: []` with dates in `extra` is a calendar for
`excludes`, not for `runsOn`.

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
    """One finding for each such calendar, and for each node that has no open days of the week."""
    graph = subject.graph
    for name, calendar in graph.calendars.items():
        if not calendar.has_open_days:
            hint = 'write open days in "days" or dates in "extra"'
            yield Diagnostic(calendar.place, "calendar-empty", f'calendar "{name}" has no open day', hint)
    for node in graph.nodes.values():
        left, base = graph.calendar(node.id), graph.calendars.get(node.runs_on)
        if left is None or left.days or (base and not base.has_open_days):
            continue
        if base and not base.days:
            message = (
                f'calendar "{node.runs_on}" is a list of dates, which ends, and node "{node.id}" runs on it'
            )
            yield Diagnostic(spot(node, "runsOn"), "calendar-empty", message, 'write open days in its "days"')
        elif node.excludes in graph.calendars:
            of = f'calendar "{node.runs_on}"' if base else "the week"
            message = f'"excludes: {node.excludes}" leaves no day of {of}'
            yield Diagnostic(spot(node, "excludes"), "calendar-empty", message, "exclude fewer days")
