"""Schedules in words, and when nodes start next."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from depgen import manifests
from depgen.cron import parse
from depgen.page.schedule import in_words
from depgen.page.starts import Starts, starts
from depgen.pipeline import Checked
from depgen.simulate.profile import Habit, Profile
from tests.pages import nodes

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()

WORDS = {
    "0 18 * * *": "at 18:00 every day",
    "30 6,18 * * *": "at 06:30 and 18:30 every day",
    "0 18 * * 1-5": "at 18:00 on Monday to Friday",
    "0 18 * * 0,6": "at 18:00 on Sunday and Saturday",
    "5 * * * *": "at minute 5 of every hour",
    "0 * * * *": "every hour",
    "* * * * *": "every minute",
    "*/15 * * * *": "every 15 minutes",
    "0,30 8-18 * * *": "every 30 minutes in hours 8 to 18 every day",
    "7,22 * * * *": "at minutes 7 and 22",
    "0 6 1,15 * *": "at 06:00 on day 1 and 15 of the month",
    "0 6 1 * 1": "at 06:00 on day 1 of the month, and on Monday too",
    "0 6 1 1,7 *": "at 06:00 on day 1 of the month in January and July",
    "@monthly": "at 00:00 on day 1 of the month",
}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_a_schedule_is_told_in_words(text: str, words: str) -> None:
    assert in_words(parse(text)) == f"{words}, UTC"
    assert in_words(parse(f"CRON_TZ=Europe/Paris {text}")) == f"{words}, Europe/Paris"


def test_an_interval_is_counted_from_when_argo_takes_it_up() -> None:
    assert in_words(parse("@every 1h30m")) == "every 1 hour 30 minutes, counted from when Argo takes it up"


GRAPH = nodes("""
load: {source: {cronWorkflow: load}}
stock: {source: {cronWorkflow: stock}}
unknown: {source: {cronWorkflow: unknown}}
report:
  run: {workflowTemplate: report}
  dependsOn: [load, stock]
mail:
  run: {workflowTemplate: mail}
  notBefore: "23:30"
  dependsOn: [report]
other:
  run: {workflowTemplate: other}
  dependsOn: [load, unknown]
before:
  run: {workflowTemplate: before}
  dependsOn: [{node: load, match: {offset: -1}}]
""")
CRON = """
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: load, namespace: data}
spec: {schedule: "0 18 * * *", timezone: Europe/Paris, workflowSpec: {}}
"""


def found(checked: Checked, profile: Profile) -> Starts:
    graph = checked.graphs[0]
    given = manifests.read([("crons.yaml", CRON.encode())], graph.namespace)[0]
    return starts(graph, checked.analyses[graph.name], given, profile, NOW)


def told(of: Starts, node: str) -> list[str]:
    there = ZoneInfo("Europe/Paris")
    return [
        f"{datetime.fromtimestamp(start.at, there):%d %H:%M} {start.key}" for start in of.next.get(node, ())
    ]


STOCK = Profile({("etl", "stock"): Habit((parse("CRON_TZ=Europe/Paris 15 19 * * *"),))})


def test_a_source_starts_when_its_cron_workflow_fires_or_the_profile_says() -> None:
    of = found(GRAPH, STOCK)
    assert told(of, "load")[:2] == ["21 18:00 20261121", "22 18:00 20261122"]
    assert told(of, "stock")[:2] == ["21 19:15 20261121", "22 19:15 20261122"]
    assert len(told(of, "load")) == 5
    assert list(of.schedules) == ["load", "stock"]


def test_a_run_starts_with_the_last_of_its_sources_and_not_before_its_gate() -> None:
    of = found(GRAPH, STOCK)
    assert told(of, "report")[:2] == ["21 19:15 20261121", "22 19:15 20261122"]
    assert told(of, "mail")[0] == "21 23:30 20261121"


def test_nothing_is_said_where_an_upstream_is_unknown_or_of_another_key() -> None:
    of = found(GRAPH, STOCK)
    assert told(of, "other") == told(of, "before") == told(of, "unknown") == []
    assert told(found(GRAPH, Profile()), "report") == []
