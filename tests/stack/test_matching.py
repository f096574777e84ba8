"""The second half of the language on the real Argo Events: several keys, closed days, reruns, the past, parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.stack.deployed import ANY_DATE, Deployed, deployed
from tests.stack.services import Stack

CALENDAR = "calendars: {week: {days: [mon, tue, wed, thu, fri]}}\n"
NODES = """
    sales: {source: {cronWorkflow: sales}}
    stock: {source: {cronWorkflow: stock}, runsOn: week}
    hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
    rolled:
      run: {workflowTemplate: held, params: {day: {from: hourly, output: rows}}}
      every: day
      dependsOn: [{node: hourly, match: {within: key}}]
    trend: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: sales, match: {last: 3}}]}
    fresh: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [sales], onRerun: refresh}
    before: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: stock, match: {offset: -1}}]}
    alarm:
      run: {workflowTemplate: held, params: {day: {from: $trigger, field: node}}}
      per: upstream
      dependsOn: [{node: sales, status: failure}, {node: stock, status: failure}]
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES, head=ANY_DATE + CALENDAR) as graph:
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


def weekday(graph: Deployed, number: int) -> int:
    """The first day of a test that is this day of the week, Monday 0."""
    return next(day for day in range(7) if graph.date(day).weekday() == number)


def test_a_day_is_rolled_up_when_its_last_hour_is_there_and_reads_all_of_them(graph: Deployed) -> None:
    midnight = graph.date().replace(hour=0)
    for hour in [*range(1, 24), 0]:
        assert graph.run("rolled") not in graph.namespace.runs()
        at = midnight + timedelta(hours=hour)
        graph.namespace.complete_cron("hourly", at, outputs={"rows": str(hour)})
    graph.wait_for_runs([graph.run("rolled")], timeout=60)
    rows = json.loads(graph.params(graph.run("rolled"))["day"])
    assert [one["value"] for one in rows] == [str(hour) for hour in range(24)]
    graph.assert_no_errors()


def test_the_last_three_days_join_in_whatever_order_they_come(graph: Deployed) -> None:
    for day in (2, 0, 1):
        graph.cron("sales", day)
    fresh = [graph.run("fresh", day) for day in range(3)]
    graph.wait_for_runs([*fresh, graph.run("trend", 2)])
    graph.assert_no_errors()


def test_an_upstream_that_completes_again_makes_a_second_run_and_no_third(graph: Deployed) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    graph.cron("sales", finished_at=now - timedelta(minutes=2))
    graph.wait_for_runs([graph.run("fresh")])
    graph.cron("sales", suffix="abcde", finished_at=now - timedelta(minutes=1))
    graph.wait_for_runs([graph.run("fresh"), graph.run("fresh") + "-r2"])
    graph.cron("sales", suffix="fghij", finished_at=now - timedelta(minutes=3))
    graph.namespace.quiet(1)
    graph.wait_for_runs([graph.run("fresh"), graph.run("fresh") + "-r2"])
    graph.assert_no_errors()


def test_the_key_before_is_that_of_friday_from_saturday_to_monday(graph: Deployed) -> None:
    friday = weekday(graph, 4)
    graph.cron("stock", friday)
    graph.wait_for_runs([graph.run("before", friday + days) for days in (1, 2, 3)])
    graph.assert_no_errors()


def test_each_failed_upstream_has_an_alarm_of_its_own(graph: Deployed) -> None:
    graph.cron("sales", phase="Failed")
    graph.wait_for_runs([graph.run("alarm-sales")])
    graph.cron("stock", phase="Error")
    graph.wait_for_runs([graph.run("alarm-sales"), graph.run("alarm-stock")])
    assert graph.params(graph.run("alarm-stock"))["day"] == "stock"
    graph.assert_no_errors()
