"""A graph beside everything that its ledgers record, by node and key.

A node's facts stand in the ledgers of those who need them: of another partition, of another key. Here they are together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from depgen.cluster.api import Cluster
from depgen.cluster.entries import Fact, Ledger
from depgen.cluster.lineage import Place
from depgen.cluster.states import Ledgers, Subject, read_ledgers

# What a graph starts of a node besides its runs: on a missed deadline, a late start, a failure.
ALERTS = ("missed", "late", "failed")


class Recorded(NamedTuple):
    """`facts` are by node and key; one that stands in several ledgers is there as often.

    The key of runs that are made again is `20261121-<id>`. Their ledgers begin with copies of what was not made again.
    """

    subject: Subject
    ledgers: Ledgers
    facts: dict[tuple[str, str], list[Fact]]

    def namespace_of(self, id_: str) -> str:
        """Where the Workflows of a node, or of an alert, are."""
        graph = self.subject.graph
        node = graph.nodes.get(id_)
        if node and node.source:
            return node.source.namespace
        alerted = graph.nodes.get(self.alerted(id_))
        alert = graph.on_failure if id_.endswith("-failed") else alerted.on_miss if alerted else None
        run = node.run if node else alert
        return run.namespace if run else graph.namespace

    def alerted(self, id_: str) -> str:
        """The node that an alert is about; "" if this is none."""
        names = (id_.removesuffix(f"-{kind}") for kind in ALERTS if id_.endswith(f"-{kind}"))
        return next((name for name in names if name in self.subject.graph.nodes), "")

    def place(self, node: str, key: str, workflow: str) -> Place:
        """A place in this graph."""
        graph = self.subject.graph
        return Place(graph.namespace, graph.name, node, key, workflow)

    def keys_like(self, key: str) -> Iterator[str]:
        """The key, and those under which it was run again."""
        yield key
        yield from sorted({other for _, other in self.ledgers if other.startswith(f"{key}-")})

    def key_of(self, node: str, key: str, workflow: str) -> str:
        """The key that a Workflow ran for first, if what stands under a key of runs that are made again is a copy."""
        first = base(key)
        return first if any(fact.workflow == workflow for fact in self.facts[node, first]) else key

    def places(self, node: str, key: str) -> Iterator[Place]:
        """The Workflows and outcomes of a node and key."""
        for workflow in dict.fromkeys(fact.workflow for fact in self.facts[node, key]):
            yield self.place(node, key, workflow)


def base(key: str) -> str:
    """The key without the id of runs that are made again."""
    return key.partition("-")[0]


def recorded(cluster: Cluster, subject: Subject) -> Recorded:
    """What the ledgers record now."""
    ledgers = read_ledgers(cluster, subject)
    return Recorded(subject, ledgers, _by_key(ledgers.values()))


def _by_key(ledgers: Iterable[Ledger]) -> dict[tuple[str, str], list[Fact]]:
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for ledger in ledgers:
        for fact in ledger.all_facts():
            found[fact.node, fact.key].append(fact)
    return found
