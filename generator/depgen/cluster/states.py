"""The state of each node at each key, read from the ledgers.

Readiness comes from the decide program alone, by asking it; all else is reading entries. A claim or a fact of the node
itself says more than readiness, so the program is asked only where there is neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from depgen import naming
from depgen.analyse import Analysis
from depgen.cluster import keytimes
from depgen.cluster.api import CONFIG_MAPS, Cluster, Object
from depgen.cluster.entries import Fact, Hand, Invalid, Ledger, empty, invalid, ledger, newest
from depgen.model import Graph, Node
from depgen.runnable import Decider, Runnable
from depgen.times import Period

# A program without a gate or a past has no such def, and jq refuses the name.
_QUESTION = "{edges: [edges], ready: ready, due: due, gate: %s, past: %s}"


class State(StrEnum):
    """What a node is at a key; NOT_SEEN is a source of which there is no fact."""

    WAITING = "WAITING"
    READY = "READY"
    GATED = "GATED"
    SUBMITTED = "SUBMITTED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    MISSED = "MISSED"
    EXPIRED = "EXPIRED"
    SKIPPED = "SKIPPED"
    REJECTED = "REJECTED"
    HELD = "HELD"
    SUSPENDED = "SUSPENDED"
    INVALID_KEY = "INVALID_KEY"
    NOT_SEEN = "NOT_SEEN"


_OF_PHASE = {
    "Succeeded": State.SUCCEEDED,
    "Skipped": State.SKIPPED,
    "Expired": State.EXPIRED,
    "Rejected": State.REJECTED,
    "Submitted": State.SUBMITTED,
}
# States that are nobody's business any more when the deadline has passed.
_PENDING = frozenset({State.WAITING, State.READY, State.GATED, State.SUBMITTED})


class Cell(NamedTuple):
    """A node at a key. `was` is what a MISSED node is besides; `fact` is what its state was read from, `hold` who holds it."""

    node: str
    key: str
    state: State
    was: State
    fact: Fact | None = None
    hold: Hand | None = None
    is_shadow: bool = False

    @property
    def phase(self) -> str:
        """The phase of what was read last, "" if nothing was."""
        return self.fact.phase if self.fact else ""


class Answer(NamedTuple):
    """What a decide program says of a ledger: each edge with `ok` and its fact, and what follows.

    An edge that wants other keys than its own says which: `key`, or of several `each`. `past` is None if it does not matter.
    """

    edges: list[dict[str, Any]]
    is_ready: bool
    is_due: bool
    gate: dict[str, Any] | None
    past: dict[str, Any] | None = None

    @property
    def is_gated(self) -> bool:
        """All edges are there, and the gate is closed."""
        return self.is_ready and self.gate == {}


class Subject(NamedTuple):
    """One graph, and the programs it was compiled to."""

    graph: Graph
    analysis: Analysis
    programs: Runnable

    def every(self, node: str) -> Period:
        """The period of a node."""
        return self.analysis.every[node]

    def partition(self, node: str) -> int | None:
        """The partition whose ledgers hold what a node did."""
        count = self.graph.partitions
        return None if count == 1 else naming.partition_of(node, count)

    def is_key(self, node: str, key: str) -> bool:
        """Whether a key is one of the node's period."""
        try:
            keytimes.start(key, self.every(node))
        except ValueError:
            return False
        return True


class Ledgers(Mapping[tuple[int | None, str], Ledger]):
    """The ledgers of one graph by partition and key."""

    def __init__(self, graph: str, found: Iterable[Ledger]) -> None:
        self._graph = graph
        self._found = {(one.partition, one.key): one for one in found}

    def __getitem__(self, place: tuple[int | None, str]) -> Ledger:
        return self._found[place]

    def __iter__(self) -> Iterator[tuple[int | None, str]]:
        return iter(sorted(self._found, key=lambda place: (place[1], -1 if place[0] is None else place[0])))

    def __len__(self) -> int:
        return len(self._found)

    def of(self, subject: Subject, node: str, key: str) -> Ledger:
        """The ledger that decides for a node; an empty one if there is none."""
        partition = subject.partition(node)
        return self._found.get((partition, key)) or empty(self._graph, key, partition)

    def keys_of(self, subject: Subject, node: str) -> list[str]:
        """The keys of the node's period that have a ledger, in order."""
        return sorted({key for _, key in self._found if subject.is_key(node, key)})


def read_ledgers(cluster: Cluster, subject: Subject) -> Ledgers:
    """Every ledger of a graph, as they stand now."""
    graph = subject.graph
    found = cluster.list(CONFIG_MAPS, graph.namespace, f"{naming.LABEL_GRAPH}={graph.name}")
    return Ledgers(graph.name, map(ledger, found))


def read_invalid(cluster: Cluster, subject: Subject) -> list[Invalid]:
    """The completions without a key, as they stand now."""
    graph = subject.graph
    return invalid(cluster.get(CONFIG_MAPS, graph.namespace, f"{graph.name}-invalid"))


def ask(subject: Subject, node: Node, of: Ledger) -> Answer:
    """What the decide program of a node says of a ledger."""
    nodes = (node.id, *subject.analysis.upstreams[node.id])
    former = (subject.graph.nodes[id_].renamed_from for id_ in nodes)
    return asked(subject.programs.deciders[node.id], of.about((*nodes, *filter(None, former))))


def asked(decider: Decider, ledger: Object) -> Answer:
    """What a decide program says of a ledger as an object, which may have no more entries than it reads."""
    text = decider.program.text
    question = _QUESTION % tuple(name if f"def {name}:" in text else "null" for name in ("gate", "past"))
    told = decider.ask(question).first({"body": ledger}, decider.zone)
    return Answer(told["edges"], told["ready"], told["due"], told["gate"], told["past"])


def cell(subject: Subject, node: Node, of: Ledger, now: float) -> Cell | None:
    """The state of a node in a ledger; None if it has none there: another period's key, or one it never fires for."""
    facts = of.facts(node.id)
    if not subject.is_key(node.id, of.key):
        return Cell(node.id, of.key, State.INVALID_KEY, State.INVALID_KEY, facts[-1]) if facts else None
    found = newest(facts)
    if found:
        state = _OF_PHASE.get(found.phase, State.FAILED)
    elif node.source:
        return Cell(node.id, of.key, State.NOT_SEEN, State.NOT_SEEN)
    elif not is_active(subject, node, of.key):
        return None
    else:
        state = _unsubmitted(subject, node, of)
    is_late = state in _PENDING and is_past(subject, node, "deadline", of, now)
    is_shadow = bool(of.shadow(node.id)) and not facts
    hold = of.hand("hold", node.id) if state is State.HELD else None
    return Cell(node.id, of.key, State.MISSED if is_late else state, state, found, hold, is_shadow)


def is_active(subject: Subject, node: Node, key: str) -> bool:
    """Whether a node ever runs for a key: it lies within `activeFrom` and `activeUntil`, on an open day."""
    every = subject.every(node.id)
    if is_closed(subject, node.id, key):
        return False
    begin, end = (
        every.key(date.fromisoformat(day)) if day else "" for day in (node.active_from, node.active_until)
    )
    return key >= begin and (not end or key < end)


def is_closed(subject: Subject, node: str, key: str) -> bool:
    """Whether a node's calendar is closed on the date of a key; weeks and months never are."""
    every, calendar = subject.every(node), subject.graph.calendar(node)
    if calendar is None or every.kind not in ("day", "slot"):
        return False
    return not calendar.is_open(keytimes.start(key.partition("-")[0], every).date())


def is_past(subject: Subject, node: Node, name: str, of: Ledger, now: float) -> bool:
    """Whether the time of a clock has come for this key, be its tick recorded or lost."""
    at = strikes_at(subject, node, name, of.key)
    return at is not None and (bool(of.clock(node.id, name)) or at <= now)


def strikes_at(subject: Subject, node: Node, name: str, key: str) -> int | None:
    """The instant of one of the node's clocks for a key; None if it has no such clock."""
    time = node.clocks.get(name)
    if time is None:
        return None
    # Of a time that comes twice in autumn, the gate opens the first time, and what ends then ends the last time.
    is_last = name != "notBefore"
    calendar = subject.graph.calendar(node.id) if time.open_days else None
    return keytimes.clock_at(key, subject.every(node.id), time, subject.graph.zone, is_last, calendar)


def _unsubmitted(subject: Subject, node: Node, of: Ledger) -> State:
    if of.shadow(node.id):
        return State.SUBMITTED
    if of.hand("hold", node.id):
        return State.HELD
    if node.is_suspended:
        return State.SUSPENDED
    answer = ask(subject, node, of)
    if answer.is_due:
        return State.READY
    return State.GATED if answer.is_gated else State.WAITING
