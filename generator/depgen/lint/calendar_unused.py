"""No node follows a calendar.

It costs nothing, but a reader takes it to mean something. Perhaps a `runsOn` was forgotten. While a node cannot be
read, calendars are not judged.

Fails:

    calendars: {business: {days: [mon, tue, wed, thu, fri]}}
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    calendars: {business: {days: [mon, tue, wed, thu, fri]}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such calendar."""
    graph = subject.graph
    used = {name for node in graph.nodes.values() for name in (node.runs_on, node.excludes)}
    for name, calendar in graph.calendars.items():
        if name not in used and not graph.broken:
            yield Diagnostic(
                calendar.place,
                "calendar-unused",
                f'no node follows calendar "{name}"',
                f'remove it, or write "runsOn: {name}" on a node',
                SEVERITY,
            )
