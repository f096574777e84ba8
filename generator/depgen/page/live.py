"""What every node is at its newest keys, for the page: the states of `depgen status`, the reasons of `depgen why`.

What a newcomer gets wrong: a reason costs questions to the cluster, a state costs none beyond the ledgers. So states
are told of every node and key, reasons of each node's newest key only, and of the worst ones first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from depgen import keys
from depgen.cluster.api import Cluster
from depgen.cluster.explain import explain
from depgen.cluster.explanation import Explanation, flat
from depgen.cluster.overview import Beside, Choice, overview
from depgen.cluster.reasons import Finding
from depgen.cluster.states import Cell, Ledgers, State, Subject, read_ledgers

KEYS = 7
MOST_EXPLAINED = 60

# What the page draws alike, the worst first.
KINDS = {
    State.MISSED: "failed",
    State.FAILED: "failed",
    State.REJECTED: "failed",
    State.EXPIRED: "failed",
    State.INVALID_KEY: "failed",
    State.READY: "waiting",
    State.GATED: "waiting",
    State.WAITING: "waiting",
    State.HELD: "held",
    State.SUSPENDED: "held",
    State.SUBMITTED: "running",
    State.SUCCEEDED: "succeeded",
    State.SKIPPED: "none",
    State.NOT_SEEN: "none",
}
_WORST = {state: number for number, state in enumerate(KINDS)}
_UNEXPLAINED = (State.SUCCEEDED, State.SKIPPED, State.SUBMITTED)


def live(
    cluster: Cluster, subjects: Sequence[Subject], now: float, every: int | None = None
) -> dict[str, Any]:
    """The page's `live`. `every` is after how many seconds it is to be asked again; None: never."""
    cells: dict[str, list[dict[str, Any]]] = {}
    for subject in subjects:
        cells |= _cells(cluster, subject, now)
    zone = subjects[0].graph.zone if subjects else "UTC"
    return {"at": int(now), "words": f"as of {keys.shown(int(now), zone)}", "every": every, "cells": cells}


def _cells(cluster: Cluster, subject: Subject, now: float) -> dict[str, list[dict[str, Any]]]:
    ledgers = read_ledgers(cluster, subject)
    told = overview(subject, ledgers, Beside(), Choice(keys=KEYS), now)
    rows = {row.node: [cell for cell in row.cells if cell] for table in told.tables for row in table.rows}
    newest = [cells[-1] for cells in rows.values() if cells and cells[-1].state not in _UNEXPLAINED]
    newest.sort(key=lambda cell: _WORST[cell.state])
    reasons = {cell: _reasons(cluster, subject, ledgers, cell, now) for cell in newest[:MOST_EXPLAINED]}
    name = subject.graph.name
    reasons |= {cell: [_unasked(name, cell)] for cell in newest[MOST_EXPLAINED:]}
    return {
        f"{name}/{node}": [_cell(cell, reasons.get(cell)) for cell in cells] for node, cells in rows.items()
    }


def _cell(cell: Cell, reasons: list[dict[str, str]] | None) -> dict[str, Any]:
    fact = cell.fact
    return {
        "key": cell.key,
        "state": str(cell.state) + (f" ({cell.was})" if cell.was is not cell.state else ""),
        "kind": KINDS[cell.state],
        "workflow": fact.workflow if fact else "",
        "at": fact.finished_at if fact else "",
        "reasons": reasons or [],
    }


def _reasons(
    cluster: Cluster, subject: Subject, ledgers: Ledgers, cell: Cell, now: float
) -> list[dict[str, str]]:
    told = explain(cluster, subject, ledgers, subject.graph.nodes[cell.node], cell.key, now)
    return [
        {"code": str(finding.reason), "text": finding.text, "remedy": finding.remedy}
        for finding in _findings(told)
    ]


def _unasked(graph: str, cell: Cell) -> dict[str, str]:
    """In the place of reasons, where they would cost too much."""
    return {
        "code": "not asked",
        "text": f"only the {MOST_EXPLAINED} worst nodes of a graph are asked about",
        "remedy": f"depgen why {graph}/{cell.node} --key {cell.key}",
    }


def _findings(told: Explanation) -> Iterator[Finding]:
    """Of edges with the name of the upstream, and what is said of the node itself."""
    of_edges = set()
    for edge in flat(told.edges):
        if edge.finding and not edge.is_satisfied and not told.has_fired:
            of_edges.add(edge.finding)
            more = f", {edge.waits}" if edge.waits else ""
            yield edge.finding._replace(text=f"{edge.upstream} {edge.key}: {edge.finding.text}{more}")
    yield from (finding for finding in told.findings if finding not in of_edges)
