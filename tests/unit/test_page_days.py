"""The days of the page: charts of a forecast and of a history, and how late nodes were. Made of plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime

from depgen import pipeline
from depgen.history.records import Known, Run
from depgen.page import timeline_drawing
from depgen.page.lateness import heat, newest
from depgen.page.past import past
from depgen.page.timeline import as_data, change_of, charts
from depgen.pipeline import Checked, InputFile
from depgen.simulate.forecasting import Wish, forecast

PARIS = "Europe/Paris"
GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
nodes:
  sales: {source: {cronWorkflow: sales-load}}
  report:
    run: {workflowTemplate: report}
    dependsOn: [{node: sales, window: {from: "00:00", to: "06:00"}}]
    notBefore: "03:00"
    deadline: "05:00"
    onMiss: {run: {workflowTemplate: page-oncall}}
"""


def checked() -> Checked:
    """The graph, without errors."""
    found = pipeline.check(pipeline.load([InputFile("graph.yaml", GRAPH.encode())]))
    assert not found.has_errors, [finding.text for finding in found.findings]
    return found


def at(day: int, clock: str) -> datetime:
    """A time of November 2026, in UTC."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=UTC)


def run(
    node: str,
    day: int,
    begin: str,
    end: str | None,
    phase: str = "Succeeded",
    deadline: datetime | None = None,
) -> Known:
    """A run of a key, with times of its day."""
    key = f"202611{day:02}"
    ended = at(day, end) if end else None
    told = Run(
        "data", "etl", node, key, f"u-{day}", f"{node}-{key}", phase, 3, at(day, begin), at(day, begin), ended
    )
    return Known(told, deadline)


NIGHTS = [
    run("report", 21, "03:00", "05:30", deadline=at(21, "04:00")),
    run("sales", 21, "00:00", "01:00"),
    run("report", 20, "03:00", "03:20", deadline=at(20, "04:00")),
    run("sales", 20, "00:00", "02:30"),
    run("report", 19, "03:00", "03:20", "Failed", at(19, "04:00")),
    run("sales", 19, "00:00", "01:00"),
]


def test_a_forecast_has_windows_clocks_and_what_was_waited_for_last() -> None:
    found = checked()
    told, _ = forecast(found, Wish(date(2026, 11, 21)))
    (chart,) = charts(told, found)
    sales, report = chart.rows
    (bar,) = report.bars
    assert [row.node for row in chart.rows] == ["sales", "report"]
    assert sales.bars[0].is_source
    assert bar.words == "report 20261121 succeeded, 03:00 to 03:05, waited last for notBefore"
    assert [tick.kind for tick in bar.ticks] == ["notBefore", "deadline"]
    assert [(w.begin, w.end) for w in bar.windows] == [
        (at(20, "23:00").timestamp(), at(21, "05:00").timestamp())
    ]


def test_a_day_that_was_is_a_chart_like_one_that_will_be() -> None:
    *_, chart = past(NIGHTS, checked(), 3)
    sales, report = chart.rows
    assert chart.date == date(2026, 11, 21)
    assert (sales.bars[0].begin, sales.bars[0].end) == (
        at(21, "00:00").timestamp(),
        at(21, "01:00").timestamp(),
    )
    assert report.bars[0].late_by == 5400
    assert [tick.kind for tick in report.bars[0].ticks] == ["missed"]
    assert chart.foot == ("report 20261121 missed its deadline: report-20261121",)


def test_the_newest_days_are_shown_and_the_oldest_of_them_first() -> None:
    assert [chart.date.day for chart in past(NIGHTS, checked(), 2)] == [20, 21]
    assert {known.run.key for known in newest(NIGHTS, 2)} == {"20261120", "20261121"}


def test_a_run_that_goes_on_has_no_end() -> None:
    (chart,) = past(
        [run("sales", 21, "00:00", None, "Running"), run("report", 21, "03:00", "04:00")], checked(), 1
    )
    assert [(bar.fate, bar.end is None) for bar in chart.bars] == [("running", True), ("succeeded", False)]
    html = timeline_drawing.html([chart])
    assert 'class="bar-running"' in html


def test_nodes_and_graphs_that_are_gone_are_left_out() -> None:
    assert past([run("gone", 21, "00:00", "01:00")], checked(), 3) == []


def test_late_is_after_the_deadline_or_without_one_after_the_usual() -> None:
    found = heat(NIGHTS, PARIS)
    assert found
    assert [day.isoformat() for day in found.days] == ["2026-11-19", "2026-11-20", "2026-11-21"]
    squares = {row.node: [(square.kind, square.text) for square in row.squares] for row in found.rows}
    assert squares == {
        "etl/report": [("h-failed", "✘"), ("h-time", "−40m"), ("h-later", "+1h30")],
        "etl/sales": [("h-time", "0m"), ("h-later", "+1h30"), ("h-time", "0m")],
    }


def test_a_day_without_a_run_is_empty_and_keys_without_a_date_have_no_column() -> None:
    weekly = Known(NIGHTS[0].run._replace(node="weekly", key="2026w47"), None)
    found = heat([*NIGHTS[:2], run("sales", 20, "00:00", "01:00"), weekly], PARIS)
    assert found
    assert [row.node for row in found.rows] == ["etl/report", "etl/sales"]
    assert found.rows[0].squares[0].kind == "empty"
    assert heat([weekly], PARIS) is None


def test_the_clocks_change_at_an_instant() -> None:
    assert change_of(PARIS, date(2026, 10, 25)) == datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()
    assert change_of(PARIS, date(2026, 10, 26)) is None


def test_what_the_script_reads_lies_where_it_is_drawn() -> None:
    found = past(NIGHTS, checked(), 1)
    form = timeline_drawing.form_of(found)
    (day,) = as_data(found, form.names, form.bars)["days"]
    html = timeline_drawing.html(found)
    begin, end = at(21, "00:00").timestamp(), at(21, "01:00").timestamp()
    left = day["left"] + (begin - day["begin"]) / (day["end"] - day["begin"]) * day["width"]
    width = (end - begin) / (day["end"] - day["begin"]) * day["width"]
    assert f'<rect class="bar-source" x="{left:.1f}"' in html
    assert f'width="{width:.1f}"' in html
    assert day["items"][0]["node"] == "etl/sales"
