"""Reads a ledger into records.

The ledger is somebody else's: an entry that cannot be read, or that no database would take, is counted and passed over,
as the programs of the Sensors pass it over. An entry that lies in several ledgers (partitions, edges with an offset)
gives the same record from each. The ledger of a repeat (`backfill --rerun`) begins with copies, under its own key, of what is
not run again: they tell what its runs waited for, and are no runs of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from depgen.history.records import OUTCOMES, Clock, Fact, Intervention, Sweep
from depgen.naming import LABEL_KEY

# An entry is of no use whatever is wrong with it.
_UNREADABLE = (ValueError, KeyError, TypeError, OverflowError)
_MOST_DIGITS = 15


class Finish(NamedTuple):
    """When an upstream finished, as the edges of that offset see it; also a gate or an operator that let a node go.

    `node` is the upstream, or whose gate it is; `name` is what a run waited for.
    """

    node: str
    offset: int
    name: str
    at: datetime


@dataclass
class Page:
    """The records of one ledger, and when what its nodes wait for happened."""

    namespace: str
    graph: str
    key: str
    facts: list[Fact] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)
    finishes: list[Finish] = field(default_factory=list)
    gates: list[Finish] = field(default_factory=list)
    unreadable: int = 0
    backfilled_at: datetime | None = None

    def add(self, name: str, text: str) -> None:
        """Take one entry; an error of _UNREADABLE if it cannot be read."""
        match name.split("."):
            case ["run", node, key, uid, epoch]:
                self._add_fact(node, key, uid, _number(epoch), _object(text))
            case ["clock", node, clock]:
                at = instant(_object(text)["at"])
                self.clocks.append(Clock(self.namespace, self.graph, node, self.key, clock, at))
                if clock == "notBefore":
                    self.gates.append(Finish(node, 0, clock, at))
            case ["sweep", node]:
                self.sweeps.append(Sweep(self.namespace, self.graph, node, self.key, text, *_tries(text)))
            case ["hold" | "fire" | "release" as action, node]:
                self._add_hand(node, self.key, action, "", _object(text))
            case ["satisfy", node, upstream]:
                self._add_hand(node, self.key, "satisfy", upstream, _object(text))
            case ["shadow", node]:
                self._add_shadow(node, _object(text))
            case ["backfill"]:
                self.backfilled_at = instant(_object(text)["at"])
            case _:
                raise ValueError(f"an entry of no known kind: {name}")

    def _add_fact(self, node: str, key: str, uid: str, epoch: int, value: dict[str, Any]) -> None:
        is_claim = not value["finishedAt"]
        told = value.get("at") if is_claim else value["finishedAt"]
        at = instant(told) if told else None
        fact = Fact(
            self.namespace,
            self.graph,
            node,
            key,
            uid,
            epoch,
            kind="claim" if is_claim else "outcome" if uid in OUTCOMES else "completion",
            phase=_text(value, "phase"),
            at=at,
            wall=_text(value, "wall"),
            workflow=_text(value, "workflow"),
            reason=_text(value, "reason"),
            who=_text(value, "by"),
            why=_text(value, "why"),
            outputs=value.get("outputs"),
            errors=value.get("errors"),
        )
        is_copy = self._is_copy(fact)
        if not is_copy:
            self.facts.append(fact)
        if at and not is_claim:
            self.finishes.append(Finish(node, value.get("offset", 0), node, at))
            if uid == "skipped" and fact.who and not is_copy:
                self._add_hand(node, key, "skip", "", {**value, "at": value["finishedAt"]})

    def _is_copy(self, fact: Fact) -> bool:
        """Whether a fact of a repeat's key is of the key that is repeated: a run's own Workflow is named after its key."""
        if "-" not in fact.key:
            return False
        if fact.workflow:
            return fact.key not in fact.workflow
        return bool(fact.at and self.backfilled_at and fact.at < self.backfilled_at)

    def _add_hand(self, node: str, key: str, action: str, upstream: str, value: dict[str, Any]) -> None:
        at = instant(value["at"])
        who, why = _text(value, "by"), _text(value, "why")
        self.interventions.append(
            Intervention(self.namespace, self.graph, node, key, action, upstream, at, who, why)
        )
        if action in ("fire", "satisfy"):
            self.gates.append(Finish(node, 0, action, at))

    def _add_shadow(self, node: str, value: dict[str, Any]) -> None:
        at = instant(value["at"])
        epoch = int(at.timestamp())
        shown = ("shadow", epoch, "shadow", "Shadow", at, "", _text(value, "name"), "", "", "", None, None)
        self.facts.append(Fact(self.namespace, self.graph, node, self.key, *shown))


def read(namespace: str, graph: str, ledger: Mapping[str, Any]) -> Page:
    """The records of a ConfigMap of a graph."""
    page = Page(namespace, graph, str((ledger["metadata"].get("labels") or {}).get(LABEL_KEY, "")))
    for name, text in sorted((ledger.get("data") or {}).items()):
        try:
            page.add(name, text)
        except _UNREADABLE:
            page.unreadable += 1
    return page


def instant(text: str) -> datetime:
    """An RFC 3339 time in UTC. ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    return moment.astimezone(UTC)


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _text(value: dict[str, Any], name: str) -> str:
    text = value.get(name, "")
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(f"{name} is no text")
    text.encode()  # half a surrogate pair cannot be stored
    return text


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > _MOST_DIGITS:
        raise ValueError(f"not a number of seconds: {text}")
    return int(text)


def _tries(text: str) -> tuple[int | None, datetime | None]:
    """Of a sweep counter, which a person may have set to anything."""
    tries, _, at = text.partition(" ")
    try:
        return min(_number(tries), 2**31 - 1), instant(at) if at else None
    except _UNREADABLE:
        return None, None
