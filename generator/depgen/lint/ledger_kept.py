"""A time of a node, or the end of a window, lies after its ledger is deleted.

The sweep deletes a ledger when the period of its key has been over for as long as `keep` says, whether or not something
still waits in it. A gate that opens later finds nothing to open, and a deadline then is missed by runs that succeeded.

Fails:

    keep: 7d
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], notBefore: "08:00+10d"}

Passes:

    keep: 14d
    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], notBefore: "08:00+10d"}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot
from depgen.model import Node
from depgen.times import DAY, Period, WallTime

SEVERITY = Severity.WARNING

# How long a period is at the most: what is counted from its first day is that much earlier after its last.
_LENGTHS = {"week": 7 * DAY, "month": 31 * DAY}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such time."""
    keep = subject.graph.keep
    for node in subject.graph.nodes.values():
        for field, where, time in _times(node):
            if _after_end(time, subject.analysis.every[node.id]) >= keep.longest:
                yield Diagnostic(
                    where,
                    "ledger-kept",
                    f'{field} of node "{node.id}" is later than its ledger is kept: {keep.days} days from the end of its key',
                    'write a longer "keep", such as keep: 60d, or an earlier time',
                    SEVERITY,
                )


def _times(node: Node) -> Iterator[tuple[str, Place, WallTime]]:
    clocks = node.clocks
    for name in ("notBefore", "startBy", "deadline", "cutoff"):
        if name in clocks:
            yield f'"{name}"', spot(node, name), clocks[name]
    for edge in node.edges.leaves:
        at = edge.place
        if edge.settle:
            yield '"settle"', Place(at.path, (*at.route, "settle")), edge.settle
        if edge.window:
            yield "the end of a window", Place(at.path, (*at.route, "window")), edge.window.end


def _after_end(time: WallTime, every: Period) -> int:
    """Seconds from the end of the key's period to the time, at the least."""
    length = DAY if time.from_end else _LENGTHS.get(every.kind, DAY)
    return time.offset + time.open_days * DAY - length
