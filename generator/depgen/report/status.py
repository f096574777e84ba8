"""What the nodes of graphs are at their newest keys: a table, a list, names, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from depgen.cluster.entries import MOST_BYTES
from depgen.cluster.overview import Choice, Overview, Row, Table
from depgen.cluster.states import Cell, State
from depgen.report.display import count, visible
from depgen.report.moments import shown

VERSION = 1
_RESET, _BOLD = "\x1b[0m", "\x1b[1m"
_GREEN, _RED, _YELLOW, _BLUE, _GREY = (f"\x1b[{code}m" for code in (32, 31, 33, 36, 90))
# What a terminal shows before the word, and its colour.
_LOOKS = {
    State.SUCCEEDED: ("✔", _GREEN),
    State.SKIPPED: ("↷", _GREY),
    State.SUBMITTED: ("▶", _BLUE),
    State.READY: ("▷", _BLUE),
    State.WAITING: ("·", ""),
    State.GATED: ("◷", _BLUE),
    State.NOT_SEEN: ("·", _GREY),
    State.MISSED: ("!", _YELLOW),
    State.HELD: ("‖", _YELLOW),
    State.SUSPENDED: ("‖", _GREY),
    State.FAILED: ("✘", _RED),
    State.EXPIRED: ("✘", _RED),
    State.REJECTED: ("✘", _RED),
    State.INVALID_KEY: ("?", _RED),
}
_NOTHING = "-"


def text(graphs: Sequence[Overview], now: float, looks: bool) -> str:
    """A table per graph and period; `looks` are the colours and symbols of a terminal."""
    return "\n".join("\n".join(_graph(graph, now, looks)) + "\n" for graph in graphs)


def wide(graphs: Sequence[Overview], now: float, choice: Choice) -> str:
    """A line per node and key, with since when and because of which Workflow."""
    header = ("GRAPH", "NODE", "KEY", "STATE", "SINCE", "WORKFLOW", "NOTE")
    rows = [_wide(graph, found, now) for graph in graphs for found in _chosen(graph, choice)]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return "".join(_joined(row, widths) + "\n" for row in (header, *rows))


def names(graphs: Sequence[Overview], choice: Choice) -> str:
    """`etl/report 20261121` per node and key: what `depgen why` takes."""
    return "".join(
        f"{graph.graph}/{found.node} {found.key}\n" for graph in graphs for found in _chosen(graph, choice)
    )


def as_json(graphs: Sequence[Overview], choice: Choice) -> str:
    """`{version, graphs: [{name, cells, counts, ...}]}`; times are UTC."""
    listed = [_object(graph, choice) for graph in graphs]
    return json.dumps({"version": VERSION, "graphs": listed}, indent=2, ensure_ascii=False) + "\n"


# ---- the table ----


def _graph(graph: Overview, now: float, looks: bool) -> Iterator[str]:
    title = f"{graph.graph}  (namespace {graph.namespace}, {graph.zone})"
    yield f"{_BOLD}{title}{_RESET}" if looks else title
    if not graph.tables:
        yield "  nothing to show: no ledger has such a key, node or state"
    for table in graph.tables:
        yield from _table(table, looks, several=len(graph.tables) > 1)
    yield from _footer(graph, now, looks)


def _table(table: Table, looks: bool, several: bool) -> Iterator[str]:
    first = f"every {table.every}" if several else "node"
    labels = max(len(first), *(len(row.node) for row in table.rows))
    mark = 2 if looks else 0
    widths = [
        max(len(key), *(mark + len(_word(row.cells[number])) for row in table.rows))
        for number, key in enumerate(table.keys)
    ]
    header = _joined((first, *table.keys), (labels, *widths))
    yield f"  {_GREY}{header}{_RESET}" if looks else f"  {header}"
    for row in table.rows:
        yield f"  {row.node:<{labels}}  {_cells(row, widths, looks)}".rstrip()


def _cells(row: Row, widths: Sequence[int], looks: bool) -> str:
    return "  ".join(_cell(found, width, looks) for found, width in zip(row.cells, widths, strict=True))


def _cell(found: Cell | None, width: int, looks: bool) -> str:
    if not looks or found is None:
        return f"{_word(found):<{width}}"
    symbol, colour = _LOOKS[found.state]
    told = f"{symbol} {_word(found)}"
    return f"{colour}{told}{_RESET if colour else ''}{'':<{width - len(told)}}"


def _word(found: Cell | None) -> str:
    if found is None:
        return _NOTHING
    word = "not seen" if found.state is State.NOT_SEEN else str(found.state)
    return f"{word}*" if found.is_shadow else word


def _footer(graph: Overview, now: float, looks: bool) -> Iterator[str]:
    counts = ", ".join(f"{number} {_label(state)}" for state, number in graph.counts.items())
    if counts:
        yield f"  {counts}"
    if any(found.is_shadow for found in graph.cells):
        yield "  * in shadow mode: it would have been submitted"
    warnings = [*_invalid(graph, now), *_large(graph)]
    yield from (f"  {_YELLOW}{line}{_RESET}" if looks else f"  {line}" for line in warnings)


def _label(state: State) -> str:
    return "not seen" if state is State.NOT_SEEN else str(state)


def _invalid(graph: Overview, now: float) -> Iterator[str]:
    lost = graph.beside.invalid
    if lost:
        last = lost[-1]
        when = shown(last.finished_at, graph.zone, now)
        yield visible(
            f"{count(len(lost), 'completion')} without a key; the newest: {last.workflow} of {last.node},"
            f" {when}: {last.reason}"
        )


def _large(graph: Overview) -> Iterator[str]:
    for name, size in graph.large:
        yield f"ledger {name} has {size // 1000} of at most {MOST_BYTES // 1000} KB"


# ---- one line a cell ----


def _chosen(graph: Overview, choice: Choice) -> Iterator[Cell]:
    return (found for found in graph.cells if choice.has_cell(found))


def _wide(graph: Overview, found: Cell, now: float) -> tuple[str, ...]:
    since = _since(found)
    when = shown(since, graph.zone, now) if since else _NOTHING
    workflow = found.fact.workflow if found.fact else ""
    return (
        graph.graph,
        found.node,
        found.key,
        _label(found.state),
        when,
        workflow or _NOTHING,
        visible(_note(found)) or _NOTHING,
    )


def _since(found: Cell) -> str:
    if found.hold:
        return found.hold.at
    return (found.fact.finished_at or found.fact.at) if found.fact else ""


def _note(found: Cell) -> str:
    fact = found.fact
    parts = [f"is {found.was}"] if found.was is not found.state else []
    parts += ["shadow"] if found.is_shadow else []
    parts += [fact.reason] if fact and fact.reason else []
    by, why = _who(found)
    parts += [f"by {by}: {why}"] if by else []
    return ", ".join(parts)


def _who(found: Cell) -> tuple[str, str]:
    """Whose hand it was, and why."""
    of = found.hold or found.fact
    return (of.by, of.why) if of else ("", "")


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{part:<{width}}" for part, width in zip(row, widths, strict=True)).rstrip()


def _object(graph: Overview, choice: Choice) -> dict[str, Any]:
    return {
        "name": graph.graph,
        "namespace": graph.namespace,
        "timezone": graph.zone,
        "cells": [_cell_object(found) for found in _chosen(graph, choice)],
        "counts": dict(graph.counts),
        "invalid": [
            {"node": one.node, "workflow": one.workflow, "finishedAt": one.finished_at, "reason": one.reason}
            for one in graph.beside.invalid
        ],
        "large": [{"ledger": name, "bytes": size} for name, size in graph.large],
    }


def _cell_object(found: Cell) -> dict[str, Any]:
    fact, (by, why) = found.fact, _who(found)
    return {
        "node": found.node,
        "key": found.key,
        "state": found.state,
        "was": found.was,
        "shadow": found.is_shadow,
        "phase": found.phase or None,
        "since": _since(found) or None,
        "workflow": fact.workflow or None if fact else None,
        "reason": fact.reason or None if fact else None,
        "by": by or None,
        "why": why or None,
    }
