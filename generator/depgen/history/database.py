"""Opens the database that a URL names: SQLite, or PostgreSQL through psycopg.

Writers take turns, on both: a transaction that writes begins by taking a lock that the others wait for. So two
processes that keep the same things at once never wait for each other in a circle. Whatever goes wrong is a
HistoryError, in which a password is never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from depgen.history import HistoryError

FORMS = "sqlite:///history.db or postgresql://user@host/name"
WAIT_SECONDS = 60
CONNECT_SECONDS = 10
# "depgen", for pg_advisory_xact_lock: any number will do that nobody else takes in this database.
LOCK = 0x64657067656E


class Database:
    """One database. `dry` keeps nothing: all is one transaction, which is undone at the end."""

    def __init__(self, engine: Engine, shown: str, dry: Connection | None = None) -> None:
        self._engine = engine
        self._dry = dry
        self.shown = shown

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of the only writer; kept if the block ends well."""
        if self._dry is not None:
            yield self._dry
            return
        with self._engine.connect() as connection, connection.begin():
            _take_turn(connection)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        with self._engine.connect() as connection:
            yield connection


@contextmanager
def opened(text: str, *, writes: bool, dry: bool = False) -> Iterator[Database]:
    """The database of a URL, closed afterwards; a SQLite file is made only by who `writes`."""
    url = _url(text)
    shown = _shown(url)
    is_absent = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    if is_absent and not writes:
        raise HistoryError(f"{shown}: there is no such file; `depgen history sync` makes it")
    try:
        engine = _engine(url.set(database=":memory:") if is_absent and dry else url, writes)
    except ImportError as error:
        raise HistoryError(f"{shown} needs psycopg: pip install 'depgen[postgresql]'") from error
    try:
        if dry:
            with engine.connect() as connection, connection.begin() as transaction:
                _take_turn(connection)
                yield Database(engine, shown, connection)
                transaction.rollback()
        else:
            yield Database(engine, shown)
    except SQLAlchemyError as error:
        raise HistoryError(f"{shown}: {_reason(error)}") from error
    except HistoryError as error:
        raise HistoryError(f"{shown}: {error}") from error
    finally:
        engine.dispose()


def _url(text: str) -> URL:
    # Nothing of what cannot be read is told: it may hold a password.
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise HistoryError(f"the database's URL cannot be read; write {FORMS}") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise HistoryError(f'a history cannot be kept in "{url.drivername}"; write {FORMS}')
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise HistoryError(f"a history needs a file; write {FORMS}")
    return url


def _shown(url: URL) -> str:
    secret = [name for name in url.query if "password" in name.lower()]
    return url.update_query_dict(dict.fromkeys(secret, "***")).render_as_string(hide_password=True)


def _engine(url: URL, writes: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        patience = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
        return create_engine(url, connect_args=patience)
    pool = StaticPool if url.database == ":memory:" else NullPool
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, poolclass=pool)

    # The sqlite3 module begins transactions late and never around CREATE TABLE; so it is told not to, and we begin.
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _take_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def _reason(error: SQLAlchemyError) -> str:
    """What the database said, without the statement and its values."""
    told = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
    return " ".join(told.split())
