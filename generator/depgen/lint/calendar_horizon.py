"""A calendar ends within 400 days.

Past its last day nobody has said what is closed, and a node would run on holidays. So the next year's are asked for
while there is time, by `build` and `lint` alone: what runs in the cluster goes on. This is the one rule whose answer
depends on the day. A calendar without `validThrough` is taken to be known to the end of the year of its last date;
one that is only days of the week never ends.

Fails:

    calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: ["2026-12-25"]}}
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}

Passes:

    calendars:
      business:
        days: [mon, tue, wed, thu, fri]
        holidays: ["2026-12-25", "2027-12-24", "2028-12-25"]
        validThrough: "2028-12-31"
    nodes:
      load: {source: {cronWorkflow: load}, runsOn: business}
      report: {run: {workflowTemplate: report}, dependsOn: [load], runsOn: business}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject
from depgen.times import is_zone

SEVERITY = Severity.ERROR

_AHEAD = 400


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such calendar, if it is known what day it is."""
    graph = subject.graph
    if subject.now is None or not is_zone(graph.zone):
        return
    today = datetime.fromtimestamp(subject.now, ZoneInfo(graph.zone)).date()
    for name, calendar in graph.calendars.items():
        end = calendar.valid_through
        if end is None or (left := (end - today).days) >= _AHEAD:
            continue
        when = f"{left} days from now" if left >= 0 else "which is past"
        yield Diagnostic(
            Place(calendar.place.path, (*calendar.place.route, "validThrough")),
            "calendar-horizon",
            f'calendar "{name}" is known through {end} only, {when}; {_AHEAD} days are needed',
            'add the holidays that come after, and write through which day they are known in "validThrough"',
        )
