"""The clocks of keys in Python, held against what the tick of a record Sensor makes of the same moment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from depgen.calendars import Calendar, calendar
from depgen.cluster import keytimes
from depgen.times import Period, wall_time
from tests.compiled import Compiled, compile_nodes

PARIS = "Europe/Paris"
MONTH, WEEK, DAY = Period("month"), Period("week"), Period("day")
BUSINESS = calendar("business", range(5), [date(2026, 12, 25), date(2027, 1, 1)], [date(2027, 1, 2)])
HEAD = (
    "calendars: {business: {days: [mon, tue, wed, thu, fri], holidays: ['2026-12-25', '2027-01-01'],"
    " extra: ['2027-01-02'], validThrough: '2030-12-31'}}\n"
)


def at(key: str, every: Period, text: str, known: Calendar | None = BUSINESS) -> str:
    """The moment of a time, on the clocks of Paris."""
    moment = keytimes.clock_at(key, every, wall_time(text), PARIS, calendar=known)
    return datetime.fromtimestamp(moment, ZoneInfo(PARIS)).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("key", "every", "text", "moment"),
    [
        ("202611", MONTH, "18:00 end+2bd", "Wed 2026-12-02 18:00"),
        ("202612", MONTH, "18:00 end+1bd", "Sat 2027-01-02 18:00"),
        ("202612", MONTH, "18:00 end+2bd", "Mon 2027-01-04 18:00"),
        ("202612", MONTH, "18:00+3bd", "Fri 2026-12-04 18:00"),
        ("2026w52", WEEK, "09:30 end+5bd", "Sat 2027-01-02 09:30"),
        ("20261224", DAY, "09:30+1bd", "Mon 2026-12-28 09:30"),
        ("20261224", DAY, "09:30 end+1bd", "Mon 2026-12-28 09:30"),
        ("20261224", DAY, "09:30", "Thu 2026-12-24 09:30"),
    ],
)
def test_open_days_are_counted_from_the_date_or_the_end_of_a_key(
    key: str, every: Period, text: str, moment: str
) -> None:
    assert at(key, every, text) == moment


def test_open_days_end_on_the_wall_clock_whatever_the_clocks_did_between() -> None:
    assert at("20260327", DAY, "02:30+1bd") == "Mon 2026-03-30 02:30"
    assert at("20261023", DAY, "02:30+1bd") == "Mon 2026-10-26 02:30"


def test_without_a_calendar_every_day_is_open() -> None:
    assert at("20261224", DAY, "09:30+1bd", None) == "Fri 2026-12-25 09:30"


def graph(every: str, time: str) -> Compiled:
    return compile_nodes(
        f"  a: {{source: {{cronWorkflow: a}}, key: {{every: {every}}}, runsOn: business}}\n"
        f"  r: {{run: {{workflowTemplate: r}}, dependsOn: [a], runsOn: business, cutoff: {time}}}\n",
        PARIS,
        HEAD,
    )


def ledger(compiled: Compiled, moment: int) -> str | None:
    """The ledger that the tick of a moment writes to."""
    names = [dependency["name"] for dependency in compiled.sensor("etl-record")["dependencies"]]
    (dependency,) = (name for name in names if name.startswith("at-"))
    text = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S.0000063 +0000 UTC m=+32.02")
    result: dict[str, Any] = compiled.run("etl-record", dependency, {"eventTime": text, "metadata": {}})
    return result["name"] if result["data"] and not result["name"].endswith("null") else None


@pytest.mark.parametrize(
    ("every", "text", "keys"),
    [
        ("month", "18:00 end+2bd", [f"{year}{month:02}" for year in (2026, 2027) for month in range(1, 13)]),
        ("week", "18:00+7bd", [*(f"2026w{n}" for n in range(45, 54)), "2027w01", "2027w02"]),
        (
            "day",
            "18:00+1bd",
            [f"202612{day:02}" for day in range(1, 32) if BUSINESS.is_open(date(2026, 12, day))],
        ),
    ],
)
def test_the_tick_at_that_moment_is_of_that_key(every: str, text: str, keys: list[str]) -> None:
    compiled = graph(every, f'"{text}"')
    for key in keys:
        moment = keytimes.clock_at(key, Period(every), wall_time(text), PARIS, True, BUSINESS)
        assert ledger(compiled, moment) == f"etl-{key}"
