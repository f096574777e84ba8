"""Ledgers and Workflows for tests of the history, and what a database says of them afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, select, text

from depgen.history import database, migrations, tables
from depgen.history.records import Subject, Synced
from depgen.history.sync import sync

Json = dict[str, Any]

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
KEY = "20261121"
TABLES = (tables.facts, tables.clocks, tables.interventions, tables.sweeps, tables.runs)
SUBJECT = Subject("data", "etl", {"report": frozenset({("sales", 0), ("stock", 0), ("report", -1)})})


def at(time: str, day: int = 21) -> datetime:
    """A time of November 2026 in UTC: `at("20:00")`, `at("20:00:01")`."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{time}Z")


def stamp(moment: datetime) -> str:
    """As Kubernetes writes it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def ledger(entries: Mapping[str, Json | str], key: str = KEY, graph: str = "etl") -> Json:
    """A ledger ConfigMap."""
    data = {name: value if isinstance(value, str) else json.dumps(value) for name, value in entries.items()}
    labels = {"depgen.io/graph": graph, "depgen.io/key": key}
    return {"metadata": {"name": f"{graph}-{key}", "labels": labels}, "data": data}


def fact(
    node: str, uid: str, end: datetime, phase: str = "Succeeded", key: str = KEY, **more: Any
) -> dict[str, Json]:
    """A completion's entry."""
    name = f"run.{node}.{key}.{uid}.{int(end.timestamp())}"
    wall = end.strftime("%Y-%m-%dT%H:%M:%S")
    return {name: {"finishedAt": stamp(end), "phase": phase, "wall": wall, "workflow": f"{node}-1", **more}}


def claim(node: str, uid: str, key: str = KEY) -> dict[str, Json]:
    """A submission's entry."""
    value = {"finishedAt": "", "phase": "Submitted", "workflow": f"etl-{node}-{key}"}
    return {f"run.{node}.{key}.{uid}.0": value}


def workflow(
    node: str,
    uid: str,
    submitted: datetime,
    end: datetime | None = None,
    phase: str = "Succeeded",
    *,
    started: datetime | None = None,
    key: str = KEY,
) -> Json:
    """A Workflow of the graph; it started when it was submitted unless `started` says otherwise."""
    status: Json = {"phase": phase, "startedAt": stamp(started or submitted)}
    if end is not None:
        status["finishedAt"] = stamp(end)
    labels = {"depgen.io/graph": "etl", "depgen.io/node": node, "depgen.io/key": key}
    name = f"etl-{node}-{key}"
    metadata = {"name": name, "uid": uid, "labels": labels, "creationTimestamp": stamp(submitted)}
    return {"metadata": metadata, "status": status}


def keep(
    url: str,
    ledgers: Iterable[Json],
    workflows: Iterable[Json] = (),
    *,
    dry: bool = False,
    subject: Subject = SUBJECT,
) -> Synced:
    """One pass."""
    with database.opened(url, writes=True, dry=dry) as history:
        with history.writing() as connection:
            migrations.migrate(connection, NOW)
        return sync(history, subject, ledgers, workflows, lambda what, number: None)


def rows(url: str, table: Table) -> list[dict[str, Any]]:
    """A table, sorted by its key."""
    with database.opened(url, writes=False) as history, history.reading() as connection:
        migrations.require_newest(connection)
        found = connection.execute(select(table).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]


def everything(url: str) -> dict[str, list[dict[str, Any]]]:
    """All tables."""
    return {table.name: rows(url, table) for table in TABLES}


def set_version(url: str, version: int) -> None:
    """Makes a database one of another depgen's."""
    with database.opened(url, writes=True) as history, history.writing() as connection:
        connection.execute(text(f"INSERT INTO {migrations.VERSIONS} VALUES ({version}, 'other', 'x')"))
