"""What is PostgreSQL's own: its URLs, its passwords, its being away."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from depgen.history import HistoryError, database
from tests import histories
from tests.histories import at, fact, ledger
from tests.postgresql import Server

SECRET = "gEhe1m"


def refusal(url: str) -> str:
    """Why a database cannot be read."""
    with (
        pytest.raises(HistoryError) as refused,
        database.opened(url, writes=False) as history,
        history.reading() as connection,
    ):
        connection.execute(text("SELECT 1"))
    return str(refused.value)


@pytest.mark.parametrize("driver", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_is_psycopg(server: Server, driver: str) -> None:
    url = server.database().replace("postgresql", driver)
    assert histories.keep(url, [ledger(fact("sales", "u1", at("19:00")))]).facts == 1


def test_a_history_lives_in_the_schema_that_the_url_says(server: Server) -> None:
    first, second = server.database(), server.database()
    histories.keep(first, [ledger(fact("sales", "u1", at("19:00")))])
    histories.keep(second, [])
    assert [len(histories.everything(url)["depgen_facts"]) for url in (first, second)] == [1, 0]


def test_times_are_times_whatever_zone_the_server_is_in(server: Server) -> None:
    url = server.database().replace("options=", "options=-cTimeZone%3DAsia/Tokyo%20")
    histories.keep(url, [ledger(fact("sales", "u1", at("19:00")))])
    assert histories.everything(url)["depgen_facts"][0]["at"] == at("19:00")
    with database.opened(url, writes=False) as history, history.reading() as connection:
        shown = connection.execute(text("SELECT at::text FROM depgen_facts")).scalar()
    assert shown == "2026-11-22 04:00:00+09"


def test_a_password_is_not_told_when_the_server_refuses(server: Server) -> None:
    url = server.database().replace("depgen@/postgres", f"depgen:{SECRET}@/nothing")
    assert SECRET not in refusal(url)
    assert 'database "nothing" does not exist' in refusal(url)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@127.0.0.1:1/x",
        f"postgresql://me@127.0.0.1:1/x?password={SECRET}",
        f"postgresql://me:{SECRET}@127.0.0.1:port/x",
        f"postgresql://me:{SECRET}@[/x",
        f"mysql://me:{SECRET}@127.0.0.1/x",
        f"postgresql+asyncpg://me:{SECRET}@127.0.0.1/x",
        f"me:{SECRET}@127.0.0.1",
        f"postgresql://me:{SECRET}@127.0.0.1:1/x?nonsense=1",
        f"postgresql://me@127.0.0.1:1/x?sslpassword={SECRET}&sslmode=nonsense",
    ],
)
def test_a_password_is_not_told_when_there_is_no_server(url: str) -> None:
    assert SECRET not in refusal(url)


def test_a_server_that_is_away_is_told_in_one_line() -> None:
    told = refusal(f"postgresql://me:{SECRET}@127.0.0.1:1/x")
    assert told.startswith("postgresql+psycopg://me:***@127.0.0.1:1/x: connection failed: ")
    assert "\n" not in told


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_history_that_would_be_forgotten_is_refused(url: str) -> None:
    assert refusal(url).startswith("a history needs a file; write sqlite:///history.db or postgresql://")
