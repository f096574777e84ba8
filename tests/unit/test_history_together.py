"""Two processes that keep the same things at the same time, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier

from depgen.history import database, migrations
from depgen.history.migrations import NEWEST
from tests import histories
from tests.histories import Json, at, claim, fact, keep, ledger, workflow

LEDGERS = 20
PROCESSES = 3
LIMIT = 120


def ledgers() -> list[Json]:
    """Twenty keys of three nodes."""
    keys = [f"2026{month}{day:02}" for month in (10, 11) for day in range(1, LEDGERS // 2 + 1)]
    return [
        ledger(
            {
                **fact("sales", f"s{key}", at("19:00"), key=key),
                **fact("stock", f"t{key}", at("19:30"), key=key),
                **claim("report", f"r{key}", key=key),
                **fact("report", f"r{key}", at("20:30"), key=key),
                "clock.report.deadline": {"at": "2026-11-21T21:00:00Z"},
            },
            key,
        )
        for key in keys
    ]


def workflows() -> list[Json]:
    """The runs of those keys."""
    keys = [found["metadata"]["labels"]["depgen.io/key"] for found in ledgers()]
    return [workflow("report", f"r{key}", at("20:00"), at("20:30"), key=key) for key in keys]


def synced(url: str, number: int, together: Barrier, answer: Connection) -> None:
    """What each process does: it begins with a ledger of its own, and goes on when all have kept one."""
    found = ledgers()
    order = found[number:] + found[:number]

    def read() -> Iterator[Json]:
        yield order[0]
        together.wait(LIMIT)
        yield from order[1:]

    together.wait(LIMIT)
    answer.send(tuple(keep(url, read(), workflows())))


def test_processes_that_start_at_once_keep_everything_once(url: str, tmp_path: Path) -> None:
    """From nothing: they also make the tables at once."""
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(PROCESSES)
    pipes = [spawn.Pipe(duplex=False) for _ in range(PROCESSES)]
    running = [
        spawn.Process(target=synced, args=(url, number, together, end))
        for number, (_, end) in enumerate(pipes)
    ]
    for process in running:
        process.start()
    for _, end in pipes:
        end.close()  # a process that dies leaves nobody who could answer
    answers = [receiver.recv() for receiver, _ in pipes]
    for process in running:
        process.join(LIMIT)
    assert [process.exitcode for process in running] == [0] * PROCESSES

    alone = f"sqlite:///{tmp_path}/alone.db"
    once = keep(alone, ledgers(), workflows())
    assert histories.everything(url) == histories.everything(alone)
    facts, clocks = (sum(answer[index] for answer in answers) for index in (4, 5))
    assert (facts, clocks) == (once.facts, once.clocks) == (LEDGERS * 4, LEDGERS)
    assert all(answer[4] > 0 for answer in answers)


def test_the_tables_are_made_once(url: str) -> None:
    """By the first of several that are connected already and begin at the same moment."""
    together = Barrier(PROCESSES)

    def migrated(number: int) -> int:
        with database.opened(url, writes=True) as history:
            with history.reading() as connection:
                migrations.version(connection)
            together.wait(LIMIT)
            with history.writing() as connection:
                return migrations.migrate(connection, histories.NOW)

    with ThreadPoolExecutor(PROCESSES) as pool:
        assert sorted(pool.map(migrated, range(PROCESSES))) == [0, NEWEST, NEWEST]
