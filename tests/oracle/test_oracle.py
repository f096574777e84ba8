"""The oracle itself, on what is known: a reading that never says anything would agree with many."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.oracle import moments
from tests.oracle.oracle import expected
from tests.oracle.story import Completion, End, Story

PARIS = "Europe/Paris"
GRAPH = """
graph: etl
timezone: UTC
nodes:
  a: {source: {cronWorkflow: a-load}}
  b: {source: {cronWorkflow: b-load}}
  report: {run: {params: {day: {key: "%Y-%m-%d"}, rows: {from: a, output: rows, default: none}}}, dependsOn: [a, b]}
  page: {run: {}, dependsOn: [{node: report, status: failure}]}
"""


def at(hour: int, minute: int = 0) -> int:
    """A time of 21 November."""
    return int(datetime(2026, 11, 21, hour, minute, tzinfo=UTC).timestamp())


def ended(node: str, hour: int, phase: str = "Succeeded", key: str = "20261121") -> Completion:
    """A Workflow of a source."""
    return Completion(node, at(hour), hour, key=key, phase=phase)


def runs(*completions: Completion, phase: str = "Succeeded") -> list[tuple[str, int]]:
    """Names and hours of what starts."""
    story = Story(GRAPH, at(0), at(23), completions, {"report": (End(60, phase, {}),)}, None)
    return [(started.name, (started.at - at(0)) // 3600) for started in expected(story)]


def test_a_run_starts_when_its_last_upstream_succeeds() -> None:
    assert runs(ended("a", 3), ended("b", 5)) == [("etl-report-20261121", 5)]


def test_a_failure_withdraws_a_success_and_a_retry_restores_it() -> None:
    assert runs(ended("a", 3), ended("a", 4, "Failed"), ended("b", 5)) == []
    assert runs(ended("a", 3, "Failed"), ended("a", 4), ended("b", 5)) == [("etl-report-20261121", 5)]


def test_yesterday_does_not_join_today() -> None:
    assert runs(ended("a", 3, key="20261120"), ended("b", 5)) == []


def test_a_run_that_fails_makes_what_waits_for_that() -> None:
    found = runs(ended("a", 3), ended("b", 5), phase="Failed")
    assert found == [("etl-report-20261121", 5), ("etl-page-20261121", 5)]


def test_parameters_come_from_the_key_and_from_facts() -> None:
    done = Completion("a", at(3), 1, key="20261121", outputs={"rows": "7"})
    story = Story(GRAPH, at(0), at(23), (done, ended("b", 5)), {}, None)
    assert expected(story)[0].params == (("day", "2026-11-21"), ("rows", "7"))


def test_the_second_of_two_equal_hours_has_a_key_of_its_own() -> None:
    first = moments.start("20261025t02", "hour", PARIS)
    assert moments.key_at(first + 3600, "hour", PARIS) == "20261025t02b"
    assert moments.neighbour("20261025t02b", "hour", PARIS, 1) == "20261025t03"
    assert moments.start("20261025t02b", "hour", PARIS) == first + 3600


def test_a_skipped_hour_has_no_key_and_a_time_in_it_is_the_first_after_it() -> None:
    assert moments.neighbour("20260329t01", "hour", PARIS, 1) == "20260329t03"
    shown = datetime(2026, 3, 29, 2, 30)
    assert moments.wall(moments.first_instant(shown, PARIS), PARIS) == datetime(2026, 3, 29, 3, 0)


def test_weeks_and_months_know_their_neighbours() -> None:
    assert moments.neighbour("2026w53", "week", PARIS, 1) == "2027w01"
    assert moments.neighbour("202612", "month", PARIS, 1) == "202701"
    assert moments.last_day_of("202802", "month").isoformat() == "2028-02-29"
