"""What a ledger no longer needs, and which ledgers nobody needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from depgen.cluster import keytimes
from depgen.cluster.entries import told
from depgen.cluster.reconcile.deciding import is_answered
from depgen.cluster.reconcile.ledgers import Ledger
from depgen.cluster.states import Subject, is_active

# Below this a ledger keeps every fact: they are the history that people ask for. The most is 380,000.
SMALL = 100_000


def is_kept(key: str, zone: str, oldest: float) -> bool:
    """Whether the period of a key ended after `oldest`; what cannot be read as a key is not kept."""
    end = keytimes.any_end(key, zone)
    return end is not None and end > oldest


def is_over(ledger: Ledger, zone: str, oldest: float) -> bool:
    """Whether a ledger can go: its key's period ended and nothing in it changed after `oldest`.

    A backfill works on keys that are long over.
    """
    return not is_kept(ledger.key, zone, oldest) and ledger.changed_at <= oldest


class Readers:
    """Who reads whose facts."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._of: dict[str, set[str]] = defaultdict(set)
        for node in subject.graph.nodes.values():
            for edge in node.reads:
                self._of[edge.upstream].add(node.id)

    def superseded(self, ledger: Ledger, data: Mapping[str, str], nodes: Iterable[str]) -> set[str]:
        """Facts of a large ledger that nobody will read: older ones of a node whose readers have all fired.

        `nodes` decide on this ledger. The newest fact of a node and key stays, and its newest success.
        """
        if sum(len(name) + len(text) for name, text in data.items()) < SMALL:
            return set()
        waiting = {node for node in nodes if self._waits(node, ledger.key, data)}
        facts: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in data:
            parts = name.split(".")
            if len(parts) == 5 and parts[0] == "run" and parts[4] != "0" and not waiting & self._of[parts[1]]:
                facts[parts[1], parts[2]].append(name)
        return {name for names in facts.values() for name in _older(names, data)}

    def _waits(self, node: str, key: str, data: Mapping[str, str]) -> bool:
        found, date = self._subject.graph.nodes.get(node), key.partition("-")[0]
        if found is None or not self._subject.is_key(node, date):
            return False
        if is_answered(data, node, key) and not found.is_refreshed:
            return False
        return is_active(self._subject, found, date)


def _older(names: list[str], data: Mapping[str, str]) -> set[str]:
    if len(names) < 2:
        return set()
    ranked = []
    for name in names:
        fact = told(data[name])
        ranked.append((str(fact.get("finishedAt") or ""), fact.get("phase") == "Succeeded", name))
    success = max((rank for rank in ranked if rank[1]), default=max(ranked))
    return set(names) - {max(ranked)[2], success[2]}
