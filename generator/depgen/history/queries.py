"""Asks the history: runs that match, figures for each node, and what happened to a key in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    literal,
    or_,
    select,
    union_all,
)

from depgen.history.records import FAILURES, OUTCOMES, Event, Known, NodeFigures, Run
from depgen.history.tables import clocks, facts, interventions, runs, sweeps

_PHASES_WITHOUT_RUN = tuple(outcome.capitalize() for outcome in OUTCOMES)
_ENDS = ("Succeeded", *FAILURES, *_PHASES_WITHOUT_RUN)


@dataclass(frozen=True)
class Question:
    """Which nodes and keys are meant; what is not set does not matter.

    `graphs` are pairs of a namespace, "" for any, and a name. Keys go from `first` to `last`, both included, and so are
    those that begin with `last`: 202611 ends with the last day of November.
    """

    graphs: tuple[tuple[str, str], ...] = ()
    node: str = ""
    first: str = ""
    last: str = ""

    def conditions(self, table: Table) -> Iterator[ColumnElement[bool]]:
        """Of any table of the history."""
        if self.graphs:
            yield or_(*(_is_graph(table, *pair) for pair in self.graphs))
        if self.node:
            yield table.c.node == self.node
        if self.first:
            yield table.c.key >= self.first
        if self.last:
            yield or_(table.c.key <= self.last, table.c.key.startswith(self.last, autoescape=True))


@dataclass(frozen=True)
class Trait:
    """What runs have to be like; `longer_than` is in seconds."""

    phases: tuple[str, ...] = ()
    longer_than: int | None = None
    is_late: bool = False

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Of runs joined with their deadlines."""
        if self.phases:
            yield runs.c.phase.in_(self.phases)
        if self.longer_than is not None:
            yield runs.c.duration > self.longer_than
        if self.is_late:  # as Known.is_late says
            yield clocks.c.at.is_not(None)
            yield runs.c.phase != "Skipped"
            yield or_(
                runs.c.phase != "Succeeded", runs.c.finished_at.is_(None), runs.c.finished_at > clocks.c.at
            )


ANY = Trait()


def matching(connection: Connection, question: Question, trait: Trait = ANY, limit: int = 0) -> list[Known]:
    """The runs, newest key first, at most `limit` unless that is 0."""
    order = (
        runs.c.key.desc(),
        runs.c.graph,
        runs.c.namespace,
        runs.c.node,
        runs.c.progress.desc(),
        runs.c.uid,
    )
    statement = _runs(question, trait).order_by(*order)
    return [_known(row) for row in connection.execute(statement.limit(limit) if limit else statement)]


def figures(connection: Connection, question: Question) -> list[NodeFigures]:
    """The runs in figures, a line a node."""
    statement = _runs(question, ANY).order_by(runs.c.graph, runs.c.namespace, runs.c.node)
    rows = (_known(row) for row in connection.execute(statement))
    by_node = groupby(rows, key=lambda known: known.run[:3])
    return [_figures(list(known)) for _, known in by_node]


def events(connection: Connection, question: Question, limit: int = 0) -> list[Event]:
    """What happened, the oldest first; of more than `limit` (unless that is 0) the newest."""
    f, c, i, s = facts.c, clocks.c, interventions.c, sweeps.c
    none = literal("")
    told = union_all(
        _events(question, facts, f.phase, f.workflow, f.reason, f.who, f.why),
        _events(question, clocks, c.name, none, none, none, none),
        # A skip is a fact too, and told as that.
        _events(question, interventions, i.action, i.upstream, none, i.who, i.why).where(i.action != "skip"),
        _events(question, sweeps, literal("sweep"), cast(s.tries, Text), none, none, none),
    ).subquery()
    # Seconds are all there is: of one second, what a run was fired on comes before it, and its end after its beginning.
    what = told.c.what
    rank = case((what == "Submitted", 1), (what.in_(_ENDS), 2), else_=0)
    order = (*told.c[:5], rank, *told.c[5:])
    newest_first = select(told).order_by(*(column.desc() for column in order))
    rows = connection.execute(newest_first.limit(limit) if limit else newest_first)
    return [Event._make(row) for row in rows][::-1]


def _events(question: Question, table: Table, *what: ColumnElement[str]) -> Select[Any]:
    c = table.c
    named = (column.label(name) for column, name in zip(what, Event._fields[5:], strict=True))
    told = select(c.at, c.namespace, c.graph, c.node, c.key, *named)
    return told.where(c.at.is_not(None), *question.conditions(table))


def _runs(question: Question, trait: Trait) -> Select[Any]:
    columns = [runs.c[name] for name in Run._fields]
    deadline = and_(
        *(runs.c[name] == clocks.c[name] for name in ("namespace", "graph", "node", "key")),
        clocks.c.name == "deadline",
    )
    joined = select(*columns, clocks.c.at).select_from(runs.outerjoin(clocks, deadline))
    return joined.where(*question.conditions(runs), *trait.conditions())


def _is_graph(table: Table, namespace: str, graph: str) -> ColumnElement[bool]:
    named = table.c.graph == graph
    return and_(named, table.c.namespace == namespace) if namespace else named


def _known(row: Row[Any]) -> Known:
    return Known(Run._make(row[:-1]), row[-1])


def _figures(known: Sequence[Known]) -> NodeFigures:
    told = [each.run for each in known]
    succeeded = [run for run in told if run.phase == "Succeeded"]
    outcomes = sum(run.phase in _PHASES_WITHOUT_RUN for run in told)
    durations = sorted(run.duration for run in succeeded if run.duration is not None)
    lateness = [each.lateness for each in known if each.lateness is not None]
    return NodeFigures(
        *told[0][:3],
        runs=len(told) - outcomes,
        succeeded=len(succeeded),
        failed=sum(run.phase in FAILURES for run in told),
        outcomes=outcomes,
        median=_percentile(durations, 50),
        p95=_percentile(durations, 95),
        longest=durations[-1] if durations else None,
        deadlines=sum(each.deadline is not None for each in known),
        late=sum(each.is_late for each in known),
        latest=max(lateness, default=None),
    )


def _percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least `percent` of all do not exceed (nearest rank)."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
