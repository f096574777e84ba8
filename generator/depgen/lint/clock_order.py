"""The times of a node contradict each other.

A node waits for `notBefore` before it is submitted and until the `cutoff` for its upstreams, is to start by `startBy` and to
succeed by its `deadline`. A gate that opens at or after the cutoff or a deadline would miss it every day.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], notBefore: "20:00", deadline: "18:00"}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], notBefore: "18:00", deadline: "20:00"}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Node
from depgen.times import DAY, WallTime

SEVERITY = Severity.ERROR

# What has to come first, and the longest a period can be from its first to its last day.
_ORDER = (
    ("notBefore", "cutoff"),
    ("notBefore", "startBy"),
    ("notBefore", "deadline"),
    ("startBy", "deadline"),
)
_LENGTHS = {"week": 6, "month": 30}
_SHORTEST = {"week": 6, "month": 27}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each pair of times in the wrong order."""
    for node in subject.graph.nodes.values():
        if len(node.clocks) > 1:
            kind = subject.analysis.every[node.id].kind
            for first, second in _ORDER:
                if first in node.clocks and second in node.clocks:
                    yield from _pair(node, kind, first, second)


def _pair(node: Node, kind: str, first: str, second: str) -> Iterator[Diagnostic]:
    earlier, later = node.clocks[first], node.clocks[second]
    may_equal = first == "startBy"
    start = _second(earlier, _SHORTEST.get(kind, 0))
    end = _second(later, _LENGTHS.get(kind, 0) if not earlier.from_end else _SHORTEST.get(kind, 0))
    is_open_ended = later.open_days and not earlier.open_days  # a row of closed days may be long
    if is_open_ended or start < end or (may_equal and start == end):
        return
    yield Diagnostic(
        spot(node, second),
        "clock-order",
        f'"{second}" of node "{node.id}" is not after its "{first}"',
        "write a later time, such as with +1d for the next day",
    )


def _second(time: WallTime, last_day: int) -> int:
    """Seconds after the date of the key, at the least: as if every day were open."""
    return time.offset + time.open_days * DAY + (last_day * DAY if time.from_end else 0)
