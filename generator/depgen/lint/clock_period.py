"""A node with several keys a day has a time of the day.

`notBefore`, `startBy`, `deadline` and `cutoff` are counted from the date of the key. Keys of one date would all
share that one moment, which is hardly what is meant.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}, key: {every: hour}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], deadline: "18:00"}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}, key: {every: day}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], deadline: "18:00"}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each time of such a node."""
    for node in subject.graph.nodes.values():
        every = subject.analysis.every[node.id]
        for name in node.clocks if every.kind == "slot" else ():
            settled = next((e for e in node.edges.leaves if name == f"settle-{e.upstream}"), None)
            yield Diagnostic(
                Place(settled.place.path, (*settled.place.route, "settle")) if settled else spot(node, name),
                "clock-period",
                f'"{name.partition("-")[0]}" counts from the date of a key, but node "{node.id}" has one every {every.text}',
                "remove it, or give the node a period of a day or more",
            )
