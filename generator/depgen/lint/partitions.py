"""Too many runs share one series of ledgers.

Every run is asked at each change of its ledger, so the traffic grows with the square of the runs that share one. With
`partitions: N` each key has N ledgers, and a run is in the one that the hash of its id says. 128 runs in one are the
most. The finding says which N is enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.naming import partition_of, partitions_needed

SEVERITY = Severity.ERROR

MOST_RUNS = 128
MOST_PARTITIONS = 1024


def check(subject: Subject) -> Iterator[Diagnostic]:
    """At most one finding: for the fullest partition."""
    graph = subject.graph
    runs = [node.id for node in graph.nodes.values() if node.run]
    if len(runs) <= MOST_RUNS:
        return
    partition, size = Counter(partition_of(id_, graph.partitions) for id_ in runs).most_common(1)[0]
    if size > MOST_RUNS:
        where = (
            "one series of ledgers"
            if graph.partitions == 1
            else f"partition {partition} of {graph.partitions}"
        )
        needed = partitions_needed(runs, MOST_RUNS)
        yield Diagnostic(
            graph.partitions_place or graph.place,
            "partitions",
            f"{size} runs share {where}, {MOST_RUNS} are the most",
            f'write "partitions: {needed}"' if needed <= MOST_PARTITIONS else "split it into several graphs",
        )
