"""Firings, held against the walk that is held against robfig's."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from depgen import firings, keys
from depgen.cron import parse
from depgen.model import KeyRule
from depgen.times import DAILY


@pytest.mark.parametrize(
    "zone",
    ["Europe/Paris", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "UTC", "America/Havana"],
)
@pytest.mark.parametrize(
    "text",
    ["0 18 * * *", "30 2 * * *", "0 0 * * *", "15 */6 * * 1-5", "0 12 13 * 5", "0 3 1 1,3,10 *", "@every 7h"],
)
def test_firings_are_those_of_the_walk(text: str, zone: str) -> None:
    schedule = parse(f"CRON_TZ={zone} {text}")
    begin = datetime.combine(firings.START, datetime.min.time(), ZoneInfo(zone))
    end = datetime.combine(firings.START + timedelta(days=firings.DAYS), datetime.min.time(), ZoneInfo(zone))
    walked = [int(moment.timestamp()) for moment in schedule.between(begin, end, firings.UNZONED)]
    assert list(firings.firings((schedule,))) == walked


def test_the_hour_that_comes_twice_fires_twice_and_shows_one_time() -> None:
    schedules = (parse("CRON_TZ=Europe/Paris 30 2 * * *"),)
    moments = firings.firings(schedules)
    one, two = (moment for moment in moments if keys.shown(moment, "Europe/Paris") == "2026-10-25 02:30")
    assert firings.is_repeated_hour(one, two, schedules)
    assert not firings.is_repeated_hour(one, one + 2 * 3600, schedules)


def test_schedules_at_one_instant_are_one_firing_and_come_in_order() -> None:
    found = firings.firings((parse("0 6 * * *"), parse("0 6,5 * * 1")))
    assert len(found) == len(set(found))
    assert list(found) == sorted(found)
    assert [keys.shown(moment, "UTC") for moment in found[4:6]] == ["2026-01-05 05:00", "2026-01-05 06:00"]


def test_a_schedule_for_every_minute_is_not_followed_to_its_end() -> None:
    assert len(firings.firings((parse("* * * * *"),))) == firings.MOST


def test_the_field_schedule_hides_schedules_and_the_zone_goes_before_each() -> None:
    spec = {"schedule": "0 6 * * *", "schedules": ["0 7 * * *"], "timezone": "Asia/Tokyo"}
    assert firings.schedules({"spec": spec}) == [("0 6 * * *", "CRON_TZ=Asia/Tokyo 0 6 * * *")]
    assert firings.schedules({"spec": {"schedules": ["@daily", 5]}}) == [("@daily", "@daily"), ("5", "5")]
    assert firings.schedules({"spec": None}) == []


def test_keys_follow_from_the_schedule_unless_something_else_dates_the_run() -> None:
    label = {"workflowMetadata": {"labels": {"depgen.io/key": "20261121"}}}
    assert firings.has_scheduled_keys(KeyRule(DAILY, "Europe/Paris"), {"spec": {}})
    assert not firings.has_scheduled_keys(KeyRule(DAILY, "Europe/Paris"), {"spec": label})
    assert not firings.has_scheduled_keys(KeyRule(DAILY, "Europe/Paris"), {"spec": {"workflowSpec": label}})
    assert firings.has_scheduled_keys(KeyRule(DAILY, "Europe/Paris", origin="scheduledTime"), {"spec": label})
    assert not firings.has_scheduled_keys(
        KeyRule(DAILY, "Europe/Paris", origin="scheduledTime"), {"spec": {"when": "{{= true }}"}}
    )
    assert not firings.has_scheduled_keys(KeyRule(DAILY, "Europe/Paris", origin="finishedAt"), {"spec": {}})


@pytest.mark.parametrize(
    ("zone", "gaps"),
    [
        ("Europe/Paris", [("2026-03-29 02:00", "2026-03-29 03:00")]),
        ("Australia/Lord_Howe", [("2026-10-04 02:00", "2026-10-04 02:30")]),
        ("Africa/Cairo", [("2026-04-24 00:00", "2026-04-24 01:00")]),
        ("Asia/Tokyo", []),
    ],
)
def test_what_the_clocks_leave_out(zone: str, gaps: list[tuple[str, str]]) -> None:
    found = firings.clock_gaps(ZoneInfo(zone))
    assert [(f"{low:%Y-%m-%d %H:%M}", f"{high:%Y-%m-%d %H:%M}") for low, high in found] == gaps


def test_a_schedule_asks_for_times_that_do_not_exist() -> None:
    low, high = datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 3)
    assert firings.fires_on_wall(parse("CRON_TZ=Europe/Paris 30 2 * * *"), low, high)
    assert not firings.fires_on_wall(parse("0 3 * * *"), low, high)
    assert not firings.fires_on_wall(parse("30 2 * * 1"), low, high)
    assert not firings.fires_on_wall(parse("@every 1h"), low, high)
