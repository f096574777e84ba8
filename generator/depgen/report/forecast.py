"""A forecast for programs: JSON with everything in it, and a Gantt chart that Mermaid draws."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.simulate.timeline import Day, Fate, Item, Timeline

VERSION = 1
_TAGS = {Fate.SUCCEEDED: "done", Fate.FAILED: "crit", Fate.RUNNING: "active"}


def as_json(timelines: Sequence[Timeline]) -> str:
    """`{version, clean, graphs: [{name, days, nodes, alerts, ...}]}`; instants are UTC, durations seconds."""
    whole = {
        "version": VERSION,
        "clean": all(told.is_clean for told in timelines),
        "graphs": [_graph(told) for told in timelines],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def mermaid(timelines: Sequence[Timeline]) -> str:
    """A Gantt chart in the local time of the first graph; a section for each graph and kind of node."""
    zone = timelines[0].zone
    title = ", ".join(told.graph for told in timelines)
    lines = [
        "gantt",
        f"  title {title} from {timelines[0].days[0].date} ({zone})",
        "  dateFormat YYYY-MM-DD HH:mm:ss",
        "  axisFormat %H:%M",
    ]
    for told in timelines:
        for words, is_source in (("sources", True), ("runs", False)):
            bars = [line for item in told.items if item.is_source is is_source for line in _bars(item, zone)]
            lines += [f"  section {told.graph} {words}", *bars] if bars else []
    return "\n".join(lines) + "\n"


# ---- JSON ----


def _graph(told: Timeline) -> dict[str, Any]:
    return {
        "name": told.graph,
        "namespace": told.namespace,
        "timezone": told.zone,
        "seed": told.seed,
        "clean": told.is_clean,
        "days": [_day(day) for day in told.days],
        "nodes": [_item(item) for item in told.items],
        "alerts": [
            {"at": _utc(a.at), "kind": a.kind, "node": a.node, "key": a.key, "workflow": a.workflow}
            for a in told.alerts
        ],
        "sources": [{"node": g.node, "basis": g.basis, "text": g.text} for g in told.grounds],
        "madeUpOutputs": list(told.made_up),
        "withoutKey": list(told.strays),
    }


def _day(day: Day) -> dict[str, Any]:
    change = {"at": day.change.wall, "seconds": day.change.by} if day.change else None
    return {
        "date": day.date.isoformat(),
        "hours": day.hours,
        "clockChange": change,
        "closedCalendars": list(day.closed),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "node": item.node,
        "key": item.key,
        "kind": "source" if item.is_source else "run",
        "fate": item.fate,
        "begin": _utc(item.begin),
        "end": _utc(item.end),
        "workflow": item.workflow or None,
        "waitsSince": _utc(item.since),
        "waitedLastFor": {"what": item.last.what, "at": _utc(item.last.at)} if item.last else None,
        "clocks": [{"name": m.name, "at": _utc(m.at), "missed": m.is_missed} for m in item.marks],
        "reasons": [{"code": finding.reason, "text": finding.text} for finding in item.reasons],
        "whatIf": item.supposed or None,
        "lateBy": item.late_by,
        "runsBefore": item.again,
    }


def _utc(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- Mermaid ----


def _bars(item: Item, zone: str) -> Iterator[str]:
    """A task; of what never ran a milestone where it began to wait, and of a missed clock one at its time."""
    name = f"{item.node} {item.key}"
    if item.begin is not None and item.end is not None:
        seconds = max(1, int(item.end - item.begin))
        yield f"    {name} :{_TAGS[item.fate]}, {_local(item.begin, zone)}, {seconds}s"
    elif item.fate is Fate.NEVER and item.since is not None:
        codes = " ".join(dict.fromkeys(str(finding.reason) for finding in item.reasons))
        yield f"    {name} never ran, {codes} :crit, milestone, {_local(item.since, zone)}, 0s".replace(
            " ,", ","
        )
    for mark in item.missed:
        yield f"    {item.node} missed {mark.name} :crit, milestone, {_local(mark.at, zone)}, 0s"


def _local(at: float, zone: str) -> str:
    return keys.wall(int(at), ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
