"""`depgen simulate`: a forecast of some days."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour, emit, shows_colour, tell

if TYPE_CHECKING:
    from depgen.pipeline import Checked
    from depgen.simulate.profile import Profile
    from depgen.simulate.timeline import Timeline

# Columns of the text where there is no terminal, and within which a terminal's count.
_WIDTH, _NARROWEST, _WIDEST = 100, 80, 160
# A forecast that is faster than this shows no progress.
_PATIENCE = 1.0
_BAR = 30


class Format(StrEnum):
    """How the forecast is shown."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"
    HTML = "html"


def simulate(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    begin: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d", "%Y%m%d"],
            help="The first day, by the keys' dates; else today.",
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days.")] = 1,
    manifests: Annotated[
        list[str] | None,
        typer.Option(
            "--manifests",
            metavar="DIR",
            help="CronWorkflows, for when sources start; repeatable.",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="FILE",
            help="Schedules, durations, phases and outputs to suppose.",
            show_default=False,
        ),
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="NODE=fail|late:2h|missing",
            help="A mishap, for one key as NODE@KEY=...; repeatable.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="What durations are drawn from.")] = 0,
    output: Annotated[Format, typer.Option("-o", "--format", help="How to show it.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Forecast what will run when, and what will not.

    The compiled manifests are played in memory, without a cluster. A source starts when its CronWorkflow does, else
    when the profile says so, else at the beginning of its period; a Workflow takes 5 minutes unless the profile says
    otherwise.

    Exit codes: 0 every run that had a reason to ran, and in time; 1 one never ran, or missed its startBy or deadline;
    2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen simulate graph.yaml
        depgen simulate graph.yaml --what-if sales=late:2h

    See also: test, why.
    """
    given = given_paths(paths, filename)

    from depgen.cli.findings import report
    from depgen.cli.inputs import read_manifests
    from depgen.locating import located
    from depgen.pipeline import live, load
    from depgen.simulate import supposing
    from depgen.simulate.forecasting import Wish, forecast
    from depgen.simulate.supposing import Supposition

    written = _checked(given, recursive, env, color)
    checked = live(written)
    habits = read_profile(profile, checked, color)
    mishaps = supposing.read(what_if or (), checked.graphs)
    crons = read_manifests(manifests or ())
    first = begin.date() if begin else today(checked.graphs[0].zone)
    wish = Wish(first, days, tuple(crons.files), Supposition(habits, mishaps, seed))
    told, problems = forecast(checked, wish, _Progress(checked.graphs[0].zone))
    report(located([*crons.problems, *problems], load(crons.files)), color)
    for graph in written.graphs:
        if graph.is_shadow:
            tell(f"graph {graph.name} is in shadow mode: this is what it would submit\n")
    emit(_rendered(told, checked, output, shows_colour(color, sys.stdout)))
    if not all(one.is_clean for one in told):
        raise typer.Exit(1)


def _checked(given: Sequence[str], recursive: bool, environment: str, color: Colour) -> Checked:
    """The graphs; ends the command with 2 and the findings if they have errors, or if there is none."""
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.errors import InputError
    from depgen.pipeline import check

    checked = check(read_graphs(given, recursive=recursive, environment=environment).load())
    if checked.has_errors:
        report(checked.findings, color)
        raise typer.Exit(2)
    if not any(graph.nodes for graph in checked.graphs):
        raise InputError("the graph has no nodes, so there is nothing to simulate")
    return checked


def read_profile(path: str | None, checked: Checked, color: Colour) -> Profile:
    """What the profile says; ends the command with 2 and the findings if it has errors."""
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.locating import located
    from depgen.simulate import profile

    if path is None:
        return profile.Profile()
    loaded = read_graphs([path], recursive=False).load()
    habits, problems = profile.Profile(), list(loaded.problems)
    for document in loaded.documents.values():
        habits, found = profile.read(document, checked.graphs)
        problems += found
    if problems:
        report(located(problems, loaded), color)
        raise typer.Exit(2)
    return habits


def today(zone: str) -> date:
    """The date by the clocks of a zone."""
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo(zone)).date()


def _rendered(told: Sequence[Timeline], checked: Checked, output: Format, has_colour: bool) -> str:
    if output is Format.TEXT:
        from depgen.report.forecast_text import text

        return text(told, _width(), has_colour)
    if output is Format.HTML:
        return _page(told, checked)
    from depgen.report import forecast

    return forecast.as_json(told) if output is Format.JSON else forecast.mermaid(told)


def _page(told: Sequence[Timeline], checked: Checked) -> str:
    from depgen.page.making import Asked, make
    from depgen.page.whole import forecast_days, whole

    made = make(checked, Asked(now=time.time(), told=tuple(told)))
    return whole(made, forecast_days(told, checked))


def _width() -> int:
    if not sys.stdout.isatty():
        return _WIDTH
    return min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))


class _Progress:
    """A bar on stderr, if that is a terminal and it takes long enough to be wondered at."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._is_watched = sys.stderr is not None and sys.stderr.isatty()
        self._next = time.monotonic() + _PATIENCE
        self._is_drawn = False

    def __call__(self, done: float, now: float, number: int) -> None:
        if not self._is_watched or (time.monotonic() < self._next and done < 1):
            return
        if done >= 1:
            tell("\r\x1b[K" if self._is_drawn else "")
            self._is_drawn = False
            return
        from depgen import keys

        self._next = time.monotonic() + 0.1
        self._is_drawn = True
        full = int(done * _BAR)
        at = keys.shown(int(now), self._zone)
        tell(f"\r\x1b[K{'█' * full}{'░' * (_BAR - full)} {100 * done:3.0f} %  {at}  {number} Workflows")
