"""`depgen docs`: graphs as one page to look at."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, Select, given_paths
from depgen.cli.terminal import Colour

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
    color: ColourOption = Colour.AUTO,
) -> None:
    """Write one page that shows graphs: what waits for what, when, and why.

    One HTML file that loads nothing from anywhere, readable without scripts too.
    """
    given = given_paths(paths, filename)
    _refuse_odd(source_url, argo_url)

    from depgen.cli.inputs import read_graphs, read_manifests
    from depgen.cli.terminal import emit, tell
    from depgen.page.details import Addresses
    from depgen.page.document import document
    from depgen.page.making import Asked, make

    checked = _checked(read_graphs(given, recursive=recursive, environment=env), 1, color)
    asked = Asked(
        now=time.time(),
        title=title,
        selected=select,
        against=_older(against or [], git, given, recursive, env, color),
        crons=tuple(read_manifests(manifests or ()).files),
        addresses=Addresses(source_url, argo_url),
    )
    made = make(checked, asked)
    page = document(str(made.data["title"]), made.drawing, made.data)
    if output is None:
        emit(page)
        return
    if not dry_run:
        output.write_text(page, encoding="utf-8")
    size = len(page.encode())
    tell(
        f"{output} {'would be' if dry_run else 'is'} written: {len(made.lineage.nodes)} nodes, {size:,} bytes\n"
    )


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
