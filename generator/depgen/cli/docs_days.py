"""What `depgen docs` shows of days: a forecast, or what the history knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.page.whole import Days
    from depgen.pipeline import Checked, InputFile
    from depgen.simulate.profile import Profile
    from depgen.simulate.timeline import Timeline

# Of a history without --days: so many days in full, and so many in the map of lateness.
_DAYS, _HEAT_DAYS = 3, 31

DaysAhead = Annotated[
    int | None,
    typer.Option(
        "--days",
        min=1,
        max=31,
        help="Forecast so many days; with --history, show as many as they were.",
        show_default=False,
    ),
]
Begin = Annotated[
    datetime | None,
    typer.Option(
        "--from",
        formats=["%Y-%m-%d", "%Y%m%d"],
        help="The first day of the forecast; else today.",
        show_default=False,
    ),
]
ProfileFile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="Schedules, durations, phases and outputs to suppose, as for simulate.",
        show_default=False,
    ),
]
WhatIf = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        metavar="NODE=fail|late:2h|missing",
        help="A mishap in the forecast, as for simulate; repeatable.",
        show_default=False,
    ),
]
History = Annotated[
    str,
    typer.Option(
        "--history",
        metavar="URL",
        help="Show days as they were, and lateness: sqlite:///FILE or postgresql://USER@HOST/NAME.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class Wanted:
    """What was asked of days on the command line."""

    days: int | None
    begin: datetime | None
    profile: str | None
    what_if: tuple[str, ...]
    history: str

    @property
    def has_forecast(self) -> bool:
        """Whether days are to be played. A history shows its own days."""
        asked = self.days or self.begin or self.what_if
        return bool(asked) and not self.history

    def require_sense(self) -> None:
        """A usage error if the options contradict each other."""
        if self.history and (self.begin or self.what_if):
            raise typer.BadParameter(
                "is of days that were: --from and --what-if are of a forecast", param_hint="--history"
            )


def forecast(
    wanted: Wanted, profile: Profile, checked: Checked, crons: tuple[InputFile, ...]
) -> list[Timeline]:
    """The days that are to be played; none if none was asked for."""
    if not wanted.has_forecast:
        return []
    from depgen.cli.simulate import today
    from depgen.pipeline import live
    from depgen.simulate import forecasting, supposing

    first = wanted.begin.date() if wanted.begin else today(checked.graphs[0].zone)
    mishaps = supposing.read(wanted.what_if, checked.graphs)
    wish = forecasting.Wish(first, wanted.days or 1, crons, supposing.Supposition(profile, mishaps, 0))
    return forecasting.forecast(live(checked), wish)[0]


def profile_of(wanted: Wanted, checked: Checked, color: Colour) -> Profile:
    """What the profile says; ends the command with 2 and the findings if it has errors."""
    from depgen.cli.simulate import read_profile

    return read_profile(wanted.profile, checked, color)


def days_of(wanted: Wanted, told: list[Timeline], checked: Checked) -> Days:
    """The charts, of a forecast or of a history."""
    from depgen.page.whole import NO_DAYS, forecast_days

    if wanted.history:
        return _history(wanted, checked)
    return forecast_days(told, checked) if told else NO_DAYS


def _history(wanted: Wanted, checked: Checked) -> Days:
    from depgen.history import require_packages

    require_packages()
    from depgen.history import database as databases
    from depgen.history import migrations, queries
    from depgen.page.lateness import heat, newest
    from depgen.page.past import past
    from depgen.page.whole import Days

    graphs = tuple((graph.namespace, graph.name) for graph in checked.graphs)
    with databases.opened(wanted.history, writes=False) as kept, kept.reading() as connection:
        migrations.require_newest(connection)
        found = queries.matching(connection, queries.Question(graphs))
    known = newest(found, _HEAT_DAYS)
    charts = past(known, checked, wanted.days or _DAYS)
    return Days(tuple(charts), (), heat(known, checked.graphs[0].zone))
