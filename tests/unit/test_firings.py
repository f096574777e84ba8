"""Firings and their keys, held against the programs that compute the keys in the cluster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jq
import pytest

from depgen import firings
from depgen.cron import parse
from depgen.model import KeyRule
from depgen.programs import KeyDefs
from depgen.times import Duration, period
from tests.compiled import zone_of_process

HELPERS = "def wall: localtime | mktime;\n"


def rule(every: str = "day", zone: str = "Europe/Paris", **more: Any) -> KeyRule:
    found = period(every)
    assert found is not None
    return KeyRule(found, zone, **more)


def key(of: KeyRule, moment: datetime) -> str:
    """What `key_start` says, in the writing of a key."""
    start = firings.key_start(of, moment)
    return start.wall.strftime(of.every.strftime) + ("b" if start.is_late else "")


def program_keys(of: KeyRule, moments: list[datetime]) -> list[str]:
    """What the record program says."""
    defs = KeyDefs(of.zone)
    body = defs.from_instant(of)
    text = HELPERS + "\n".join(defs.needed) + f"\n[.[] | {body}]"
    with zone_of_process(of.zone):
        found: list[str] = jq.compile(text).input_value([int(m.timestamp()) for m in moments]).first()
    return found


@pytest.mark.parametrize(
    "of",
    [
        rule(),
        rule(day_start=6 * 3600),
        rule(offset=Duration(days=-1)),
        rule(offset=Duration(months=-1)),
        rule(offset=Duration(seconds=-5400)),
        rule("week"),
        rule("week", day_start=6 * 3600),
        rule("month"),
        rule("month", offset=Duration(months=1)),
        rule("hour"),
        rule("hour", offset=Duration(days=-1)),
        rule("15m"),
        rule("15m", offset=Duration(months=-1)),
        rule("6h"),
        rule("hour", "Australia/Lord_Howe"),
        rule("30m", "Australia/Lord_Howe"),
        rule("day", "Africa/Cairo"),
        rule("day", "Pacific/Kiritimati"),
    ],
    ids=lambda of: f"{of.every.text}-{of.zone}-{of.day_start}-{of.offset}",
)
def test_a_key_is_what_the_record_program_says(of: KeyRule) -> None:
    moments = [firings.START + timedelta(minutes=37 * step) for step in range(0, 15_000, 3)]
    assert [key(of, moment) for moment in moments] == program_keys(of, moments)


def test_the_hour_that_comes_twice_fires_twice_and_shows_one_time() -> None:
    schedules = (parse("CRON_TZ=Europe/Paris 30 2 * * *"),)
    one, two = (
        m for m in firings.firings(schedules) if m.date() == datetime(2026, 10, 25, tzinfo=UTC).date()
    )
    assert [firings.shown(m, "Europe/Paris") for m in (one, two)] == ["2026-10-25 02:30", "2026-10-25 02:30"]
    assert firings.is_repeated_hour(one, two, schedules)
    assert not firings.is_repeated_hour(one, one + timedelta(hours=2), schedules)


def test_schedules_at_one_instant_are_one_firing_and_come_in_order() -> None:
    found = firings.firings((parse("0 6 * * *"), parse("0 6,5 * * 1")))
    assert len(found) == len(set(found))
    assert list(found) == sorted(found)
    assert [m.hour for m in found if m.weekday() == 0][:2] == [5, 6]


def test_a_schedule_for_every_minute_is_not_followed_to_its_end() -> None:
    assert len(firings.firings((parse("* * * * *"),))) == firings.MOST


def test_the_field_schedule_hides_schedules_and_the_zone_goes_before_each() -> None:
    spec = {"schedule": "0 6 * * *", "schedules": ["0 7 * * *"], "timezone": "Asia/Tokyo"}
    assert firings.schedules({"spec": spec}) == [("0 6 * * *", "CRON_TZ=Asia/Tokyo 0 6 * * *")]
    assert firings.schedules({"spec": {"schedules": ["@daily", 5]}}) == [("@daily", "@daily"), ("5", "5")]
    assert firings.schedules({"spec": None}) == []


def test_keys_follow_from_the_schedule_unless_something_else_dates_the_run() -> None:
    label = {"workflowMetadata": {"labels": {"depgen.io/key": "20261121"}}}
    assert firings.has_scheduled_keys(rule(), {"spec": {}})
    assert not firings.has_scheduled_keys(rule(), {"spec": label})
    assert not firings.has_scheduled_keys(rule(), {"spec": {"workflowSpec": label}})
    assert firings.has_scheduled_keys(rule(origin="scheduledTime"), {"spec": label})
    assert not firings.has_scheduled_keys(rule(origin="scheduledTime"), {"spec": {"when": "{{= true }}"}})
    assert not firings.has_scheduled_keys(rule(origin="finishedAt"), {"spec": {}})


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


def test_the_key_before_and_the_last_day_of_a_period() -> None:
    month, week, hour = period("month"), period("week"), period("hour")
    assert month is not None
    assert week is not None
    assert hour is not None
    start = datetime(2026, 3, 1)
    assert firings.moved_back(start, month, 1) == datetime(2026, 2, 1)
    assert firings.moved_back(start, hour, 25) == datetime(2026, 2, 27, 23)
    assert firings.last_day(start, month).isoformat() == "2026-03-31"
    assert firings.last_day(datetime(2026, 3, 2), week).isoformat() == "2026-03-08"
    assert firings.last_day(start, hour).isoformat() == "2026-03-01"
