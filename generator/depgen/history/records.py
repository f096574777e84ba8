"""What the history holds, as values: a class for each table, and what a query answers.

`key` is the logical date that a thing belongs to. Times are aware and in UTC, durations are in seconds. The first fields
of a record, up to where its class says, are its natural key: a record that is kept twice is the same row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from depgen.model import Graph

# Phases that an entry without a Workflow may have; in an entry's name they stand where the uid does.
OUTCOMES = ("skipped", "expired", "rejected")
SUBMITTED = "Submitted"
FAILURES = ("Failed", "Error")


@dataclass(frozen=True)
class Subject:
    """A graph whose history is kept.

    `upstreams`: for each node the upstreams and offsets of its edges; None of one that wants keys of no fixed distance.
    """

    namespace: str
    graph: str
    upstreams: Mapping[str, frozenset[tuple[str, int | None]]]


def subject(graph: Graph) -> Subject:
    """What the history needs to know of a graph."""
    upstreams = {
        node.id: frozenset((edge.upstream, graph.distance(edge)) for edge in node.edges.leaves)
        for node in graph.nodes.values()
    }
    return Subject(graph.namespace, graph.name, upstreams)


class Fact(NamedTuple):
    """An entry about one node: a claim, a completion, an outcome without a Workflow, or a run of shadow mode.

    Its key ends with `epoch`. `at` is when that was: of a claim the submission, of a completion the finish. `who` and
    `why` are set where it was an operator's doing.
    """

    namespace: str
    graph: str
    node: str
    key: str
    uid: str
    epoch: int
    kind: str
    phase: str
    at: datetime | None
    wall: str
    workflow: str
    reason: str
    who: str
    why: str
    outputs: dict[str, str] | None
    errors: dict[str, str] | None


class Clock(NamedTuple):
    """A clock of a node (`notBefore`, `startBy`, `deadline`, `cutoff`) whose time `at` has come; its key ends with `name`."""

    namespace: str
    graph: str
    node: str
    key: str
    name: str
    at: datetime


class Intervention(NamedTuple):
    """An operator's hand: hold, release, fire, satisfy (an edge to `upstream`) or skip; its key ends with `at`."""

    namespace: str
    graph: str
    node: str
    key: str
    action: str
    upstream: str
    at: datetime
    who: str
    why: str


class Sweep(NamedTuple):
    """A value of a node's sweep counter: how often it was tried and when last; its key ends with `value`."""

    namespace: str
    graph: str
    node: str
    key: str
    value: str
    tries: int | None
    at: datetime | None


class Run(NamedTuple):
    """A Workflow of a node, or its outcome without one; its key ends with `uid`.

    `progress` grows as the run goes on, so that of two rows the one that knows more can be told. `waited_for` is the
    upstream that finished last before the submission (or `notBefore`, `fire`, `satisfy`), and `waited_until` when that
    was. `cause` is what the Workflow says of the facts that it was submitted for.
    """

    namespace: str
    graph: str
    node: str
    key: str
    uid: str
    workflow: str
    phase: str
    progress: int
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    waited_for: str | None = None
    waited_until: datetime | None = None
    cause: list[Any] | None = None

    @property
    def duration(self) -> int | None:
        """Seconds from start to finish, if both are known."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds())


class Synced(NamedTuple):
    """What one pass over a graph read, and how much of it was new; `runs` are new or changed."""

    namespace: str
    graph: str
    ledgers: int
    workflows: int
    facts: int
    clocks: int
    interventions: int
    sweeps: int
    runs: int
    unreadable: int


class Known(NamedTuple):
    """A run and the deadline of its node and key, None if that is not known or has not come."""

    run: Run
    deadline: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether it had not succeeded by its deadline. A key that was skipped is not waited for."""
        if self.deadline is None or self.run.phase == "Skipped":
            return False
        return self.run.phase != "Succeeded" or self.lateness is None or self.lateness > 0

    @property
    def lateness(self) -> int | None:
        """Seconds from the deadline to the success, below 0 if that was in time; None without either."""
        if self.deadline is None or self.run.finished_at is None or self.run.phase != "Succeeded":
            return None
        return round((self.run.finished_at - self.deadline).total_seconds())


class Event(NamedTuple):
    """Something that happened to a node and key: a phase, a clock's name, an operator's action, or `sweep`.

    `object` is the Workflow, the upstream of a `satisfy`, or which try of the sweep it was.
    """

    at: datetime
    namespace: str
    graph: str
    node: str
    key: str
    what: str
    object: str
    reason: str
    who: str
    why: str


class NodeFigures(NamedTuple):
    """Runs of one node in figures. Durations are of those that succeeded; `deadlines` is how many had one that came."""

    namespace: str
    graph: str
    node: str
    runs: int
    succeeded: int
    failed: int
    outcomes: int
    median: int | None
    p95: int | None
    longest: int | None
    deadlines: int
    late: int
    latest: int | None
