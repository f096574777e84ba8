"""The ledger of a key could become larger than the EventBus carries.

A ledger is a ConfigMap that travels over the bus at each change, old and new together, and the bus takes 1 MB. It holds
some 240 bytes for each run of its partition, 280 for each fact that they need, 90 for each of their times, and up to 4096 for each output that
somebody reads. More partitions make smaller ledgers; the finding says how many are enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from depgen import expressions
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import SAME, Graph, Match, Node
from depgen.naming import partition_of
from depgen.serving import Serving

SEVERITY = Severity.ERROR

MOST_BYTES = 380_000
MOST_PARTITIONS = 1024
_CLAIM, _FACT, _OUTPUT, _CLOCK = 240, 280, 4096, 90
# Node -> what it reads: (upstream, match, number of the key among those the match wants).
FactsRead = dict[str, list[tuple[str, Match, int]]]


def check(subject: Subject) -> Iterator[Diagnostic]:
    """At most one finding: for the largest ledger."""
    graph = subject.graph
    outputs = expressions.outputs_read(graph)
    read = _facts_read(subject)
    if _bound(graph, outputs, read) <= MOST_BYTES:
        return
    size = _largest(graph, outputs, read, graph.partitions)
    if size > MOST_BYTES:
        needed = _partitions(graph, outputs, read, size)
        yield Diagnostic(
            graph.partitions_place or graph.place,
            "ledger-too-large",
            f"a ledger could grow to {size // 1000} KB, {MOST_BYTES // 1000} KB are the most",
            f'write "partitions: {needed}"'
            if needed
            else "read fewer outputs in one run, or pass them on as artifacts",
        )


def _facts_read(subject: Subject) -> FactsRead:
    every, graph = subject.analysis.every, subject.graph
    found: FactsRead = {}
    for id_, node in graph.nodes.items():
        found[id_] = facts = [(edge.upstream, edge.match, 0) for edge in node.reads]
        for edge in node.edges.leaves if node.is_matched else ():
            if edge.match is not SAME and edge.upstream in every:
                most = Serving(edge, every[id_], every[edge.upstream], graph.calendar(id_)).most_recorded
                facts += [(edge.upstream, edge.match, number) for number in range(1, most)]
    return found


def _bound(graph: Graph, outputs: dict[str, list[str]], read: FactsRead) -> int:
    """What the largest ledger could take if no two runs shared a fact: cheaper to know, and mostly enough."""
    fact = _FACT + _OUTPUT * max(map(len, outputs.values()), default=0)
    sizes = [0] * graph.partitions
    for id_, node in graph.nodes.items():
        sizes[partition_of(id_, graph.partitions)] += _own(graph, node) + fact * (1 + len(read[id_]))
    return max(sizes)


def _own(graph: Graph, node: Node) -> int:
    """What a node adds beside facts: its claim, its times, and its alerts with theirs."""
    alerts = bool(graph.on_failure) + (bool(node.start_by) + bool(node.deadline) if node.on_miss else 0)
    return _CLAIM + _CLOCK * len(node.clocks) + (_CLAIM + _FACT) * alerts


def _largest(graph: Graph, outputs: dict[str, list[str]], read: FactsRead, partitions: int) -> int:
    """Bytes of the largest ledger with so many partitions."""
    homes = {id_: partition_of(id_, partitions) for id_ in graph.nodes}
    facts = {(home, (id_, SAME, 0)) for id_, home in homes.items()}
    sizes: Counter[int] = Counter()
    for id_, node in graph.nodes.items():
        if node.run:
            sizes[homes[id_]] += _own(graph, node)
            facts.update((homes[id_], fact) for fact in read[id_])
    for home, (upstream, _, _) in facts:
        sizes[home] += _FACT + _OUTPUT * len(outputs.get(upstream, ()))
    return max(sizes.values(), default=0)


def _partitions(graph: Graph, outputs: dict[str, list[str]], read: FactsRead, size: int) -> int | None:
    """A number of partitions that is enough; None if no number is."""
    count = graph.partitions
    while count < MOST_PARTITIONS:
        count = min(MOST_PARTITIONS, max(count + 1, count * size // MOST_BYTES))
        size = _largest(graph, outputs, read, count)
        if size <= MOST_BYTES:
            return count
    return None
