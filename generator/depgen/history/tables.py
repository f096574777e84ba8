"""The tables as they are after the newest migration; `migrations` makes them, and a test holds the two equal.

A table's primary key is the natural key of its records, so that keeping a record twice is one row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, FetchedValue, Integer, MetaData, Table, Text
from sqlalchemy.types import JSON, TypeDecorator

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite keeps it as text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _key(name: str) -> Column[Any]:
    return Column(name, Text, primary_key=True)


def _belongs() -> list[Column[Any]]:
    return [_key("namespace"), _key("graph"), _key("node"), _key("key")]


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


facts = Table(
    "depgen_facts",
    metadata,
    *_belongs(),
    _key("uid"),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("phase"),
    Column("at", Instant),
    _text("wall"),
    _text("workflow"),
    _text("reason"),
    _text("who"),
    _text("why"),
    Column("outputs", JSON(none_as_null=True)),
    Column("errors", JSON(none_as_null=True)),
)
clocks = Table("depgen_clocks", metadata, *_belongs(), _key("name"), Column("at", Instant, nullable=False))
interventions = Table(
    "depgen_interventions",
    metadata,
    *_belongs(),
    _key("action"),
    _key("upstream"),
    Column("at", Instant, primary_key=True),
    _text("who"),
    _text("why"),
)
sweeps = Table(
    "depgen_sweeps", metadata, *_belongs(), _key("value"), Column("tries", Integer), Column("at", Instant)
)
runs = Table(
    "depgen_runs",
    metadata,
    *_belongs(),
    _key("uid"),
    _text("workflow"),
    _text("phase"),
    Column("progress", BigInteger, nullable=False),
    Column("submitted_at", Instant),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("waited_for", Text),
    Column("waited_until", Instant),
    Column("cause", JSON(none_as_null=True)),
    Column("duration", BigInteger, FetchedValue()),  # the database's own calculation
)
