"""What the history answered: tables for people, JSON and CSV for programs. Times are UTC, durations seconds.

CSV has the fields of JSON under the same names, but for `cause`, which is a list.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from depgen.history.records import Event, Known, NodeFigures, Synced
from depgen.report.display import count, visible

VERSION = 1
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_UNKNOWN = "-"

Rows = Sequence[Mapping[str, Any]]


def synced(passes: Sequence[Synced]) -> str:
    """A line a graph."""
    return "".join(f"{_synced(each)}\n" for each in passes)


def synced_json(passes: Sequence[Synced]) -> str:
    """`{version, graphs: [{namespace, graph, ledgers, workflows, facts, ...}]}`."""
    return _json("graphs", [each._asdict() for each in passes])


def runs(found: Sequence[Known]) -> str:
    """A line a run."""
    header = ("KEY", "NODE", "PHASE", "STARTED", "FINISHED", "DURATION", "WAITED FOR", "LATE")
    return _table(
        header, [_run(each) for each in found], [(each.run.namespace, each.run.graph) for each in found]
    )


def runs_json(found: Sequence[Known]) -> str:
    """`{version, runs: [{namespace, graph, node, key, phase, ...}]}`."""
    return _json("runs", [{**_run_object(each), "cause": each.run.cause} for each in found])


def runs_csv(found: Sequence[Known]) -> str:
    """A line a run, below the names of the fields."""
    return _csv([_run_object(each) for each in found])


def figures(found: Sequence[NodeFigures]) -> str:
    """A line a node."""
    header = ("NODE", "RUNS", "SUCCEEDED", "FAILED", "NO RUN", "P50", "P95", "LONGEST", "LATE", "LATEST")
    return _table(
        header, [_figures(each) for each in found], [each[:2] for each in found], numbers=range(1, 10)
    )


def figures_json(found: Sequence[NodeFigures]) -> str:
    """`{version, nodes: [{namespace, graph, node, runs, failed, p50, p95, ...}]}`."""
    return _json("nodes", [_figures_object(each) for each in found])


def figures_csv(found: Sequence[NodeFigures]) -> str:
    """A line a node, below the names of the fields."""
    return _csv([_figures_object(each) for each in found])


def events(found: Sequence[Event]) -> str:
    """A line an event."""
    header = ("TIME", "KEY", "NODE", "WHAT", "OF", "BY", "WHY")
    lines = [
        (_time(e.at), e.key, e.node, e.what, e.object, e.who, "; ".join(filter(None, (e.reason, e.why))))
        for e in found
    ]
    return _table(header, lines, [event[1:3] for event in found])


def events_json(found: Sequence[Event]) -> str:
    """`{version, events: [{at, namespace, graph, node, key, what, object, reason, who, why}]}`."""
    return _json("events", [_event_object(each) for each in found])


def events_csv(found: Sequence[Event]) -> str:
    """A line an event, below the names of the fields."""
    return _csv([_event_object(each) for each in found])


RUNS: Mapping[str, Callable[[Sequence[Known]], str]] = {"text": runs, "json": runs_json, "csv": runs_csv}
FIGURES: Mapping[str, Callable[[Sequence[NodeFigures]], str]] = {
    "text": figures,
    "json": figures_json,
    "csv": figures_csv,
}
EVENTS: Mapping[str, Callable[[Sequence[Event]], str]] = {
    "text": events,
    "json": events_json,
    "csv": events_csv,
}
SYNCED: Mapping[str, Callable[[Sequence[Synced]], str]] = {"text": synced, "json": synced_json}


def _synced(each: Synced) -> str:
    new = (
        count(each.facts, "fact"),
        count(each.clocks, "clock"),
        count(each.interventions, "intervention"),
        count(each.sweeps, "sweep"),
    )
    unread = f"; not readable: {each.unreadable}" if each.unreadable else ""
    return (
        f"{each.namespace}/{each.graph}: read {count(each.ledgers, 'ledger')} and {count(each.workflows, 'Workflow')}; "
        f"new: {', '.join(new)}; new or changed: {count(each.runs, 'run')}{unread}"
    )


def _run(each: Known) -> tuple[str, ...]:
    run = each.run
    lateness = (
        "" if each.lateness is None else ("+" if each.lateness > 0 else "-") + _duration(abs(each.lateness))
    )
    return (
        run.key,
        run.node,
        run.phase,
        _time(run.started_at),
        _time(run.finished_at),
        _duration(run.duration),
        run.waited_for or "",
        lateness or ("missed" if each.is_late else ""),
    )


def _run_object(each: Known) -> dict[str, Any]:
    run = each.run
    return {
        "namespace": run.namespace,
        "graph": run.graph,
        "node": run.node,
        "key": run.key,
        "phase": run.phase,
        "workflow": run.workflow or None,
        "uid": run.uid if run.workflow else None,
        "submittedAt": _stamp(run.submitted_at),
        "startedAt": _stamp(run.started_at),
        "finishedAt": _stamp(run.finished_at),
        "duration": run.duration,
        "waitedFor": run.waited_for,
        "waitedUntil": _stamp(run.waited_until),
        "deadline": _stamp(each.deadline),
        "late": each.is_late,
        "lateness": each.lateness,
    }


def _figures(each: NodeFigures) -> tuple[str, ...]:
    late = f"{each.late}/{each.deadlines}" if each.deadlines else ""
    times = (_duration(each.median), _duration(each.p95), _duration(each.longest))
    counted = (str(number) for number in (each.runs, each.succeeded, each.failed, each.outcomes))
    latest = "" if each.latest is None or each.latest <= 0 else f"+{_duration(each.latest)}"
    return (each.node, *counted, *times, late, latest)


def _figures_object(each: NodeFigures) -> dict[str, Any]:
    names = {"median": "p50", "outcomes": "withoutRun", "latest": "maxLateness"}
    return {names.get(name, name): value for name, value in each._asdict().items()}


def _event_object(each: Event) -> dict[str, Any]:
    return {**each._asdict(), "at": _stamp(each.at)}


def _table(
    header: Sequence[str],
    lines: Sequence[Sequence[str]],
    graphs: Sequence[tuple[str, ...]],
    numbers: Sequence[int] = (),
) -> str:
    """Aligned columns, `numbers` to the right; of whose graph a line is, is only told where there are several."""
    if not lines:
        return ""
    rows: list[list[str]] = [list(header), *([visible(part) or _UNKNOWN for part in line] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [
        [
            f"{part:>{width}}" if number in numbers else f"{part:<{width}}"
            for number, (part, width) in enumerate(cells)
        ]
        for cells in (list(zip(row, widths, strict=True)) for row in rows)
    ]
    if len(set(graphs)) > 1:
        named = ["GRAPH", *("/".join(graph) for graph in graphs)]
        wide = max(map(len, named))
        shown = [[f"{name:<{wide}}", *parts] for name, parts in zip(named, shown, strict=True)]
    return "".join("  ".join(parts).rstrip() + "\n" for parts in shown)


def _json(name: str, objects: Rows) -> str:
    return json.dumps({"version": VERSION, name: objects}, indent=2, ensure_ascii=False) + "\n"


def _csv(objects: Rows) -> str:
    if not objects:
        return ""
    written = io.StringIO()
    writer = csv.DictWriter(written, list(objects[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in thing.items()} for thing in objects)
    return written.getvalue()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _time(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else ""


def _stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _duration(seconds: int | None) -> str:
    """`29m55s`, `1h05m`, `2d03h`: the two largest units."""
    if seconds is None:
        return ""
    for (size, unit), (next_size, next_unit) in pairwise(_UNITS):
        if seconds >= size:
            return f"{seconds // size}{unit}{seconds % size // next_size:02}{next_unit}"
    return f"{seconds}s"
