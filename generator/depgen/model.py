"""The graph as frozen values: what the user meant, with defaults merged and every text parsed.

Documents that do not fit the schema still take part: their broken nodes are left out, but their ids stay known, so
that one mistake is reported once and all others are reported too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal, NamedTuple

from depgen.calendars import Calendar, combined
from depgen.diagnostics import Place
from depgen.times import NO_TIME, Duration, Period, WallTime

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
TRIGGER = "$trigger"
SourceKind = Literal["cronWorkflow", "workflowTemplate", "workflows", "graph", "event"]


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How a source's logical date is computed; `origin` "auto" is the label `depgen.io/key`, else scheduledTime.

    `name` is the label or parameter, or the jq expression, that the origin reads.
    """

    every: Period
    zone: str
    origin: Literal["auto", "label", "scheduledTime", "startedAt", "finishedAt", "parameter", "jq"] = "auto"
    name: str = ""
    day_start: int = 0
    offset: Duration = NO_TIME


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """An event that stands for a run that succeeded; `id`, `finished_at` and each of `outputs` are jq on its payload."""

    name: str
    id: str
    finished_at: str
    outputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Workflows that somebody else starts. `name`: the CronWorkflow, WorkflowTemplate, other graph or EventSource.

    `idle` are the fields of the node's own `key` that mean nothing for it.
    """

    kind: SourceKind
    name: str
    namespace: str
    key: KeyRule
    labels: tuple[tuple[str, str], ...] = ()
    node: str = ""
    idle: tuple[str, ...] = ()
    event: ForeignEvent | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open, relative to the key's date; `end` is after `start`."""

    start: WallTime
    end: WallTime


class Match(NamedTuple):
    """Which of an upstream's keys serve a key. `n` counts keys: with "offset" -1 is the one before, with "last" how many."""

    kind: Literal["same", "offset", "last", "within", "containing", "since"] = "same"
    n: int = 0
    pick: Literal["all", "last"] = "all"

    @property
    def is_alike(self) -> bool:
        """Whether the upstream's keys have to be of the node's own period."""
        return self.kind in ("same", "offset", "last")


SAME = Match()


class Edge(NamedTuple):
    """One upstream of one node, with its conditions.

    `require`: of several keys at least so many, or if negative at most so many missing, from `settle` on; None: all.
    `if_not_scheduled` is None where nothing is said, which means "wait". `is_past`: an edge of a node on itself, which is not waited for but looked at.
    """

    upstream: str
    place: Place
    phases: Literal["success", "failure", "done"] | tuple[str, ...] = "success"
    match: Match = SAME
    lookback: Duration | None = None
    when: str | None = None
    window: Window | None = None
    require: int | None = None
    settle: WallTime | None = None
    if_not_scheduled: Literal["wait", "satisfy", "skip"] | None = None
    since_last_run: bool = False
    is_past: bool = False

    @property
    def offset(self) -> int:
        """How many of the upstream's keys after mine the one it reads is; 0 where that is no fixed number."""
        return self.match.n if self.match.kind == "offset" else 0

    @property
    def is_plural(self) -> bool:
        """Whether it can want several keys."""
        match = self.match
        return match.kind in ("last", "since") or (match.kind == "within" and match.pick == "all")


@dataclass(frozen=True, slots=True)
class Group:
    """Edges and groups of which all (`need` 0), or at least `need`, must be satisfied."""

    members: tuple[Edge | Group, ...]
    need: int = 0
    # Every stage asks for the edges; finding them anew each time took a tenth of a large build.
    leaves: tuple[Edge, ...] = field(init=False, repr=False, compare=False)
    # Whether every edge wants the node's own key and nothing newer than the last run, as most do.
    is_plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        nested = (m.leaves if isinstance(m, Group) else (m,) for m in self.members)
        is_flat = Group not in map(type, self.members)
        edges: tuple[Edge, ...] = self.members if is_flat else tuple(chain.from_iterable(nested))  # type: ignore[assignment]
        object.__setattr__(self, "leaves", edges)
        is_plain = all(edge.match is SAME and not edge.since_last_run for edge in edges)
        object.__setattr__(self, "is_plain", is_plain)


@dataclass(frozen=True, slots=True)
class Literally:
    """A parameter with the author's text."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyFormat:
    """The key's date, through strftime."""

    format: str


@dataclass(frozen=True, slots=True)
class Border:
    """The first instant of the key's period (`start`) or of the next one (`end`)."""

    which: Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class FromUpstream:
    """A value of the fact of `node` (or of `$trigger`, the newest): an output, or a field."""

    node: str
    output: str | None
    field: str | None
    default: str | None


@dataclass(frozen=True, slots=True)
class Telling:
    """JSON text that says what an alert is about. `body`: the author's, as JSON text, "" for all there is to say."""

    body: str


Param = Literally | KeyFormat | Border | FromUpstream | Telling


class Run(NamedTuple):
    """The Workflow that a node starts. `spec` is the pass-through, or all of it where `kind` is workflowSpec."""

    kind: Literal["workflowTemplate", "clusterWorkflowTemplate", "workflowSpec"]
    name: str
    namespace: str
    spec: dict[str, Json]
    params: tuple[tuple[str, Param], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()


class Node(NamedTuple):
    """A source (`source` set) or a run (`run` set). `rank` is its number in its file, from 0.

    `on_miss` starts once for a key whose `start_by` or `deadline` is missed. `of` is the node that was written, where it
    stands for one of that node's upstreams (`per: upstream`).
    """

    id: str
    place: Place
    rank: int = 0
    source: Source | None = None
    run: Run | None = None
    every: Period | None = None
    edges: Group = Group(())
    active_from: str | None = None
    active_until: str | None = None
    is_suspended: bool = False
    is_queued: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    not_before: WallTime | None = None
    start_by: WallTime | None = None
    deadline: WallTime | None = None
    on_miss: Run | None = None
    cutoff: WallTime | None = None
    on_cutoff: Literal["skip", "run", "fail"] = "skip"
    on_late: Literal["drop", "run"] = "drop"
    catchup: Literal["none", "latest", "all"] = "none"
    replaces: str = ""
    runs_on: str = ""
    excludes: str = ""
    on_rerun: Literal["ignore", "refresh", "hold"] = "ignore"
    depends_on_past: bool = False
    renamed_from: str = ""
    of: str = ""

    @property
    def clocks(self) -> dict[str, WallTime]:
        """The node's times by the name of their field; `settle` of an edge by that of its upstream as well."""
        times = (
            ("notBefore", self.not_before),
            ("startBy", self.start_by),
            ("deadline", self.deadline),
            ("cutoff", self.cutoff),
        )
        found = {name: time for name, time in times if time}
        if not self.edges.is_plain:
            found |= {f"settle-{edge.upstream}": edge.settle for edge in self.edges.leaves if edge.settle}
        return found

    @property
    def reads(self) -> tuple[Edge, ...]:
        """All edges that its program looks at: those it waits for, and the one on its own past."""
        edges = self.edges.leaves
        is_free = self.edges.is_plain or not any(edge.since_last_run for edge in edges)
        if is_free and not self.depends_on_past:
            return edges
        return (
            *edges,
            Edge(self.id, self.place, ("Succeeded", "Skipped"), Match("offset", -1), is_past=True),
        )

    @property
    def is_matched(self) -> bool:
        """Whether some edge wants other keys than the node's own."""
        return not self.edges.is_plain and any(edge.match is not SAME for edge in self.edges.leaves)

    @property
    def is_refreshed(self) -> bool:
        """Whether it can run more than once for a key."""
        return self.on_rerun != "ignore"


@dataclass(frozen=True, slots=True)
class Sweeper:
    """How the sweep runs in the cluster: every so many seconds, as a CronJob or as a Deployment that stays."""

    place: Place
    image: str
    every: int
    mode: Literal["cron", "watch"]


@dataclass(frozen=True, slots=True)
class Pods:
    """Of the EventSources and Sensors: fields of `spec.template`, and of the container in it."""

    replicas: int = 1
    template: dict[str, Json] = field(default_factory=dict)
    container: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Graph:
    """All files of one graph. `nodes` are sorted by id; `broken` are ids whose nodes could not be read."""

    name: str
    namespace: str
    zone: str
    place: Place
    files: tuple[str, ...]
    partitions: int
    replay_within: int
    nodes: dict[str, Node]
    broken: frozenset[str] = frozenset()
    partitions_place: Place | None = field(default=None)
    keep: Duration = field(default=Duration(days=14))
    on_failure: Run | None = None
    on_failure_place: Place = field(default=Place("", ()))
    sweeper: Sweeper | None = None
    is_shadow: bool = False
    event_bus: str = "default"
    pods: Pods = field(default=Pods())
    calendars: dict[str, Calendar] = field(default_factory=dict)

    def calendar(self, node: str) -> Calendar | None:
        """The days on which a node is open; None if it always is."""
        found = self.nodes.get(node)
        if found is None or not (found.runs_on or found.excludes):
            return None
        return combined(self.calendars.get(found.runs_on), self.calendars.get(found.excludes))

    def distance(self, edge: Edge) -> int | None:
        """How many keys after mine the upstream's key is; None of an edge that wants keys of no fixed distance."""
        is_fixed = edge.match.kind == "same" or (
            edge.match.kind == "offset" and not self.calendar(edge.upstream)
        )
        return edge.offset if is_fixed else None


def leaves(group: Group) -> tuple[Edge, ...]:
    """The edges of a group and of the groups within, in the order they are written."""
    return group.leaves


def runs(graph: Graph) -> Iterator[Run]:
    """Everything that the graph can start: the runs of its nodes, and alerts."""
    for node in graph.nodes.values():
        if node.run:
            yield node.run
        if node.on_miss:
            yield node.on_miss
    if graph.on_failure:
        yield graph.on_failure


def targets(graph: Graph) -> list[str]:
    """The namespaces in which the graph starts Workflows."""
    return sorted({run.namespace for run in runs(graph)})
