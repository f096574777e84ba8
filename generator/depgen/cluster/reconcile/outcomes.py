"""Outcomes: what became of a node without a Workflow, written wherever the end of a run would be.

The record programs say where that is: they are shown a Workflow that ended so. A ledger of another key or partition
whose nodes wait for the node gets a copy; what the node's own ledger says is repeated there until it is so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from depgen import naming
from depgen.cluster import keytimes
from depgen.cluster.entries import told
from depgen.cluster.reconcile.expected import LABEL_INVALID, Expected, outcomes, together
from depgen.cluster.reconcile.ledgers import Ledger
from depgen.runnable import Runnable

PHASES = {"skipped": "Skipped", "expired": "Expired", "rejected": "Rejected"}


class Outcome(NamedTuple):
    """`kind` is skipped, expired or rejected; `at` in seconds since 1970."""

    node: str
    key: str
    kind: str
    at: int
    reason: str


class Place(NamedTuple):
    """One of the ledgers that hold what a node did: the entry's name there, and the fact."""

    ledger: str
    labels: Mapping[str, str]
    entry: str
    fact: Mapping[str, Any]


class Homes:
    """Where the ends of a graph's own runs are recorded."""

    def __init__(self, programs: Runnable) -> None:
        mine = f"{naming.LABEL_GRAPH}={programs.graph}"
        self._graph = programs.graph
        self._asked = together(r for r in programs.recorders if mine in r.event.selector.split(","))

    def write(self, outcome: Outcome) -> Iterator[tuple[Place, str]]:
        """Every place of an outcome, and the entry's text."""
        phase = PHASES[outcome.kind]
        for place in self.places(outcome.node, outcome.key, outcome.kind, phase, outcome.at):
            # Upstreams that are late may still count (`onLate`), so what the cutoff did is not the last word.
            kept = {"used": ""} if outcome.reason == "cutoff" and "used" in place.fact else {}
            yield place, _text({**of_outcome(place.fact), **kept, "reason": outcome.reason})

    def places(self, node: str, key: str, uid: str, phase: str, at: int) -> Iterator[Place]:
        """Where a Workflow of this node and key that ends is recorded; each ledger once, and none of what is no key."""
        labels = {naming.LABEL_GRAPH: self._graph, naming.LABEL_NODE: node, naming.LABEL_KEY: key}
        status = {"finishedAt": keytimes.utc(at), "phase": phase}
        event = {"type": "ADD", "body": {"metadata": {"uid": uid, "labels": labels}, "status": status}}
        seen = set()
        for result in outcomes(self._asked, event):
            if result["fresh"] and LABEL_INVALID not in result["labels"] and result["name"] not in seen:
                seen.add(result["name"])
                for entry, text in result["data"].items():
                    yield Place(result["name"], result["labels"], entry, told(text))

    def spread(self, ledger: Ledger, is_orphan: bool, wanted: Expected, now: float) -> None:
        """Want what a ledger says of its own nodes in the other ledgers that need it.

        Of most ledgers these are the outcomes. An orphan is one that nobody decides on any more, because the number of
        partitions changed: all that runs did is wanted where it is read now.
        """
        for name, text in ledger.data.items():
            parts = name.split(".")
            if len(parts) != 5 or parts[0] != "run" or parts[2] != ledger.key:
                continue
            if not is_orphan and parts[3] not in PHASES:
                continue
            fact = told(text)
            for place in self.places(parts[1], parts[2], parts[3], "Succeeded", int(now)):
                if place.ledger != ledger.name and fact:
                    moved = {"offset": place.fact["offset"]} if "offset" in place.fact else {}
                    wanted.want(place.ledger, place.labels, {name: _text({**fact, **moved})})


def of_outcome(fact: Mapping[str, Any]) -> dict[str, Any]:
    """What a record program says of a Workflow that is none. `used`, the newest finish that a run rests on, is of runs
    only: an outcome that had it would be made again as soon as an upstream has ended (`onRerun`)."""
    return {name: value for name, value in fact.items() if value is not None and name != "used"}


def _text(fact: Mapping[str, Any]) -> str:
    return json.dumps(fact, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
