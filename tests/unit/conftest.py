"""The databases that a history is kept in: a new one per test, of each kind.

Without PostgreSQL its half is skipped with the reason; DEPGEN_REQUIRE_STACK=1 makes that an error, as for the stack.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql

ABSENT = "there is no PostgreSQL here (initdb and postgres, Debian's package postgresql)"


@pytest.fixture(scope="session")
def server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server for all tests."""
    found = postgresql.programs()
    if found is None:
        if os.environ.get("DEPGEN_REQUIRE_STACK") == "1":
            pytest.fail(f"DEPGEN_REQUIRE_STACK=1, but {ABSENT}", pytrace=False)
        pytest.skip(ABSENT)
    started = postgresql.Server(**found)
    yield started
    started.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that nothing is in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/history.db"
    started: postgresql.Server = request.getfixturevalue("server")
    return started.database()
