"""Days as charts: what ran when, what it waited for and until when it might, of a forecast or of a day that was.

Both become the same values, so that there is one drawing. Instants are in seconds since 1970; a chart is one graph on
one day by the clocks of its zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cluster import keytimes
from depgen.model import Graph, Node
from depgen.pipeline import Checked
from depgen.report.display import visible
from depgen.report.forecast_chart import Axis, local
from depgen.report.forecast_text import note_of, summary
from depgen.simulate.timeline import Day, Fate, Item, Timeline
from depgen.times import Period

# Of so many columns an axis thinks when it chooses its steps.
_LABELS = 100


class Window(NamedTuple):
    """When an upstream of a node has to end."""

    begin: float
    end: float
    words: str


class Tick(NamedTuple):
    """A clock of a node: `kind` is the name of its field, or `missed`."""

    kind: str
    at: float
    words: str


class Bar(NamedTuple):
    """A node at a key. `since` is when it began to wait; `words` say it all, `late_by` is how much of it is late."""

    node: str
    key: str
    fate: str
    is_source: bool
    begin: float | None
    end: float | None
    since: float | None
    late_by: int
    words: str
    ticks: tuple[Tick, ...] = ()
    windows: tuple[Window, ...] = ()


class Row(NamedTuple):
    """A node's bars on a day, and what stands behind them."""

    node: str
    bars: tuple[Bar, ...]
    note: str


@dataclass(frozen=True)
class Chart:
    """One graph on one day. `axis` is None if nothing happened; `change` is when its clocks change."""

    graph: str
    date: date
    about: str
    notes: tuple[str, ...]
    axis: Axis | None
    change: float | None
    rows: tuple[Row, ...]
    foot: tuple[str, ...]

    @property
    def bars(self) -> Iterator[Bar]:
        """All of them."""
        return (bar for row in self.rows for bar in row.bars)


def charts(told: Sequence[Timeline], checked: Checked) -> list[Chart]:
    """A chart for each day and graph of a forecast."""
    graphs = {graph.name: graph for graph in checked.graphs}
    return [
        _Forecast(timeline, graphs[timeline.graph], checked.analyses[timeline.graph].every).chart(day)
        for timeline in told
        for day in timeline.days
    ]


def axis_around(moments: Iterable[float], zone: str) -> Axis | None:
    """An axis that holds all of them; None of nothing."""
    found = list(moments)
    return Axis.around(found, _LABELS, zone) if found else None


def change_of(notes_zone: str, day: date) -> float | None:
    """The instant of a day at which the clocks change."""
    there = ZoneInfo(notes_zone)
    low, high = (keys.instant(keys.midnight(date.fromordinal(day.toordinal() + n)), there) for n in (0, 1))
    return float(keys.first_with_offset(low, high, there)) if high - low != 86400 else None


def windows(graph: Graph, node: Node, key: str, every: Period) -> Iterator[Window]:
    """The windows of a node's edges at a key."""
    calendar = graph.calendar(node.id)
    for edge in node.edges.leaves:
        if edge.window is not None:
            begin, end = (
                keytimes.clock_at(key, every, time, graph.zone, False, calendar)
                for time in (edge.window.start, edge.window.end)
            )
            yield Window(begin, end, f"{edge.upstream} has to end in it")


def as_data(found: Sequence[Chart], left: float, width: float) -> dict[str, Any]:
    """What the page's script reads; `left` and `width` are where bars are in the drawing."""
    days = [_day(chart, left, width) for chart in found if chart.axis]
    return {"zone": next((chart.axis.zone for chart in found if chart.axis), "UTC"), "days": days}


def _day(chart: Chart, left: float, width: float) -> dict[str, Any]:
    assert chart.axis
    items = [
        {
            "node": f"{chart.graph}/{bar.node}",
            "key": bar.key,
            "fate": bar.fate,
            "begin": bar.begin,
            "end": bar.end,
            "since": bar.since,
        }
        for bar in chart.bars
    ]
    return {
        "begin": chart.axis.begin,
        "end": chart.axis.end,
        "left": left,
        "width": width,
        "items": items,
    }


@dataclass(frozen=True)
class _Forecast:
    told: Timeline
    graph: Graph
    every: Mapping[str, Period]

    def chart(self, day: Day) -> Chart:
        items = [item for item in self.told.of_day(day) if item.fate is not Fate.IDLE]
        rows: dict[str, list[Item]] = {}
        for item in items:
            rows.setdefault(item.node, []).append(item)
        return Chart(
            graph=self.told.graph,
            date=day.date,
            about=summary(self.told) if len(self.told.days) == 1 else "",
            notes=tuple(day.notes),
            axis=axis_around((at for item in items for at in item.moments), self.told.zone),
            change=change_of(self.told.zone, day.date) if day.change else None,
            rows=tuple(self._row(node, found, day) for node, found in rows.items()),
            foot=tuple(self._foot(items, day)),
        )

    def _row(self, node: str, items: Sequence[Item], day: Day) -> Row:
        bars = tuple(self._bar(item, day) for item in items)
        return Row(node, bars, note_of(self.told, items)[0])

    def _bar(self, item: Item, day: Day) -> Bar:
        node = self.graph.nodes[item.node]
        return Bar(
            node=item.node,
            key=item.key,
            fate=str(item.fate),
            is_source=item.is_source,
            begin=item.begin,
            end=item.end,
            since=item.since,
            late_by=item.late_by,
            words=self._words(item, day),
            ticks=tuple(
                Tick(
                    "missed" if mark.is_missed else mark.name,
                    mark.at,
                    f"{mark.name} {self._at(mark.at, day)}",
                )
                for mark in item.marks
                if mark.is_missed or mark.name in ("notBefore", "deadline", "startBy", "cutoff")
            ),
            windows=tuple(windows(self.graph, node, item.key, self.every[item.node])),
        )

    def _words(self, item: Item, day: Day) -> str:
        parts = [f"{item.node} {item.key} {item.fate}"]
        if item.begin is not None and item.end is not None:
            parts.append(f"{self._at(item.begin, day)} to {self._at(item.end, day)}")
        if item.last:
            parts.append(f"waited last for {item.last.what}")
        parts += [visible(finding.text) for finding in item.reasons]
        return ", ".join(parts)

    def _foot(self, items: Sequence[Item], day: Day) -> Iterator[str]:
        for item in items:
            if item.fate is Fate.NEVER:
                why = "; ".join(f"{visible(finding.text)} [{finding.reason}]" for finding in item.reasons)
                yield f"{item.node} {item.key} never ran: {why}"
        for alert in self.told.alerts:
            if self.told.day_of(alert.key) == day.date:
                yield f"{self._at(alert.at, day)} alert: {alert.node} {alert.key} {alert.kind}, {alert.workflow}"

    def _at(self, at: float, day: Day) -> str:
        return local(at, self.told.zone, day.date)
