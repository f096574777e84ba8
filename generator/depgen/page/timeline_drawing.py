"""Charts of days as HTML with SVG in it: places are calculated here, and the template prints them.

What a newcomer gets wrong: a drawing is as wide as its column of the page, so several days side by side are drawn
narrower, not smaller; else nobody could read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from depgen.page.document import templates
from depgen.page.lateness import Heat
from depgen.page.timeline import Bar, Chart, Row
from depgen.report.forecast_chart import Axis, label

ROW = 24
_HEAD = 22
_LETTER = 7.2  # of a name at twelve pixels


class Form(NamedTuple):
    """Widths of a chart: names, bars, and the words behind them."""

    names: int
    bars: int
    notes: int

    @property
    def width(self) -> int:
        """Of all of it."""
        return self.names + self.bars + self.notes


WIDE, NARROW = Form(170, 640, 290), Form(120, 430, 0)


@dataclass(frozen=True)
class Box:
    """A rectangle or, if it has no width, a line from top to bottom of its row."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Line:
    """A row as it is drawn."""

    name: str
    note: str
    y: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Picture:
    """A chart as it is drawn."""

    chart: Chart
    number: int
    height: float
    labels: tuple[tuple[float, str], ...]
    change: float | None
    lines: tuple[Line, ...]


def form_of(charts: Sequence[Chart]) -> Form:
    """Wide for one day, narrow for several beside each other."""
    return WIDE if len(charts) == 1 else NARROW


def html(charts: Sequence[Chart], supposed: Sequence[str] = (), heat: Heat | None = None) -> str:
    """The days, what was supposed of them, and how late nodes were."""
    form, drawn = form_of(charts), (chart for chart in charts if chart.axis)
    pictures = [_picture(chart, number, form) for number, chart in enumerate(drawn)]
    empty = [chart for chart in charts if not chart.axis]
    template = templates().get_template("days.html.j2")
    return template.render(pictures=pictures, empty=empty, form=form, supposed=supposed, heat=heat, ROW=ROW)


def _picture(chart: Chart, number: int, form: Form) -> Picture:
    axis = chart.axis
    assert axis
    place = _Place(axis, form)
    return Picture(
        chart=chart,
        number=number,
        height=_HEAD + ROW * len(chart.rows) + 6,
        labels=tuple(_labels(axis, place)),
        change=place.x(chart.change) if chart.change is not None and place.has(chart.change) else None,
        lines=tuple(_line(row, n, place, form) for n, row in enumerate(chart.rows)),
    )


@dataclass(frozen=True)
class _Place:
    axis: Axis
    form: Form

    def x(self, at: float) -> float:
        return round(self.form.names + self.axis.share(at) * self.form.bars, 1)

    def has(self, at: float) -> bool:
        return self.axis.begin <= at <= self.axis.end


def _labels(axis: Axis, place: _Place) -> Iterator[tuple[float, str]]:
    """Of the ticks as many as do not touch each other."""
    free = 0.0
    for at in axis.ticks():
        x = place.x(at)
        if free <= x < place.form.width - 36:
            free = x + 46
            yield x, label(at, axis.zone, at == axis.begin)


def _line(row: Row, number: int, place: _Place, form: Form) -> Line:
    y = _HEAD + ROW * number
    boxes = tuple(box for bar in row.bars for box in _boxes(bar, y, place))
    return Line(_cut(row.node, form.names - 10), _cut(row.note, form.notes - 12), y, boxes)


def _boxes(bar: Bar, y: float, place: _Place) -> Iterator[Box]:
    """From behind to in front: windows, waiting, running, clocks."""
    axis = place.axis
    for window in bar.windows:
        if window.end > axis.begin and window.begin < axis.end:
            yield _box("bar-window", window.begin, window.end, y + 1, ROW - 2, window.words, place)
    if bar.since is not None:
        until = axis.end if bar.begin is None else bar.begin
        if until > axis.begin:
            yield _box("bar-wait", bar.since, until, y + ROW / 2, 0, f"{bar.words}: waits", place)
    if bar.begin is not None:
        end = axis.end if bar.end is None else bar.end
        usual = max(bar.begin, end - bar.late_by)
        yield _box(_kind(bar), bar.begin, usual if bar.late_by else end, y + 5, ROW - 10, bar.words, place)
        if bar.late_by:
            yield _box("bar-late", usual, end, y + 5, ROW - 10, f"{bar.words}, late", place)
    for tick in bar.ticks:
        if place.has(tick.at):
            yield Box(f"mark {tick.kind}", place.x(tick.at), y + 2, 0, ROW - 4, tick.words)


def _box(kind: str, begin: float, end: float, y: float, height: float, words: str, place: _Place) -> Box:
    x = place.x(begin)
    return Box(kind, x, y, round(max(2.5, place.x(end) - x), 1), height, words)


def _kind(bar: Bar) -> str:
    if bar.fate == "failed":
        return "bar-failed"
    if bar.fate == "running":
        return "bar-running"
    return "bar-source" if bar.is_source else "bar-run"


def _cut(words: str, width: float) -> str:
    most = max(0, int(width / _LETTER))
    return words if len(words) <= most else f"{words[: most - 1]}…" if most else ""
