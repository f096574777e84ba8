"""`depgen status`: what every node is at the newest keys."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import files_or_default, load_subjects
from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, Select
from depgen.cli.terminal import Colour, emit, shows_colour

if TYPE_CHECKING:
    from depgen.cluster.api import Cluster
    from depgen.cluster.overview import Choice, Overview
    from depgen.cluster.states import State, Subject

# A watched table is drawn anew that often even if no ledger changes: deadlines pass.
_TICK = 30.0
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


class Format(StrEnum):
    """How the states are shown."""

    TEXT = "text"
    WIDE = "wide"
    JSON = "json"
    NAME = "name"


def _states(given: str) -> frozenset[State]:
    """`failed,missed` as states."""
    from depgen.cluster.states import State

    names = [name.strip().upper().replace("-", "_") for name in given.split(",") if name.strip()]
    unknown = [name for name in names if name not in State.__members__]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(State)}")
    return frozenset(State[name] for name in names)


def status(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    keys: Annotated[int, typer.Option("--keys", min=1, help="How many keys of each period, the newest.")] = 7,
    begin: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d", "%Y%m%d"], help="Keys of that date and later.", show_default=False
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=["%Y-%m-%d", "%Y%m%d"], help="Keys of that date and earlier.", show_default=False
        ),
    ] = None,
    node: Annotated[
        list[str] | None,
        typer.Option("--node", metavar="NODE", help="Only these; * and ? are wildcards.", show_default=False),
    ] = None,
    select: Select = "",
    state: Annotated[
        str, typer.Option("--state", metavar="STATE,...", help="Only what is so.", show_default=False)
    ] = "",
    fail_on: Annotated[
        str,
        typer.Option("--fail-on", metavar="STATE,...", help="Exit with 1 if any is so.", show_default=False),
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Draw anew on every change, until Ctrl-C.")
    ] = False,
    output: Annotated[Format, typer.Option("-o", "--format", help="How to show it.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Show what nodes are at their newest keys.

    States: WAITING, READY, GATED, SUBMITTED, SUCCEEDED, FAILED, MISSED, EXPIRED, SKIPPED, REJECTED, HELD, SUSPENDED,
    INVALID_KEY, and NOT_SEEN of a source without a fact.

    Exit codes: 0 done, nothing wrong with --fail-on; 1 a state of --fail-on was found; 2 it could not be tried; 3 a
    bug in depgen.

    Examples:

        depgen status graph.yaml
        depgen status --watch

    See also: why, trace.
    """
    from depgen.cluster.overview import Choice
    from depgen.selection import of_graphs

    if watch and (fail_on or output not in (Format.TEXT, Format.WIDE)):
        raise typer.BadParameter("takes neither --fail-on nor -o json or name", param_hint="--watch")
    first, last = (day.date() if day else None for day in (begin, end))
    states, unwanted = _states(state), _states(fail_on)
    subjects = load_subjects(files_or_default([*(paths or ()), *(filename or ())]), recursive, color, env)
    among = of_graphs([subject.graph for subject in subjects]).names(select) if select else None
    choice = Choice(keys, first, last, tuple(node or ()), states, among)
    cluster = connect(kubeconfig, context)
    looks = shows_colour(color, sys.stdout)
    if watch:
        _follow(cluster, subjects, choice, output, looks)
        return
    found = _look(cluster, subjects, choice)
    emit(_rendered(found, choice, output, looks))
    if any(each.has_any(unwanted) for each in found):
        raise typer.Exit(1)


def _look(cluster: Cluster, subjects: Sequence[Subject], choice: Choice) -> list[Overview]:
    from depgen.cluster.overview import overview, read_beside
    from depgen.cluster.states import read_ledgers

    now = time.time()
    return [
        overview(subject, read_ledgers(cluster, subject), read_beside(cluster, subject), choice, now)
        for subject in subjects
    ]


def _follow(
    cluster: Cluster, subjects: Sequence[Subject], choice: Choice, output: Format, looks: bool
) -> None:
    """Draw over what was drawn, on a terminal; else one table after the other."""
    from depgen.cluster.follow import follow
    from depgen.cluster.overview import overview, read_beside

    before = _CLEAR if sys.stdout.isatty() else ""
    for ledgers in follow(cluster, subjects, _TICK):
        found = [
            overview(subject, known, read_beside(cluster, subject), choice, time.time())
            for subject, known in zip(subjects, ledgers, strict=True)
        ]
        emit(before + _rendered(found, choice, output, looks) + ("" if before else "\n"))


def _rendered(found: Sequence[Overview], choice: Choice, output: Format, looks: bool) -> str:
    from depgen.report import status as report

    now = time.time()
    match output:
        case Format.TEXT:
            return report.text(found, now, looks)
        case Format.WIDE:
            return report.wide(found, now, choice)
        case Format.JSON:
            return report.as_json(found, choice)
        case Format.NAME:
            return report.names(found, choice)
