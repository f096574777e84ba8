"""The tables and how they came to be, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, inspect, text

from depgen.history import HistoryError, database, migrations, tables
from depgen.history.migrations import NEWEST
from tests import histories
from tests.histories import NOW, at, rows, workflow

# A run as version 1 kept it. SQLite has no type for times: they are text there.
RUN_OF_VERSION_1 = """INSERT INTO depgen_runs
    (namespace, graph, node, key, uid, workflow, phase, progress, submitted_at, started_at, finished_at)
    VALUES ('data', 'etl', :node, '20261121', 'u1', 'etl-x', 'Succeeded', 3590582411,
            '2026-11-21 20:00:01.000000', {start}, '2026-11-21 20:30:00.000000')"""


def columns(connection: Connection, table: str) -> dict[str, tuple[str, bool]]:
    """Name -> type as the database calls it, and whether it may be null."""
    found = inspect(connection).get_columns(table)
    return {c["name"]: (c["type"].compile(connection.dialect), bool(c["nullable"])) for c in found}


def expected(column: Column[Any], connection: Connection) -> tuple[str, bool]:
    """A column as `columns` shows it; SQLite has no type for times."""
    has_no_type = connection.dialect.name == "sqlite" and isinstance(column.type, tables.Instant)
    type_ = "NUMERIC" if has_no_type else column.type.compile(connection.dialect)
    return type_, bool(column.nullable)


def test_the_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    histories.keep(url, [])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        made = {name for name in inspect(connection).get_table_names() if name != migrations.VERSIONS}
        assert made == set(tables.metadata.tables)
        for name, table in tables.metadata.tables.items():
            keys = inspect(connection).get_pk_constraint(name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key], name
            assert columns(connection, name) == {c.name: expected(c, connection) for c in table.columns}, name


def test_the_versions_that_were_applied_are_in_the_database(url: str) -> None:
    histories.keep(url, [])
    with database.opened(url, writes=False) as history, history.reading() as connection:
        found = connection.execute(
            text("SELECT version, applied_at FROM depgen_versions ORDER BY version")
        ).all()
    assert [tuple(row) for row in found] == [(m.version, NOW.isoformat()) for m in migrations.MIGRATIONS]
    assert [m.version for m in migrations.MIGRATIONS] == list(range(1, NEWEST + 1))


def test_a_database_of_version_1_is_brought_up_to_date_with_what_is_in_it(url: str) -> None:
    with database.opened(url, writes=True) as history, history.writing() as connection:
        assert migrations.migrate(connection, NOW, upto=1) == 0
        assert "duration" not in columns(connection, "depgen_runs")
        started = RUN_OF_VERSION_1.format(start="'2026-11-21 20:00:05.000000'")
        connection.execute(text(started), {"node": "report"})
        connection.execute(text(RUN_OF_VERSION_1.format(start="NULL")), {"node": "sales"})
    with database.opened(url, writes=True) as history, history.writing() as connection:
        assert migrations.migrate(connection, NOW) == 1
    report, sales = rows(url, tables.runs)
    assert (report["duration"], sales["duration"]) == (1795, None)
    assert (report["waited_for"], report["waited_until"]) == (None, None)
    histories.keep(url, [], [workflow("report", "u1", at("20:00:01"), at("20:30"))])
    assert len(rows(url, tables.runs)) == 2


def test_nothing_is_done_twice(url: str) -> None:
    histories.keep(url, [])
    with database.opened(url, writes=True) as history, history.writing() as connection:
        assert migrations.migrate(connection, NOW) == NEWEST


def test_a_migration_that_fails_leaves_the_version_before(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = migrations.Migration(NEWEST + 1, "broken", ("CREATE TABLE depgen_more (x INTEGER)", "NONSENSE"))
    histories.keep(url, [])
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, broken))
    monkeypatch.setattr(migrations, "NEWEST", NEWEST + 1)
    with (
        pytest.raises(HistoryError, match="NONSENSE"),
        database.opened(url, writes=True) as history,
        history.writing() as connection,
    ):
        migrations.migrate(connection, NOW, upto=NEWEST + 1)
    with database.opened(url, writes=False) as history, history.reading() as connection:
        assert migrations.version(connection) == NEWEST
        assert not inspect(connection).has_table("depgen_more")


@pytest.mark.parametrize("version", [0, 1])
def test_reading_an_old_database_says_what_brings_it_up_to_date(url: str, version: int) -> None:
    with database.opened(url, writes=True) as history, history.writing() as connection:
        migrations.migrate(connection, NOW, upto=version)
    with (
        pytest.raises(HistoryError, match="`depgen history sync`"),
        database.opened(url, writes=False) as history,
        history.reading() as connection,
    ):
        migrations.require_newest(connection)


def test_a_database_of_a_newer_depgen_is_refused(url: str) -> None:
    histories.keep(url, [])
    histories.set_version(url, NEWEST + 1)
    newer = f"the history has version {NEWEST + 1}, and this depgen knows versions up to {NEWEST}: use a newer depgen"
    with pytest.raises(HistoryError, match=newer):
        histories.keep(url, [])
    with (
        pytest.raises(HistoryError, match=newer),
        database.opened(url, writes=False) as history,
        history.reading() as connection,
    ):
        migrations.require_newest(connection)


def test_every_table_and_column_and_the_lock_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "history.md").read_text(encoding="utf-8")
    told = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `depgen_")}
    assert set(told) == {*tables.metadata.tables, migrations.VERSIONS}
    for name, table in tables.metadata.tables.items():
        beyond = [column.name for column in table.columns][4:]
        assert [column for column in beyond if f"`{column}`" not in told[name]] == [], name
    assert f"lock {database.LOCK}\n" in page
