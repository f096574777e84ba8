"""What stands in a ledger, as values: facts and claims, clocks, an operator's hand.

Reading is all that happens here. Whether a node is ready is not told from these values: its decide program is asked.
What cannot be read is passed over, as the programs do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from depgen import naming
from depgen.cluster.api import Object

SUBMITTED = "Submitted"
OUTCOMES = ("skipped", "expired", "rejected")
# The fields of an entry's value that are texts.
_TEXTS = {
    "finished_at": "finishedAt",
    "wall": "wall",
    "workflow": "workflow",
    "reason": "reason",
    "by": "by",
    "why": "why",
    "at": "at",
}
# A ledger is sent twice in an event, and the bus takes 1 MB.
MOST_BYTES = 380_000


class Fact(NamedTuple):
    """What one Workflow of a node did, or an outcome without one; a claim if nothing is known but its submission.

    `uid` is the Workflow's, or `skipped`, `expired`, `rejected`. `finished_at` is in UTC, `wall` on the clock of the
    node's zone. `offset` says for which edges a fact of another key stands in this ledger. `at` is when a claim's
    Workflow was created.
    """

    node: str
    key: str
    uid: str
    epoch: int
    phase: str
    finished_at: str = ""
    wall: str = ""
    workflow: str = ""
    offset: int = 0
    reason: str = ""
    by: str = ""
    why: str = ""
    at: str = ""

    @property
    def is_claim(self) -> bool:
        """Submitted, and nothing more is known."""
        return self.epoch == 0

    @property
    def is_outcome(self) -> bool:
        """Recorded without a Workflow."""
        return self.uid in OUTCOMES


class Hand(NamedTuple):
    """What an operator wrote; `upstream` is set for `satisfy`."""

    verb: str
    node: str
    upstream: str
    at: str
    by: str
    why: str


@dataclass(frozen=True)
class Ledger:
    """One ConfigMap of one graph, key and partition."""

    name: str
    key: str
    partition: int | None
    version: str
    created_at: str
    data: dict[str, str]

    @cached_property
    def size(self) -> int:
        """Bytes of its entries."""
        return sum(len(name) + len(value.encode()) for name, value in self.data.items())

    @cached_property
    def _facts(self) -> dict[str, list[Fact]]:
        found: dict[str, list[Fact]] = {}
        for fact in _facts(self.data):
            found.setdefault(fact.node, []).append(fact)
        return found

    @property
    def body(self) -> Object:
        """The object as the decide programs read it."""
        return {"metadata": {"name": self.name, "labels": self.labels}, "data": self.data}

    @cached_property
    def _by_node(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for name, text in self.data.items():
            _, _, rest = name.partition(".")
            found.setdefault(rest.partition(".")[0], {})[name] = text
        return found

    def about(self, nodes: Iterable[str]) -> Object:
        """The object with the entries that name one of these nodes, or none: all that a program about them reads.

        libjq takes ten times as long over a whole ledger of a hundred nodes.
        """
        chosen = [self._by_node.get(node, {}) for node in ("", *nodes)]
        return {**self.body, "data": {name: text for each in chosen for name, text in each.items()}}

    @property
    def labels(self) -> dict[str, str]:
        """Without the graph's, which no decide program reads."""
        partition = {} if self.partition is None else {naming.LABEL_PARTITION: str(self.partition)}
        return {naming.LABEL_KEY: self.key, **partition}

    def facts(self, node: str, offset: int = 0) -> list[Fact]:
        """The facts and claims of a node that edges of this offset read, in the order of their names."""
        return [f for f in self._facts.get(node, []) if f.offset == offset and (offset or f.key == self.key)]

    def facts_of(self, node: str, key: str) -> list[Fact]:
        """The facts and claims of a node and a key that may be another than the ledger's, in the order of their names."""
        return [fact for fact in self._facts.get(node, []) if fact.key == key]

    def all_facts(self) -> Iterator[Fact]:
        """Every fact and claim, whatever its node and key."""
        return chain.from_iterable(self._facts.values())

    def clock(self, node: str, name: str) -> str:
        """The instant of a clock whose time has come, in UTC; "" if it has not."""
        return str(told(self.data.get(f"clock.{node}.{name}")).get("at", ""))

    def hand(self, verb: str, node: str, upstream: str = "") -> Hand | None:
        """What an operator wrote of a node, or of one of its edges."""
        name = f"{verb}.{node}.{upstream}" if upstream else f"{verb}.{node}"
        return hand(verb, node, upstream, self.data[name]) if name in self.data else None

    def hands(self, node: str) -> list[Hand]:
        """Everything an operator wrote of a node, the oldest first."""
        found = [self.hand(verb, node) for verb in ("hold", "release", "fire")]
        satisfied = [name.split(".")[2] for name in self.data if name.startswith(f"satisfy.{node}.")]
        found += [self.hand("satisfy", node, upstream) for upstream in satisfied]
        return sorted((hand for hand in found if hand), key=lambda hand: (hand.at, hand))

    def tries(self, node: str) -> tuple[int, str]:
        """How often the sweep asked the Sensor again, and when it last did."""
        number, _, at = self.data.get(f"sweep.{node}", "").partition(" ")
        return (int(number), at) if number.isascii() and number.isdigit() else (0, "")

    def shadow(self, node: str) -> str:
        """When the node would have been submitted in shadow mode; "" if it would not."""
        return str(told(self.data.get(f"shadow.{node}")).get("at", ""))


class Invalid(NamedTuple):
    """A completion that has no key."""

    node: str
    workflow: str
    finished_at: str
    reason: str


def ledger(found: Object) -> Ledger:
    """A ConfigMap as a ledger."""
    metadata = found["metadata"]
    labels = metadata.get("labels") or {}
    partition = str(labels.get(naming.LABEL_PARTITION, ""))
    return Ledger(
        name=str(metadata["name"]),
        key=str(labels.get(naming.LABEL_KEY, "")),
        partition=int(partition) if partition.isascii() and partition.isdigit() else None,
        version=str(metadata.get("resourceVersion", "")),
        created_at=str(metadata.get("creationTimestamp", "")),
        data=found.get("data") or {},
    )


def empty(graph: str, key: str, partition: int | None) -> Ledger:
    """The ledger of a key of which nothing is known yet."""
    return Ledger(f"{naming.ledger_prefix(graph, partition)}{key}", key, partition, "", "", {})


def invalid(found: Object | None) -> list[Invalid]:
    """The entries of `<graph>-invalid`, the oldest first."""
    entries = (told(value) for value in ((found or {}).get("data") or {}).values())
    lost = [
        Invalid(*(str(entry.get(name) or "") for name in ("node", "workflow", "finishedAt", "reason")))
        for entry in entries
        if entry
    ]
    return sorted(lost, key=lambda entry: (entry.finished_at, entry))


def latest(facts: Iterable[Fact]) -> Fact | None:
    """The newest finish; success wins a tie in the same second, and a claim loses to everything."""
    return max(facts, key=lambda fact: (fact.finished_at, fact.phase == "Succeeded"), default=None)


def newest(facts: Iterable[Fact]) -> Fact | None:
    """What counts of a node: a success, else a Workflow that has not ended, else the newest end.

    A claim carries no time, but it belongs to the Workflow of its uid, which ended if there is a fact of that uid.
    """
    found = list(facts)
    ended = {fact.uid for fact in found if not fact.is_claim}
    last = latest(fact for fact in found if not fact.is_claim)
    if last and last.phase == "Succeeded":
        return last
    return next((fact for fact in found if fact.is_claim and fact.uid not in ended), last)


def _facts(data: Mapping[str, str]) -> Iterator[Fact]:
    for name in sorted(data):
        parts = name.split(".")
        if len(parts) != 5 or parts[0] != "run" or not parts[4].isascii() or not parts[4].isdigit():
            continue
        entry = told(data[name])
        if isinstance(entry.get("phase"), str):
            offset = entry.get("offset")
            texts = {name: str(entry.get(key) or "") for name, key in _TEXTS.items()}
            yield Fact(
                parts[1],
                parts[2],
                parts[3],
                int(parts[4]),
                entry["phase"],
                offset=offset if isinstance(offset, int) else 0,
                **texts,
            )


def hand(verb: str, node: str, upstream: str, text: str) -> Hand:
    """The text of an entry as an operator's hand."""
    entry = told(text)
    return Hand(verb, node, upstream, *(str(entry.get(name) or "") for name in ("at", "by", "why")))


def listed(text: str) -> list[Any]:
    """A JSON list; an empty one if the text is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def told(text: str | None) -> dict[str, Any]:
    """An entry of a ledger as the value it holds; {} if it cannot be read."""
    try:
        value = json.loads(text or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
