"""Days as they were, from the history: the same charts that a forecast has.

A run is waited for since its upstreams began to end, which the history does not keep; what it keeps is when the last of
them was there, so a bar's waiting begins there and ends when it was submitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from depgen.history.records import FAILURES, Known
from depgen.model import Graph
from depgen.page.lateness import date_of
from depgen.page.timeline import Bar, Chart, Row, Tick, axis_around, change_of, windows
from depgen.pipeline import Checked
from depgen.report.forecast_chart import local


class _Span(NamedTuple):
    begin: float | None
    end: float | None


def past(found: Sequence[Known], checked: Checked, days: int) -> list[Chart]:
    """A chart for each graph on each of the newest days of which there is something, the oldest first."""
    return [chart for graph in checked.graphs for chart in _of_graph(found, checked, graph, days)]


def _of_graph(found: Sequence[Known], checked: Checked, graph: Graph, days: int) -> Iterator[Chart]:
    own = [
        (day, known)
        for known in found
        if known.run.graph == graph.name and known.run.node in graph.nodes
        if (day := date_of(known.run.key)) is not None
    ]
    for day in sorted({day for day, _ in own})[-days:]:
        yield _Past(checked, graph, day).chart([known for other, known in own if other == day])


@dataclass(frozen=True)
class _Past:
    checked: Checked
    graph: Graph
    day: date

    def chart(self, found: Sequence[Known]) -> Chart:
        rows: dict[str, list[Known]] = {}
        for known in sorted(found, key=lambda known: (_span(known).begin or 0.0, known.run.node)):
            rows.setdefault(known.run.node, []).append(known)
        drawn = tuple(self._row(node, of) for node, of in rows.items())
        moments = [at for row in drawn for bar in row.bars for at in (bar.begin, bar.end) if at is not None]
        return Chart(
            graph=self.graph.name,
            date=self.day,
            about="as it was",
            notes=(),
            axis=axis_around(moments, self.graph.zone),
            change=change_of(self.graph.zone, self.day),
            rows=drawn,
            foot=tuple(self._foot(found)),
        )

    def _row(self, node: str, found: Sequence[Known]) -> Row:
        bars = tuple(self._bar(known) for known in found)
        return Row(node, bars, bars[-1].words.partition(", ")[2] if len(bars) == 1 else f"{len(bars)} runs")

    def _bar(self, known: Known) -> Bar:
        run, span = known.run, _span(known)
        node = self.graph.nodes[run.node]
        every = self.checked.analyses[self.graph.name].every[run.node]
        failed = run.phase in FAILURES
        late = known.lateness or 0
        length = (span.end or 0) - (span.begin or 0)
        return Bar(
            node=run.node,
            key=run.key,
            fate="failed" if failed else "running" if span.end is None else "succeeded",
            is_source=node.source is not None,
            begin=span.begin,
            end=span.end,
            since=_at(run.waited_until),
            late_by=round(min(max(late, 0), length)),
            words=self._words(known, span),
            ticks=tuple(self._ticks(known)),
            windows=tuple(windows(self.graph, node, run.key, every)),
        )

    def _ticks(self, known: Known) -> Iterator[Tick]:
        if known.deadline is not None:
            at = known.deadline.timestamp()
            yield Tick("missed" if known.is_late else "deadline", at, f"deadline {self._local(at)}")

    def _words(self, known: Known, span: _Span) -> str:
        run = known.run
        parts = [f"{run.node} {run.key}", run.phase.lower()]
        if span.begin is not None:
            end = self._local(span.end) if span.end is not None else "now"
            parts.append(f"{self._local(span.begin)} to {end}")
        if run.waited_for:
            parts.append(f"waited last for {run.waited_for}")
        return ", ".join(parts)

    def _foot(self, found: Sequence[Known]) -> Iterator[str]:
        for known in found:
            if known.run.phase in FAILURES or known.is_late:
                what = known.run.phase.lower() if known.run.phase in FAILURES else "missed its deadline"
                yield f"{known.run.node} {known.run.key} {what}: {known.run.workflow or 'no Workflow'}"

    def _local(self, at: float) -> str:
        return local(at, self.graph.zone, self.day)


def _span(known: Known) -> _Span:
    run = known.run
    return _Span(_at(run.started_at or run.submitted_at or run.finished_at), _at(run.finished_at))


def _at(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
