"""What there is to say of one node and key, as values: the answer of `why`, before anybody prints it.

Instants that stand in a ledger or on an object are text, as they are there; those that were calculated are in seconds
since 1970.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from depgen.cluster.causes import Cause
from depgen.cluster.entries import Hand
from depgen.cluster.reasons import Finding, Reason
from depgen.cluster.states import State


class EdgeReport(NamedTuple):
    """One edge: satisfied (by which Workflow, when, or by whose hand), or what is in its way.

    `key` is the upstream's. `expected` and `next` are when its CronWorkflow starts for this key and after now, in
    seconds since 1970; `waits` says what the upstream itself waits for.
    """

    upstream: str
    key: str
    wanted: str
    is_satisfied: bool
    workflow: str = ""
    finished_at: str = ""
    hand: Hand | None = None
    finding: Finding | None = None
    expected: int | None = None
    next: int | None = None
    is_cron_suspended: bool = False
    waits: str = ""


class GroupReport(NamedTuple):
    """Edges and groups of which `need` must be satisfied."""

    need: int
    members: tuple[EdgeReport | GroupReport, ...]

    @property
    def number(self) -> int:
        """How many members are satisfied."""
        return sum(member.is_satisfied for member in self.members)

    @property
    def is_satisfied(self) -> bool:
        """Whether they are enough."""
        return self.number >= self.need


class ClockReport(NamedTuple):
    """A clock of the node for this key, in seconds since 1970; whether its time has come, and is recorded."""

    name: str
    at: int
    is_past: bool
    is_recorded: bool


class RunReport(NamedTuple):
    """The node's own Workflow, and what it was fired on. `is_there` is False once it is deleted."""

    workflow: str
    is_there: bool
    phase: str = ""
    message: str = ""
    created_at: str = ""
    finished_at: str = ""
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Everything there is to say of a node and key. `findings` are what keeps it from running now."""

    graph: str
    namespace: str
    zone: str
    node: str
    key: str
    state: State
    was: State
    findings: tuple[Finding, ...]
    edges: GroupReport
    clocks: tuple[ClockReport, ...]
    hands: tuple[Hand, ...]
    run: RunReport | None
    tries: int
    tried_at: str
    is_source: bool

    @property
    def has_fired(self) -> bool:
        """Whether it ran or an outcome was recorded: what it waited for is history."""
        return any(finding.reason is Reason.ALREADY_FIRED for finding in self.findings)


def flat(group: GroupReport) -> Iterator[EdgeReport]:
    """The edges of a group and of the groups within, in order."""
    for member in group.members:
        if isinstance(member, GroupReport):
            yield from flat(member)
        else:
            yield member
