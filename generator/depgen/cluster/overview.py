"""The states of a graph's nodes at its newest keys: a table for each period, and what stands beside the ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from depgen.cluster.api import Cluster
from depgen.cluster.entries import MOST_BYTES, Invalid
from depgen.cluster.states import Cell, Ledgers, State, Subject, cell, read_invalid
from depgen.model import Node
from depgen.times import Period


@dataclass(frozen=True)
class Choice:
    """What is shown: keys from and until a date, else the newest `keys`; nodes by glob; rows with a state.

    `among`: the nodes of each graph of which these are; None for all.
    """

    keys: int = 7
    begin: date | None = None
    end: date | None = None
    nodes: tuple[str, ...] = ()
    states: frozenset[State] = frozenset()
    among: Mapping[str, frozenset[str]] | None = None

    def has_node(self, graph: str, node: str) -> bool:
        """Whether a node was asked for."""
        if self.among is not None and node not in self.among.get(graph, ()):
            return False
        return not self.nodes or any(fnmatchcase(node, pattern) for pattern in self.nodes)

    def has_cell(self, found: Cell | None) -> bool:
        """Whether a cell was asked for."""
        return found is not None and (not self.states or not self.states.isdisjoint((found.state, found.was)))

    def chosen(self, keys: Collection[str], every: Period) -> tuple[str, ...]:
        """Those of a period's keys that were asked for, the newest last."""
        first = every.key(self.begin) if self.begin else ""
        # Every key of the last day counts, also that of its last hour.
        last = every.key(self.end).partition("t")[0] if self.end else "~"
        found = sorted(key for key in keys if first <= key and key[: len(last)] <= last)
        return tuple(found if self.begin or self.end else found[-self.keys :])


class Row(NamedTuple):
    """A node, and its state at each key of its table."""

    node: str
    is_source: bool
    cells: tuple[Cell | None, ...]


class Table(NamedTuple):
    """The nodes of one period, upstreams first, and their keys, the newest last."""

    every: str
    keys: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Beside:
    """What else is known of a graph: completions without a key."""

    invalid: tuple[Invalid, ...] = ()


@dataclass(frozen=True)
class Overview:
    """One graph. `large` are ledgers of more than half of what an event can carry, with their bytes."""

    graph: str
    namespace: str
    zone: str
    tables: tuple[Table, ...]
    beside: Beside
    large: tuple[tuple[str, int], ...]

    @property
    def cells(self) -> Iterator[Cell]:
        """All that is shown, row by row."""
        return (found for table in self.tables for row in table.rows for found in row.cells if found)

    @property
    def counts(self) -> dict[State, int]:
        """How many cells have each state, in the order of the states; what is missed counts as that only."""
        found = Counter(each.state for each in self.cells)
        return {state: found[state] for state in State if found[state]}

    def has_any(self, states: Collection[State]) -> bool:
        """Whether a state is among those shown; INVALID_KEY also if a completion has no key."""
        shown = {state for each in self.cells for state in (each.state, each.was)}
        return not shown.isdisjoint(states) or (State.INVALID_KEY in states and bool(self.beside.invalid))


def read_beside(cluster: Cluster, subject: Subject) -> Beside:
    """What stands beside the ledgers, as it is now."""
    return Beside(tuple(read_invalid(cluster, subject)))


def overview(subject: Subject, ledgers: Ledgers, beside: Beside, choice: Choice, now: float) -> Overview:
    """The tables of a graph; those without a row or key are left out. `now` is in seconds since 1970."""
    periods = {subject.every(node): None for node in subject.analysis.order}
    tables = (_table(subject, ledgers, every, choice, now) for every in periods)
    large = tuple((one.name, one.size) for one in ledgers.values() if one.size > MOST_BYTES // 2)
    return Overview(
        graph=subject.graph.name,
        namespace=subject.graph.namespace,
        zone=subject.graph.zone,
        tables=tuple(table for table in tables if table.rows and table.keys),
        beside=beside,
        large=large,
    )


def _table(subject: Subject, ledgers: Ledgers, every: Period, choice: Choice, now: float) -> Table:
    nodes = [subject.graph.nodes[id_] for id_ in subject.analysis.order if subject.every(id_) == every]
    keys = choice.chosen(ledgers.keys_of(subject, nodes[0].id), every)
    rows = (
        _row(subject, ledgers, node, keys, now)
        for node in nodes
        if choice.has_node(subject.graph.name, node.id)
    )
    return Table(every.text, keys, tuple(row for row in rows if any(map(choice.has_cell, row.cells))))


def _row(subject: Subject, ledgers: Ledgers, node: Node, keys: tuple[str, ...], now: float) -> Row:
    """A node at every key in turn, so that its program is compiled once."""
    cells = (cell(subject, node, ledgers.of(subject, node.id, key), now) for key in keys)
    return Row(node.id, node.source is not None, tuple(cells))
