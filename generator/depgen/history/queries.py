"""Asks the history: runs that match, and figures for each node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select

from depgen.history.records import FAILURES, OUTCOMES, Known, NodeFigures, Run
from depgen.history.tables import clocks, runs

_PHASES_WITHOUT_RUN = tuple(outcome.capitalize() for outcome in OUTCOMES)


@dataclass(frozen=True)
class Question:
    """Which runs are meant; what is not set does not matter.

    `graphs` are pairs of a namespace, "" for any, and a name. Keys go from `first` to `last`, both included, and so are
    those that begin with `last`: 202611 ends with the last day of November. `longer_than` is in seconds.
    """

    graphs: tuple[tuple[str, str], ...] = ()
    node: str = ""
    first: str = ""
    last: str = ""
    phases: tuple[str, ...] = ()
    longer_than: int | None = None
    is_late: bool = False


def matching(connection: Connection, question: Question, limit: int = 0) -> list[Known]:
    """The runs, newest key first, at most `limit` unless that is 0."""
    order = (
        runs.c.key.desc(),
        runs.c.graph,
        runs.c.namespace,
        runs.c.node,
        runs.c.progress.desc(),
        runs.c.uid,
    )
    statement = _runs(question).order_by(*order)
    return [_known(row) for row in connection.execute(statement.limit(limit) if limit else statement)]


def figures(connection: Connection, question: Question) -> list[NodeFigures]:
    """The runs in figures, a line a node."""
    statement = _runs(question).order_by(runs.c.graph, runs.c.namespace, runs.c.node)
    rows = (_known(row) for row in connection.execute(statement))
    by_node = groupby(rows, key=lambda known: known.run[:3])
    return [_figures(list(known)) for _, known in by_node]


def _runs(question: Question) -> Select[Any]:
    columns = [runs.c[name] for name in Run._fields]
    deadline = and_(
        *(runs.c[name] == clocks.c[name] for name in ("namespace", "graph", "node", "key")),
        clocks.c.name == "deadline",
    )
    joined = select(*columns, clocks.c.at).select_from(runs.outerjoin(clocks, deadline))
    return joined.where(*_conditions(question))


def _conditions(question: Question) -> Iterator[ColumnElement[bool]]:
    if question.graphs:
        yield or_(*(_is_graph(*pair) for pair in question.graphs))
    if question.node:
        yield runs.c.node == question.node
    if question.first:
        yield runs.c.key >= question.first
    if question.last:
        yield or_(runs.c.key <= question.last, runs.c.key.startswith(question.last, autoescape=True))
    if question.phases:
        yield runs.c.phase.in_(question.phases)
    if question.longer_than is not None:
        yield runs.c.duration > question.longer_than
    if question.is_late:  # as Known.is_late says
        yield clocks.c.at.is_not(None)
        yield runs.c.phase != "Skipped"
        yield or_(runs.c.phase != "Succeeded", runs.c.finished_at.is_(None), runs.c.finished_at > clocks.c.at)


def _is_graph(namespace: str, graph: str) -> ColumnElement[bool]:
    named = runs.c.graph == graph
    return and_(named, runs.c.namespace == namespace) if namespace else named


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
