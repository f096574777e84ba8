"""A node depends on its past and has no first key.

With `dependsOnPast` each key waits until the one before it has succeeded or been skipped. The first key would wait for
ever: `activeFrom` says which it is, and that one is free.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      balance: {run: {workflowTemplate: balance}, dependsOn: [load], dependsOnPast: true}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      balance: {run: {workflowTemplate: balance}, dependsOn: [load], dependsOnPast: true, activeFrom: "2026-11-01"}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such node, or whose first key is closed by its calendar."""
    for node in subject.graph.nodes.values():
        if not node.depends_on_past:
            continue
        every, calendar = subject.analysis.every[node.id], subject.graph.calendar(node.id)
        if node.active_from is None:
            yield Diagnostic(
                spot(node, "dependsOnPast"),
                "past-start",
                f'node "{node.id}" depends on its past and has no first key',
                'add the date of the first key, such as activeFrom: "2026-11-01"',
            )
        elif (
            calendar
            and every.kind in ("day", "slot")
            and not calendar.is_open(date.fromisoformat(node.active_from))
        ):
            first = calendar.next_open(date.fromisoformat(node.active_from))
            yield Diagnostic(
                spot(node, "activeFrom"),
                "past-start",
                f'node "{node.id}" depends on its past, and its first key is closed by its calendar',
                f'begin on an open day, such as activeFrom: "{first}"',
            )
