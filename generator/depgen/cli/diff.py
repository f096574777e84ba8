"""`depgen diff`: what an edit of a graph means."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.options import ColourOption, Environment, Recursive
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.cli.inputs import Inputs
    from depgen.pipeline import Checked


class Format(StrEnum):
    """Who reads it: people, programs, a pull request."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="OLD NEW",
            help='Two versions, each a graph file, a folder or "-" for stdin; with --git what to compare.',
            show_default=False,
        ),
    ],
    git: Annotated[
        str,
        typer.Option(
            "--git", metavar="REV", help="Compare PATHs with what they are at a revision.", show_default=False
        ),
    ] = "",
    recursive: Recursive = False,
    env: Environment = "",
    manifests: Annotated[
        list[str] | None,
        typer.Option(
            "--manifests",
            metavar="DIR",
            help="CronWorkflows, to tell when sources fire next; repeatable.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Say what an edit of a graph does, also to keys under way.

    `depgen diff OLD NEW`, or `depgen diff --git REV PATH...`. Graphs are compared, not texts. Each difference is safe,
    loses queued events until the next sweep, runs keys that waited, can make keys run again, or never lets them run.

    Exit codes: 0 no difference; 1 differences; 2 it cannot be told, because a version has errors or cannot be read; 3 a
    bug in depgen.

    Examples:

        depgen diff --git origin/main graph.yaml
        depgen diff old.yaml new.yaml -o markdown

    See also: build, migrate.
    """
    if not git and len(paths) != 2:
        raise typer.BadParameter(
            "name two versions, OLD and NEW, or a revision with --git", param_hint="OLD NEW"
        )

    from depgen.cli.inputs import read_graphs, read_manifests
    from depgen.cli.terminal import emit, shows_colour
    from depgen.diff import difference
    from depgen.report import diff as report

    old = _at_revision(git, paths, recursive) if git else read_graphs(paths[:1], recursive=recursive)
    new = read_graphs(paths if git else paths[1:], recursive=recursive)
    before, after = _checked("old", old, env, color), _checked("new", new, env, color)
    if before is None or after is None:
        raise typer.Exit(2)
    found = difference(before, after, read_manifests(manifests or ()).files, time.time())
    if output is Format.TEXT:
        emit(report.text(found, shows_colour(color, sys.stdout)))
    else:
        emit(report.as_json(found) if output is Format.JSON else report.markdown(found))
    if found:
        raise typer.Exit(1)


def _at_revision(revision: str, paths: list[str], recursive: bool) -> Inputs:
    from depgen.cli.revisions import read_revision

    return read_revision(revision, paths, recursive=recursive)


def _checked(version: str, inputs: Inputs, environment: str, color: Colour) -> Checked | None:
    """The version compiled; None, with its errors on stderr, if it has any."""
    from dataclasses import replace

    from depgen import pipeline
    from depgen.cli.findings import report
    from depgen.cli.terminal import tell

    checked = pipeline.check(replace(inputs, environment=environment).load())
    if not checked.has_errors:
        return checked
    tell(f"the {version} version has errors:\n")
    report(checked.findings, color)
    return None
