"""What the rendered decide programs say of a ledger.

All programs on one event run as one, on the nodes that are asked about: reading a ledger costs more than deciding. It
is the Sensor's own last line that says whether a node fires, asked as if there had been nothing before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from depgen import engine, naming
from depgen.cluster import keytimes
from depgen.cluster.reconcile.expected import told
from depgen.cluster.reconcile.ledgers import Ledger
from depgen.runnable import Decider, Runnable

# Clocks that can make a node due.
_OPENING = ("notBefore", "cutoff")
# What does not keep a node with `onLate: run` from firing; its program knows.
_OUTCOMES = ("skipped.", "expired.")
_EDGES = "{edges: [edges | select(.ok).finishedAt], ready: ready}"


class Answer(NamedTuple):
    """`subject` is whose run it is: the node's, or of the graph's alert the one that tells of a certain node.

    `newest`: when the node became due, by the newest finish, clock time or operator's word it rests on; None if
    that cannot be told.
    """

    node: str
    subject: str
    is_due: bool
    is_ready: bool
    newest: int | None


class Panel:
    """The decide programs of one graph."""

    def __init__(self, programs: Runnable) -> None:
        self._groups: dict[tuple[frozenset[str], str], list[Decider]] = {}
        for decider in programs.deciders.values():
            chosen = frozenset(decider.event.selector.split(","))
            self._groups.setdefault((chosen, decider.zone), []).append(decider)

    def nodes(self, ledger: Ledger) -> list[str]:
        """Who decides on this ledger."""
        return [decider.node for group in self._of(ledger) for decider in group]

    def ask(self, ledger: Ledger, data: Mapping[str, str], nodes: Iterable[str]) -> dict[str, Answer]:
        """What these nodes do if the ledger has these entries."""
        asked = dict.fromkeys(nodes, True)
        event = {"type": "UPDATE", "body": ledger.body(data), "oldBody": {}, "ask": asked}
        found: dict[str, Answer] = {}
        for group in self._of(ledger):
            if not any(decider.node in asked for decider in group):
                continue
            for node, answer in _together(tuple(group)).first(event, group[0].zone).items():
                newest = _newest(node, answer["edges"], data)
                found[node] = Answer(
                    node, answer.get("subject") or node, answer["fire"], answer["ready"], newest
                )
        return found

    def _of(self, ledger: Ledger) -> list[list[Decider]]:
        if not ledger.key:
            return []
        labels = {f"{name}={value}" for name, value in ledger.labels.items()}
        return [group for (chosen, _), group in self._groups.items() if chosen <= labels]


def is_answered(data: Mapping[str, str], node: str, key: str) -> bool:
    """Whether there is a claim, a run or an outcome of a node for its own key, or in shadow mode what stands for it."""
    start = f"run.{node}.{key}."
    return f"shadow.{node}" in data or any(name.startswith(start) for name in data)


def may_fire(data: Mapping[str, str], node: str, key: str) -> bool:
    """Whether it is worth asking: not after a claim or a run, but after some outcomes, or by hand."""
    start = f"run.{node}.{key}."
    ended = (name.removeprefix(start) for name in data if name.startswith(start))
    answered = f"shadow.{node}" in data or any(not rest.startswith(_OUTCOMES) for rest in ended)
    return not answered or f"fire.{node}" in data


@lru_cache(maxsize=256)
def _together(deciders: tuple[Decider, ...]) -> engine.Program:
    """Node -> what its program says, for the nodes in `.ask`."""
    parts = []
    node = json.dumps(naming.LABEL_NODE)
    for decider in deciders:
        name = json.dumps(decider.node)
        edges = decider.ask(_EDGES).text
        parts.append(
            f"(if .ask[{name}] then {{key: {name}, value:"
            f" (({edges}\n) + (({decider.program.text}\n) | {{fire, subject: .metadata.labels[{node}]}}))}} else empty end)"
        )
    return engine.compiled(f"[{', '.join(parts)}] | from_entries")


def _newest(node: str, finishes: Iterable[str | None], data: Mapping[str, str]) -> int | None:
    by_hand = (f"fire.{node}", f"satisfy.{node}.")
    names = [f"clock.{node}.{clock}" for clock in _OPENING]
    names += [name for name in data if name == by_hand[0] or name.startswith(by_hand[1])]
    texts = [*finishes, *(told(data[name]).get("at") for name in names if name in data)]
    moments = [keytimes.instant(str(text)) for text in texts]
    return max((moment for moment in moments if moment is not None), default=None)
