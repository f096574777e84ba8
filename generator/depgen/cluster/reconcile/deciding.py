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
from depgen.cluster.entries import told
from depgen.cluster.reconcile.ledgers import Ledger
from depgen.cluster.reconcile.ticks import BACKFILL
from depgen.runnable import Decider, Runnable

# Clocks that can make a node due.
_OPENING = ("notBefore", "cutoff")
# What does not keep a node with `onLate: run` from firing; its program knows.
_OUTCOMES = ("skipped.", "expired.")
# Edges matter of what is due, and whether the rest is ready only at its cutoff: most nodes are neither.
_QUESTION = (
    "due as $due | {due: $due, edges: (if $due then [edges | select(.ok).finishedAt] else [] end),"
    " ready: ($due or (has(%s) and ready)), closed: (%s)}"
)
# Of very many programs as one, jq takes longer to compile than the reading saves.
_MOST = 16


class Answer(NamedTuple):
    """`is_closed`: calendars leave the node out for this key. `subject` is whose run it is: the node's, or of the graph's alert the one that tells of a certain node.

    `newest`: when the node became due, by the newest finish, clock time or operator's word it rests on; None if
    that cannot be told.
    """

    node: str
    subject: str
    is_due: bool
    is_ready: bool
    newest: int | None
    is_closed: bool = False


class Panel:
    """The decide programs of one graph."""

    def __init__(self, programs: Runnable) -> None:
        found: dict[tuple[frozenset[str], str], list[Decider]] = {}
        for decider in programs.deciders.values():
            chosen = frozenset(decider.event.selector.split(","))
            found.setdefault((chosen, decider.zone), []).append(decider)
        self._groups = [
            (chosen, tuple(members[start : start + _MOST]))
            for (chosen, _), members in found.items()
            for start in range(0, len(members), _MOST)
        ]

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
            for node, said in _together(group).first(event, group[0].zone).items():
                newest = _newest(node, said["edges"], data)
                subject = said.get("subject") or node
                is_due, is_closed = said.get("fire", False), said["closed"]
                found[node] = Answer(node, subject, is_due, said["ready"], newest, is_closed)
        return found

    def _of(self, ledger: Ledger) -> list[tuple[Decider, ...]]:
        # Anybody may write a ledger, or a key on a label: programs count on days that there are.
        if keytimes.any_end(ledger.key, "UTC") is None:
            return []
        labels = {f"{name}={value}" for name, value in ledger.labels.items()}
        return [group for chosen, group in self._groups if chosen <= labels]


def is_answered(data: Mapping[str, str], node: str, key: str) -> bool:
    """Whether there is a claim, a run or an outcome of a node for its own key."""
    start = f"run.{node}.{key}."
    return any(name.startswith(start) for name in data)


def may_fire(data: Mapping[str, str], node: str, key: str, is_shadow: bool) -> bool:
    """Whether it is worth asking: not after a claim or a run, but after some outcomes, or by hand.

    In shadow mode runs are those of others, and the node's own answer is what it would have done. That stays an answer
    when the graph goes live: whatever ran then was started by others.
    """
    if f"shadow.{node}" in data and (is_shadow or BACKFILL not in data):
        return not is_shadow and f"fire.{node}" in data
    if is_shadow:
        return True
    start = f"run.{node}.{key}."
    ended = (name.removeprefix(start) for name in data if name.startswith(start))
    return f"fire.{node}" in data or all(rest.startswith(_OUTCOMES) for rest in ended)


@lru_cache(maxsize=1024)
def _together(deciders: tuple[Decider, ...]) -> engine.Program:
    """Node -> what its program says, for the nodes in `.ask`. Each in a def of its own: jq bounds the size of one."""
    label = json.dumps(naming.LABEL_NODE)
    defs, asked = [], []
    for number, decider in enumerate(deciders):
        closed = "skipped" if "def skipped:" in decider.program.text else "false"
        told = decider.ask(_QUESTION % (json.dumps(f"clock.{decider.node}.cutoff"), closed)).text
        fires = f"({decider.program.text}\n) | {{fire, subject: .metadata.labels[{label}]}}"
        defs.append(
            f"def d{number}: ({told}\n) as $told | if $told.due then $told + ({fires}) else $told end;\n"
        )
        name = json.dumps(decider.node)
        asked.append(f"(if .ask[{name}] then {{key: {name}, value: d{number}}} else empty end)")
    return engine.compiled(f"{''.join(defs)}[{', '.join(asked)}] | from_entries")


def _newest(node: str, finishes: Iterable[str | None], data: Mapping[str, str]) -> int | None:
    by_hand = (f"fire.{node}", f"satisfy.{node}.")
    names = [f"clock.{node}.{clock}" for clock in _OPENING]
    names += [name for name in data if name == by_hand[0] or name.startswith(by_hand[1])]
    texts = [*finishes, *(told(data[name]).get("at") for name in names if name in data)]
    moments = [keytimes.instant(str(text)) for text in texts]
    return max((moment for moment in moments if moment is not None), default=None)
