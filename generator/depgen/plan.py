"""What is settled for one graph: the values that programs are written from and templates print.

`planning` fills them. Nothing here calculates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from depgen.calendars import Calendar
from depgen.clocks import Striking, Tick
from depgen.model import ForeignEvent, Graph, KeyRule, Node, SourceKind
from depgen.moves import Move
from depgen.serving import Serving
from depgen.times import Period


@dataclass(frozen=True, slots=True)
class Event:
    """A resource event of an EventSource. `selectors`: (label, operation, value), all of which hold."""

    name: str
    resource: Literal["workflows", "configmaps"]
    namespace: str
    types: tuple[str, ...]
    selectors: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """One dependency of a record Sensor: completed Workflows of one event to facts of one series of ledgers.

    `foreign`: what the event says, and `source` the EventSource that it is of, if it is none of the graph's own.

    `identities`: from what names the run (CronWorkflow, node label, ...) to node ids; empty with kind "done" means
    every node of the graph. `outputs`: from node id to the output parameters that somebody reads. `is_used`: the facts say
    what their run was fired on.
    """

    name: str
    event: str
    kind: SourceKind | Literal["done"]
    graph: str
    zone: str
    rule: KeyRule
    shape: str
    move: Move
    partition: int | None
    fresh: int
    identities: dict[str, list[str]]
    outputs: dict[str, list[str]]
    is_used: bool = False
    source: str = ""
    foreign: ForeignEvent | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What one trigger of a record Sensor patches into ledgers, one at a time."""

    name: str
    zone: str
    recordings: tuple[Recording | Striking, ...]


class Alert(NamedTuple):
    """What a run that is no node of the graph tells of: a clock that was missed, or (`of` is empty) any failed run.

    `others` are the ids of the graph's other alerts, of whose failures nobody tells.
    """

    kind: Literal["missed", "late", "failed"]
    of: str = ""
    others: tuple[str, ...] = ()


class Decision(NamedTuple):
    """One node of a submit Sensor, or an alert.

    `servings` are those of `node.reads`; empty if all of them want the node's own key. `renames`: of the nodes it reads about, the new id and the former one.
    """

    node: Node
    graph: str
    namespace: str
    every: Period
    zone: str
    event: str
    partition: int | None
    fresh: int
    alert: Alert | None = None
    is_shadow: bool = False
    servings: tuple[Serving, ...] = ()
    calendar: Calendar | None = None
    renames: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be rendered for one graph, sorted by name.

    `is_used`: some node asks what runs were fired on, so that their claims and facts have to say it.
    """

    graph: Graph
    events: tuple[Event, ...]
    ticks: tuple[Tick, ...]
    triggers: tuple[Trigger, ...]
    claims: tuple[str, ...]
    decisions: tuple[Decision, ...]
    is_used: bool
