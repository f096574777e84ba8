"""A node's active time ends before it begins.

`activeFrom` is the first date whose key may fire, `activeUntil` the first that may not. With a key every week or month
both stand for the period that holds them, so they have to be in different ones.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], activeFrom: "2026-11-01", activeUntil: "2026-11-01"}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], activeFrom: "2026-11-01", activeUntil: "2027-01-01"}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each node that could never fire."""
    for node in subject.graph.nodes.values():
        if node.active_from is None or node.active_until is None:
            continue
        every = subject.analysis.every[node.id]
        first, end = (every.key(date.fromisoformat(text)) for text in (node.active_from, node.active_until))
        if end <= first:
            within = (
                "" if end != first or node.active_from == node.active_until else f", in the same {every.text}"
            )
            yield Diagnostic(
                spot(node, "activeUntil"),
                "active-range",
                f'"activeUntil" ({node.active_until}) is not after "activeFrom" ({node.active_from}){within}',
                "no key would ever fire: write a later date",
            )
