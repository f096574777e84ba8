"""The whole page: a drawing with its data, the days beside it, and what a cluster says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depgen.page import timeline_drawing
from depgen.page.document import document
from depgen.page.lateness import Heat
from depgen.page.making import Made
from depgen.page.timeline import Chart, as_data, charts
from depgen.pipeline import Checked
from depgen.report.display import visible
from depgen.simulate.timeline import Timeline


@dataclass(frozen=True)
class Days:
    """Charts, what they suppose, and how late nodes were."""

    charts: tuple[Chart, ...] = ()
    supposed: tuple[str, ...] = ()
    heat: Heat | None = None


NO_DAYS = Days()


def forecast_days(told: Sequence[Timeline], checked: Checked, heat: Heat | None = None) -> Days:
    """The days of a forecast."""
    return Days(tuple(charts(told, checked)), tuple(_supposed(told)), heat)


def whole(
    made: Made, days: Days = NO_DAYS, live: Mapping[str, Any] | None = None, is_served: bool = False
) -> str:
    """The page as text."""
    data: dict[str, Any] = {**made.data, "live": live}
    html = ""
    if days.charts or days.heat:
        form = timeline_drawing.form_of(days.charts)
        data["timeline"] = as_data(days.charts, form.names, form.bars)
        html = timeline_drawing.html(days.charts, days.supposed, days.heat)
    return document(str(data["title"]), made.drawing, data, html, is_served)


def _supposed(told: Sequence[Timeline]) -> Iterator[str]:
    for timeline in told:
        yield from (f"{ground.node}: {visible(ground.text)}" for ground in timeline.grounds)
        yield from (f"{timeline.graph}: {name} is made up" for name in timeline.made_up)
