"""`depgen calendars`: which days are open, and the lock of those that have to be looked up."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli import whole_file
from depgen.cli.node_options import files_or_default
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Paths, Recursive
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.locks import Change
    from depgen.pipeline import Checked
    from depgen.report.calendars import Listed

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def calendars() -> None:
    """Show which days are open, and look up holidays."""


@app.command("list")
def list_(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    start: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The first day; else today.",
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days.")] = 30,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Show the open days of calendars, and who follows them.

    Exit codes: 0 done; 2 it could not be tried, also if the graphs have errors; 3 a bug in depgen.

    Examples:

        depgen calendars list graph.yaml

    See also: calendars lock.
    """
    given = files_or_default([*(paths or ()), *(filename or ())])

    from depgen import pipeline
    from depgen.cli.findings import report as report_findings
    from depgen.cli.inputs import read_graphs
    from depgen.cli.terminal import emit
    from depgen.report import calendars as report

    checked = pipeline.check(read_graphs(given, recursive=recursive, environment=env).load())
    if checked.has_errors:
        report_findings(checked.findings, color)
        raise typer.Exit(2)
    first = start.date() if start else date.today()
    render = report.as_json if output is Format.JSON else report.text
    emit(render(_listed(checked), first, days))


def _listed(checked: Checked) -> list[Listed]:
    from depgen.report.calendars import Listed

    return [
        Listed(
            graph.name, calendar, tuple(n.id for n in graph.nodes.values() if name in (n.runs_on, n.excludes))
        )
        for graph in checked.graphs
        for name, calendar in sorted(graph.calendars.items())
    ]


@app.command()
def lock(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a lock differs.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Look up the holidays of countries and iCalendar files.

    They go into calendars.lock beside the graphs, to be kept with them: a build takes them from there and never looks
    them up. With --check a difference may also come from a newer package of holidays: a state has moved one.

    Exit codes: 0 done; 1 with --check a lock differs; 2 it could not be tried, also if a calendar cannot be read;
    3 a bug in depgen.

    Examples:

        depgen calendars lock graph.yaml
        depgen calendars lock graph.yaml --check   # in CI

    See also: calendars list.
    """
    given = files_or_default([*(paths or ()), *(filename or ())])
    if check and dry_run:
        raise typer.BadParameter("--check answers with its exit code, --dry-run always with 0: choose one")

    from depgen.cli.findings import report as report_findings
    from depgen.cli.inputs import read_graphs
    from depgen.cli.terminal import emit
    from depgen.locks import locks
    from depgen.report import calendars as report

    changes, findings = locks(read_graphs(given, recursive=recursive).load(), date.today())
    if findings:
        report_findings(findings, color)
        raise typer.Exit(2)
    is_done = not (check or dry_run)
    for change in changes if is_done else ():
        _write(change)
    emit(report.locked_json(changes) if output is Format.JSON else report.locked(changes, is_done))
    if check and any(change.is_needed for change in changes):
        raise typer.Exit(1)


def _write(change: Change) -> None:
    """All of the file or nothing."""
    from pathlib import Path

    from depgen.errors import InputError

    path = Path(change.path)
    if not change.is_needed:
        return
    if change.after is not None:
        whole_file.write(path, change.after)
        return
    try:
        path.unlink()
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
