"""A node names a calendar that the graph does not have.

`runsOn` and `excludes` name one of the graph's `calendars`, which may stand in any of its files.

Fails:

    calendars: {business: {days: [mon, tue, wed, thu, fri]}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: busines}

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
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such name."""
    calendars = subject.graph.calendars
    names = Names(calendars)
    for node in subject.graph.nodes.values():
        for field, name in (("runsOn", node.runs_on), ("excludes", node.excludes)):
            if name and name not in calendars:
                near = names.closest(name)
                yield Diagnostic(
                    spot(node, field),
                    "calendar-unknown",
                    f'"{field}" names calendar "{name}", which does not exist',
                    f'did you mean "{near}"?' if near else "add it under calendars",
                )
