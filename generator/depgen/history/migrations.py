"""Brings a database to the newest version of the tables, step by step.

A migration that was released is never edited: the next one mends it. They are SQL and not made from `tables`, because
that changes and what they once did must not. One transaction does them all, under the lock of writers, so two
processes that start at once make the tables once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, inspect, text

from depgen.history import HistoryError

VERSIONS = "depgen_versions"


class Migration(NamedTuple):
    """`steps` are statements, or one per kind of database where they have to differ."""

    version: int
    name: str
    steps: tuple[str | Mapping[str, str], ...]


_BELONGS = "namespace TEXT NOT NULL, graph TEXT NOT NULL, node TEXT NOT NULL, key TEXT NOT NULL"

MIGRATIONS = (
    Migration(
        1,
        "facts, clocks, interventions, sweeps and runs",
        (
            f"""CREATE TABLE depgen_facts ({_BELONGS}, uid TEXT NOT NULL, epoch BIGINT NOT NULL, kind TEXT NOT NULL,
            phase TEXT NOT NULL, at TIMESTAMPTZ, wall TEXT NOT NULL, workflow TEXT NOT NULL,
            reason TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, outputs JSON, errors JSON,
            PRIMARY KEY (namespace, graph, node, key, uid, epoch))""",
            f"""CREATE TABLE depgen_clocks ({_BELONGS}, name TEXT NOT NULL, at TIMESTAMPTZ NOT NULL,
            PRIMARY KEY (namespace, graph, node, key, name))""",
            f"""CREATE TABLE depgen_interventions ({_BELONGS}, action TEXT NOT NULL, upstream TEXT NOT NULL,
            at TIMESTAMPTZ NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
            PRIMARY KEY (namespace, graph, node, key, action, upstream, at))""",
            f"""CREATE TABLE depgen_sweeps ({_BELONGS}, value TEXT NOT NULL, tries INTEGER, at TIMESTAMPTZ,
            PRIMARY KEY (namespace, graph, node, key, value))""",
            f"""CREATE TABLE depgen_runs ({_BELONGS}, uid TEXT NOT NULL, workflow TEXT NOT NULL, phase TEXT NOT NULL,
            progress BIGINT NOT NULL, submitted_at TIMESTAMPTZ, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ,
            PRIMARY KEY (namespace, graph, node, key, uid))""",
        ),
    ),
    Migration(
        2,
        "durations, what runs waited for, and what caused them",
        (
            "ALTER TABLE depgen_runs ADD COLUMN waited_for TEXT",
            "ALTER TABLE depgen_runs ADD COLUMN waited_until TIMESTAMPTZ",
            "ALTER TABLE depgen_runs ADD COLUMN cause JSON",
            {
                "sqlite": """ALTER TABLE depgen_runs ADD COLUMN duration BIGINT GENERATED ALWAYS AS
                (CAST(strftime('%s', finished_at) AS INTEGER) - CAST(strftime('%s', started_at) AS INTEGER)) VIRTUAL""",
                "postgresql": """ALTER TABLE depgen_runs ADD COLUMN duration BIGINT GENERATED ALWAYS AS
                (CAST(extract(epoch FROM finished_at - started_at) AS BIGINT)) STORED""",
            },
            "CREATE INDEX depgen_runs_by_key ON depgen_runs (graph, key)",
        ),
    ),
)
NEWEST = MIGRATIONS[-1].version


def version(connection: Connection) -> int:
    """The version of the tables in the database; 0 if there are none."""
    if not inspect(connection).has_table(VERSIONS):
        return 0
    found = connection.execute(text(f"SELECT max(version) FROM {VERSIONS}")).scalar()  # noqa: S608 (our own name)
    return int(found or 0)


def migrate(connection: Connection, now: datetime, upto: int = NEWEST) -> int:
    """Do what is missing, inside the caller's transaction and lock; the version there was.

    HistoryError if the database is newer than this depgen.
    """
    before = version(connection)
    _refuse_newer(before)
    if before == 0:
        columns = "version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL"
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {VERSIONS} ({columns})")
    for migration in MIGRATIONS[before:upto]:
        for step in migration.steps:
            connection.exec_driver_sql(step if isinstance(step, str) else step[connection.dialect.name])
        done = text(f"INSERT INTO {VERSIONS} VALUES (:version, :name, :applied_at)")  # noqa: S608
        applied_at = now.isoformat(timespec="seconds")
        connection.execute(
            done, {"version": migration.version, "name": migration.name, "applied_at": applied_at}
        )
    return before


def require_newest(connection: Connection) -> None:
    """HistoryError if the tables are not those that this depgen reads; reading never changes them."""
    found = version(connection)
    _refuse_newer(found)
    if found == 0:
        raise HistoryError("there is no history yet: `depgen history sync` makes it")
    if found < NEWEST:
        raise HistoryError(
            f"the history has version {found} and this depgen reads version {NEWEST}: "
            "`depgen history sync` brings it up to date"
        )


def _refuse_newer(found: int) -> None:
    if found > NEWEST:
        raise HistoryError(
            f"the history has version {found}, and this depgen knows versions up to {NEWEST}: use a newer depgen"
        )
