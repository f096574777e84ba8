"""A stack of this folder's own, because its parts are killed; the seed; and the table at the end.

DEPGEN_FAULTS_SEED replays a run, DEPGEN_FAULTS is a comma-separated list of faults, or `all`; without it the quick
selection runs.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.faults import page
from tests.stack.faults.fault import Row, table
from tests.stack.faults.proxy import Proxy
from tests.stack.faults.table import FAULTS

ROWS = pytest.StashKey[list[Row]]()
SEED = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Settles the seed once a run."""
    config.stash[ROWS] = []
    given = os.environ.get("DEPGEN_FAULTS_SEED")
    config.stash[SEED] = int(given) if given else random.SystemRandom().randrange(10**6)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Every fault that was gone through, and how to do it again."""
    if rows := config.stash[ROWS]:
        terminalreporter.section(f"faults of seed {config.stash[SEED]}")
        terminalreporter.write_line(table(rows))
        is_complete = [row.fault for row in rows] == [fault.name for fault in FAULTS]
        if is_complete and not terminalreporter.stats.get("failed"):
            page.write_run(rows, config.stash[SEED])


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """Decides everything that is left to chance."""
    return pytestconfig.stash[SEED]


@pytest.fixture
def rows(pytestconfig: pytest.Config) -> list[Row]:
    """The summary so far."""
    return pytestconfig.stash[ROWS]


@pytest.fixture(scope="module")
def broken(request: pytest.FixtureRequest) -> Iterator[tuple[LocalStack, Proxy]]:
    """The stack that is going to be broken, and the proxy in front of its API server."""
    if os.environ.get("DEPGEN_STACK") == "cluster":
        pytest.skip("needs processes of our own")
    stack = LocalStack(request.getfixturevalue("binaries"))
    plane = stack.control_plane
    proxy = Proxy(plane.server, plane.certificate, plane.key)
    yield stack, proxy
    proxy.close()
    stack.close()
