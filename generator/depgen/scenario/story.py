"""A scenario file as values: what happens when, and what must come of it.

Moments are in seconds since 1970. Keys stay as they are written: which key a node has by default depends on the graph,
and a step may change that. `line` is where something stands in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from depgen.cluster.orders import Verb
from depgen.pipeline import InputFile
from depgen.play import Ending
from depgen.scenario.moments import Clock

FOREVER = "forever"


class Begin(NamedTuple):
    """A Workflow of a source begins."""

    node: str
    key: str = ""
    scheduled: float | None = None
    is_manual: bool = False
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}


class Complete(NamedTuple):
    """A Workflow ends; `of` says how it begins if none is running. `spread`: seconds from key to key of a range."""

    of: Begin
    phase: str = "Succeeded"
    outputs: Mapping[str, str] = {}
    started: float | None = None
    again: Literal["", "retry", "resubmit"] = ""
    spread: float = 0


class Edit(NamedTuple):
    """What is laid over the first graph file."""

    patch: Mapping[str, Any]


class Handle(NamedTuple):
    """An operator's order."""

    verb: Verb
    node: str
    key: str
    why: str
    upstream: str = ""


class Sweep(NamedTuple):
    """One pass; `since` is how long ago, in seconds."""

    since: float | None = None


class Fill(NamedTuple):
    """A backfill."""

    graph: str
    first: date
    last: date
    nodes: tuple[str, ...]
    assumed: tuple[str, ...]
    at_once: int
    rerun: str


class Break(NamedTuple):
    """Something fails: `what` is stop, start, restart, drop, duplicate or delay; `subject` a part or an event."""

    what: str
    subject: str
    down: float
    by: float
    lasts: float


class Publish(NamedTuple):
    """An event of a foreign EventSource."""

    source: str
    event: str
    payload: Any


@dataclass(frozen=True)
class ExpectedRun:
    """A submitted Workflow. `earliest` and `latest` are None where the time is not looked at."""

    node: str
    line: int
    key: str = ""
    earliest: float | None = None
    latest: float | None = None
    shown_time: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    count: int | None = None
    name: str = ""
    kind: str = ""


class ExpectedState(NamedTuple):
    """What a node is at a key. `reasons` is None where they are not looked at."""

    node: str
    key: str
    state: str
    reasons: tuple[str, ...] | None
    line: int


class ExpectedLedger(NamedTuple):
    """All that a ledger says of nodes."""

    graph: str
    key: str
    facts: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Expectation:
    """What must have come of it. None is what is not looked at."""

    line: int
    runs: tuple[ExpectedRun, ...] | None = None
    alerts: tuple[ExpectedRun, ...] | None = None
    only: frozenset[str] = frozenset()
    states: tuple[ExpectedState, ...] = ()
    ledgers: tuple[ExpectedLedger, ...] = ()
    invalid: tuple[str, ...] | None = None
    refused: int | None = None
    findings: tuple[str, ...] = ()


Action = Begin | Complete | Edit | Handle | Sweep | Fill | Break | Publish | Expectation


class Step(NamedTuple):
    """One thing that happens, or is looked at."""

    at: float
    action: Action
    line: int
    column: int


class OnStack(NamedTuple):
    """How the real stack plays it: what has to come soon, why it cannot, whether the sweep passes as time goes on."""

    near: float | None = None
    skip: str = ""
    sweeps: bool = False


@dataclass(frozen=True)
class Story:
    """A scenario. `files` are the graph files with the overlay; `sweep_every` is None for never."""

    path: str
    title: str
    files: tuple[InputFile, ...]
    clock: Clock
    start: float
    end: float
    sweep_every: float | None
    seed: int
    endings: Mapping[str, Ending | None]
    steps: tuple[Step, ...]
    expect: Expectation
    stack: OnStack
    environment: str = ""

    def ending(self, graph: str, node: str) -> Ending | None:
        """What becomes of a submitted Workflow of a node."""
        return next(self.endings[n] for n in (f"{graph}/{node}", node, "default") if n in self.endings)
