"""`depgen docs`: graphs as one page to look at."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli import docs_live, whole_file
from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.docs_days import (
    Begin,
    DaysAhead,
    History,
    ProfileFile,
    Wanted,
    WhatIf,
    days_of,
    forecast,
    profile_of,
)
from depgen.cli.docs_live import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    Host,
    Live,
    Port,
    Serve,
    states,
    subjects_of,
)
from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, Select, given_paths
from depgen.cli.terminal import Colour, tell

if TYPE_CHECKING:
    from depgen.cli.inputs import Inputs
    from depgen.pipeline import Checked


def docs(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    select: Select = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Where to write the page, else to stdout.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    title: Annotated[
        str,
        typer.Option("--title", help="What the page is called, else the graphs' names.", show_default=False),
    ] = "",
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="PATH",
            help="An older version: show what was added, removed and changed since; repeatable.",
            show_default=False,
        ),
    ] = None,
    git: Annotated[
        str,
        typer.Option(
            "--git",
            metavar="REV",
            help="The older version is what PATHs were at a revision.",
            show_default=False,
        ),
    ] = "",
    manifests: Annotated[
        list[str] | None,
        typer.Option(
            "--manifests",
            metavar="DIR",
            help="CronWorkflows, for when sources start; repeatable.",
            show_default=False,
        ),
    ] = None,
    source_url: Annotated[
        str,
        typer.Option(
            "--source-url",
            metavar="URL",
            help="Where graph files are on the web, with {file} and {line}, perhaps {graph} and {node}.",
            show_default=False,
        ),
    ] = "",
    argo_url: Annotated[
        str,
        typer.Option("--argo-url", metavar="URL", help="Argo's server, for links to it.", show_default=False),
    ] = "",
    days: DaysAhead = None,
    begin: Begin = None,
    profile: ProfileFile = None,
    what_if: WhatIf = None,
    history: History = "",
    live: Live = False,
    serve: Serve = False,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Write one page that shows graphs: what waits for what, when, and why.

    One HTML file that loads nothing from anywhere, readable without scripts too. With --days it has a forecast, with
    --history days as they were, with --live what nodes are in a cluster; --serve keeps that up to date.

    Exit codes: 0 done; 1 the graphs have errors; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen docs graph.yaml --output graph.html
        depgen docs graph.yaml --days 3 --what-if sales=late:2h --output days.html
        depgen docs graph.yaml --serve

    See also: graph, simulate, status, why, history.
    """
    given = given_paths(paths, filename)
    _refuse_odd(source_url, argo_url)
    wanted = Wanted(days, begin, profile, tuple(what_if or ()), history)
    wanted.require_sense()
    if serve and (output or dry_run):
        raise typer.BadParameter("writes no file: leave out --output and --dry-run", param_hint="--serve")

    from depgen.cli.inputs import read_graphs, read_manifests
    from depgen.cli.terminal import emit
    from depgen.page.details import Addresses
    from depgen.page.making import Asked, make
    from depgen.page.whole import whole

    checked = _checked(read_graphs(given, recursive=recursive, environment=env), 1, color)
    crons = tuple(read_manifests(manifests or ()).files)
    habits = profile_of(wanted, checked, color)
    told = forecast(wanted, habits, checked, crons)
    asked = Asked(
        now=time.time(),
        title=title,
        selected=select,
        against=_older(against or [], git, given, recursive, env, color),
        crons=crons,
        profile=habits,
        told=tuple(told),
        addresses=Addresses(source_url, argo_url),
    )
    made, shown = make(checked, asked), days_of(wanted, told, checked)
    if serve:
        cluster = connect(kubeconfig, context)
        docs_live.serve(cluster, subjects_of(checked), lambda now: whole(made, shown, now, True), host, port)
        return
    now = states(connect(kubeconfig, context), subjects_of(checked)) if live else None
    page = whole(made, shown, now)
    if output is None:
        emit(page)
        return
    _written(page, output, dry_run, len(made.lineage.nodes))


def _written(page: str, output: Path, dry_run: bool, nodes: int) -> None:
    from depgen.report.display import count

    _refuse_foreign(output)
    if not dry_run:
        whole_file.write(output, page)
    size = len(page.encode())
    tell(f"{output} {'would be' if dry_run else 'is'} written: {count(nodes, 'node')}, {size:,} bytes\n")


def _refuse_foreign(output: Path) -> None:
    """A file that is no page of ours is somebody's: a graph named by mistake, say."""
    from depgen.errors import InputError

    there = output.read_bytes() if output.is_file() else b""
    if there and b'id="page-data"' not in there:
        raise InputError(f"{output} is there and is no page of depgen: name another file, or remove it")


def _refuse_odd(*urls: str) -> None:
    for url in filter(None, urls):
        if not url.startswith(("http://", "https://")):
            raise typer.BadParameter(f"{url} does not begin with http:// or https://", param_hint="URL")


def _older(
    against: list[str], git: str, given: list[str], recursive: bool, environment: str, color: Colour
) -> Checked | None:
    from dataclasses import replace

    from depgen.cli.inputs import read_graphs

    if git and against:
        raise typer.BadParameter("name a revision or files, not both", param_hint="--git")
    if git:
        from depgen.cli.revisions import read_revision

        then = read_revision(git, given, recursive=recursive)
        return _checked(replace(then, environment=environment), 2, color)
    if not against:
        return None
    return _checked(read_graphs(against, recursive=recursive, environment=environment), 2, color)


def _checked(inputs: Inputs, code: int, color: Colour) -> Checked:
    """The graphs compiled; ends the command with `code` and the findings if they have errors."""
    from depgen import pipeline
    from depgen.cli.findings import report

    checked = pipeline.check(inputs.load())
    if code == 1 or checked.has_errors:
        report(checked.findings, color)
    if checked.has_errors:
        raise typer.Exit(code)
    return checked
