"""`depgen history`: what graphs did, kept in a database beyond the life of ledgers and Workflows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect, load_graphs
from depgen.cli.history_options import (
    DEFAULT_LIMIT,
    DEFAULT_URL,
    First,
    Format,
    Graphs,
    Key,
    Last,
    Limit,
    Node,
    Output,
    Phase,
    Url,
    question,
    seconds,
)
from depgen.cli.node_options import files_or_default
from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive
from depgen.cli.terminal import Colour, emit, tell

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_TELL_EVERY = 50


class SyncFormat(StrEnum):
    """Who reads what was kept."""

    TEXT = "text"
    JSON = "json"


@app.callback()
def history() -> None:
    """Keep what graphs did in a database, and ask it."""


@app.command()
def sync(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    database: Url = DEFAULT_URL,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing; say what would be kept.")] = False,
    output: Annotated[
        SyncFormat, typer.Option("-o", "--format", help="Format of the answer.")
    ] = SyncFormat.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Keep what is new in ledgers and Workflows.

    May be repeated and interrupted at any time, and run twice at once. Makes the tables where there are none.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen history sync graph.yaml --database sqlite:///history.db

    See also: history show, history stats.
    """
    given = files_or_default([*(paths or ()), *(filename or ())])
    checked, programs = load_graphs(given, recursive, color, env)

    from datetime import UTC, datetime

    from depgen.history import require_packages

    require_packages()
    from depgen.cluster import remains
    from depgen.history import database as databases
    from depgen.history import migrations
    from depgen.history.records import subject
    from depgen.history.sync import sync as keep
    from depgen.report import history as report

    cluster = connect(kubeconfig, context)
    passes = []
    with databases.opened(database, writes=True, dry=dry_run) as kept:
        with kept.writing() as connection:
            migrations.migrate(connection, datetime.now(UTC))
        for graph in checked.graphs:
            if graph.name in programs:  # one without nodes leaves nothing behind
                found = programs[graph.name]
                ledgers, workflows = remains.ledgers(cluster, found), remains.workflows(cluster, found)
                passes.append(keep(kept, subject(graph), ledgers, workflows, _progress(graph.name)))
    _progress_ends()
    emit(report.SYNCED[output](passes))
    if dry_run:
        tell("a dry run: nothing was kept\n")


@app.command()
def show(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    graph: Graphs = None,
    database: Url = DEFAULT_URL,
    node: Node = "",
    key: Key = "",
    first: First = "",
    last: Last = "",
    state: Annotated[
        list[Phase] | None,
        typer.Option(
            "--state",
            case_sensitive=False,
            help="Only runs that are so; may be repeated.",
            show_default=False,
        ),
    ] = None,
    longer_than: Annotated[
        str,
        typer.Option(
            "--longer-than", metavar="DURATION", help="Only runs that took longer: 90m.", show_default=False
        ),
    ] = "",
    late: Annotated[bool, typer.Option("--late", help="Only runs that missed their deadline.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    output: Output = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """List runs, the newest key first.

    Those of the graphs that are named, or else of all.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen history show graph.yaml

    See also: history log, history stats.
    """
    asked = question(paths, filename, recursive, env, color, graph, node, key, first, last)
    longest = seconds(longer_than) if longer_than else None

    from depgen.history import database as databases
    from depgen.history import migrations, queries
    from depgen.report import history as report

    trait = queries.Trait(tuple(state or ()), longest, late)
    with databases.opened(database, writes=False) as kept, kept.reading() as connection:
        migrations.require_newest(connection)
        found = queries.matching(connection, asked, trait, limit and limit + 1)
    _tell_number(len(found), limit, "runs")
    emit(report.RUNS[output](found[:limit] if limit else found))


@app.command()
def log(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    graph: Graphs = None,
    database: Url = DEFAULT_URL,
    node: Node = "",
    key: Key = "",
    first: First = "",
    last: Last = "",
    limit: Limit = DEFAULT_LIMIT,
    output: Output = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """List what happened, in the order of time.

    Facts, clocks, operators' hands and sweeps, of the graphs that are named, or else of all.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen history log graph.yaml

    See also: history show, trace.
    """
    asked = question(paths, filename, recursive, env, color, graph, node, key, first, last)

    from depgen.history import database as databases
    from depgen.history import migrations, queries
    from depgen.report import history as report

    with databases.opened(database, writes=False) as kept, kept.reading() as connection:
        migrations.require_newest(connection)
        found = queries.events(connection, asked, limit and limit + 1)
    _tell_number(len(found), limit, "events")
    emit(report.EVENTS[output](found[-limit:]))


@app.command()
def stats(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    graph: Graphs = None,
    database: Url = DEFAULT_URL,
    node: Node = "",
    key: Key = "",
    first: First = "",
    last: Last = "",
    output: Output = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Count runs, failures and delays of each node.

    P50 and P95 are durations that so many percent of its successful runs did not exceed.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen history stats graph.yaml -o json

    See also: history show, simulate.
    """
    asked = question(paths, filename, recursive, env, color, graph, node, key, first, last)

    from depgen.history import database as databases
    from depgen.history import migrations, queries
    from depgen.report import history as report

    with databases.opened(database, writes=False) as kept, kept.reading() as connection:
        migrations.require_newest(connection)
        found = queries.figures(connection, asked)
    _tell_number(len(found), 0, "runs")
    emit(report.FIGURES[output](found))


def _tell_number(found: int, limit: int, what: str) -> None:
    if not found:
        tell(f"no {what} of that kind in the history\n")
    elif limit and found > limit:
        tell(f"the newest {limit} {what}; --limit 0 shows all\n")


def _progress(graph: str) -> Callable[[str, int], None]:
    """Says on a terminal how far a pass is, on one line."""
    is_watched = sys.stderr is not None and sys.stderr.isatty()

    def progress(what: str, number: int) -> None:
        if is_watched and number % _TELL_EVERY == 1:
            tell(f"\r\x1b[K{graph}: {number} {what}")

    return progress


def _progress_ends() -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        tell("\r\x1b[K")
