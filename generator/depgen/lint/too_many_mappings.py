"""An upstream is needed at too many distances.

Each distance (`match: {offset: -1}`, `{offset: -2}`, ...) means that every completion of the upstream is recorded once
more, in the ledger of another key. A Sensor makes few requests a second, so that 31 of them are a bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import Edge, leaves

SEVERITY = Severity.ERROR

MOST_MAPPINGS = 31


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each upstream with more distances, at the first that is too many."""
    first: dict[str, dict[int, Edge]] = defaultdict(dict)
    for node in subject.graph.nodes.values():
        for edge in leaves(node.edges):
            if edge.offset:
                first[edge.upstream].setdefault(edge.offset, edge)
    for upstream, edges in first.items():
        if len(edges) > MOST_MAPPINGS:
            yield Diagnostic(
                list(edges.values())[MOST_MAPPINGS].place,
                "too-many-mappings",
                f'"{upstream}" is needed at {len(edges)} distances, at most {MOST_MAPPINGS} are possible',
                "depend on the nearest key and let the run read what the earlier ones left",
            )
