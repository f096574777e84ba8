"""Keeps what a graph's ledgers and Workflows tell, in small transactions that may be repeated in any order.

A record never changes, so a second one of the same key is dropped. A run goes on: what is known of it is only ever
added to, and of two rows the one with more progress says how it is. That gives the same rows whoever comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnCollection, ColumnElement, Connection, Insert, Table, and_, case, func, or_
from sqlalchemy.dialects import postgresql, sqlite

from depgen.history import ledgers as ledger_pages
from depgen.history import runs as run_rows
from depgen.history import tables
from depgen.history.database import Database
from depgen.history.ledgers import Page
from depgen.history.records import Run, Subject, Synced

Object = Mapping[str, Any]
Columns = ColumnCollection[str, Any]
Tell = Callable[[str, int], None]
# Runs of one transaction.
BATCH = 200


def sync(
    database: Database, subject: Subject, ledgers: Iterable[Object], workflows: Iterable[Object], tell: Tell
) -> Synced:
    """Keep a graph's `ledgers`, and then its `workflows`, which are not asked for before that.

    Workflows of others may be among them. `tell` hears of progress: "ledgers" or "Workflows", and how many.
    """
    told = run_rows.Told(subject)
    counts: Counter[str] = Counter()
    for ledger in ledgers:
        page = ledger_pages.read(subject.namespace, subject.graph, ledger)
        runs = told.by_ledger(page)
        with database.writing() as connection:
            counts.update(_keep_page(connection, page, runs))
        counts["ledgers"] += 1
        tell("ledgers", counts["ledgers"])
    for batch in _batches(_read(told, workflows, counts, tell)):
        with database.writing() as connection:
            counts["runs"] += _keep_runs(connection, batch)
    return Synced(subject.namespace, subject.graph, *(counts[name] for name in Synced._fields[2:]))


def _read(
    told: run_rows.Told, workflows: Iterable[Object], counts: Counter[str], tell: Tell
) -> Iterator[Run]:
    for workflow in workflows:
        try:
            yield from told.by_workflow(workflow)
        except (ValueError, TypeError):
            counts["unreadable"] += 1
        counts["workflows"] += 1
        tell("Workflows", counts["workflows"])


def _keep_page(connection: Connection, page: Page, runs: Sequence[Run]) -> dict[str, int]:
    return {
        "facts": _keep(connection, tables.facts, page.facts),
        "clocks": _keep(connection, tables.clocks, page.clocks),
        "interventions": _keep(connection, tables.interventions, page.interventions),
        "sweeps": _keep(connection, tables.sweeps, page.sweeps),
        "runs": _keep_runs(connection, runs),
        "unreadable": page.unreadable,
    }


def _keep(connection: Connection, table: Table, records: Sequence[Any]) -> int:
    """How many of the records were new."""
    return _changed(connection, _insert(connection, table).on_conflict_do_nothing(), records)


def _keep_runs(connection: Connection, found: Sequence[Run]) -> int:
    """How many of the runs were new or changed a row."""
    insert = _insert(connection, tables.runs)
    merged, differs = _merged(tables.runs.c, insert.excluded)
    keys = list(tables.runs.primary_key)
    statement = insert.on_conflict_do_update(index_elements=keys, set_=merged, where=differs)
    return _changed(connection, statement, found)


def _changed(connection: Connection, statement: Insert, records: Sequence[Any]) -> int:
    if not records:
        return 0
    # One statement a row: PostgreSQL does not change a row twice in one, and a run may come twice.
    rows = [record._asdict() for record in records]
    return connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount


def _merged(old: Columns, new: Columns) -> tuple[dict[str, Any], ColumnElement[bool]]:
    """What a row becomes when another of its run comes, and whether that is another row than it was."""
    is_ahead, was_over = new.progress > old.progress, old.finished_at.is_not(None)
    # The start of an attempt does not go with the end of a later one, which `argo retry` makes.
    started = case(
        (and_(is_ahead, was_over), new.started_at),
        (new.progress >= old.progress, func.coalesce(new.started_at, old.started_at)),
        else_=old.started_at,
    )
    of_the_one_ahead = {
        name: case((is_ahead, new[name]), else_=old[name]) for name in ("phase", "progress", "finished_at")
    }
    # Ledgers are compacted: who saw the most of one saw it first.
    as_first_told = {
        name: func.coalesce(old[name], new[name])
        for name in ("submitted_at", "waited_for", "waited_until", "cause")
    }
    adds = [
        and_(old[name].is_(None), new[name].is_not(None)) for name in ("submitted_at", "waited_for", "cause")
    ]
    adds.append(and_(new.progress == old.progress, old.started_at.is_(None), new.started_at.is_not(None)))
    return {**of_the_one_ahead, **as_first_told, "started_at": started}, or_(is_ahead, *adds)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _batches(runs: Iterable[Run]) -> Iterator[list[Run]]:
    rest = iter(runs)
    while batch := list(islice(rest, BATCH)):
        yield batch
