"""Periods, durations, wall-clock times and zones, as they are written."""

from __future__ import annotations

from datetime import date

import pytest

from depgen.times import DAY, HOUR, Duration, Period, WallTime, duration, is_zone, period, wall_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day", Period("day")),
        ("week", Period("week")),
        ("month", Period("month")),
        ("hour", Period("slot", HOUR)),
        ("60m", Period("slot", HOUR)),
        ("6h", Period("slot", 6 * HOUR)),
        ("15m", Period("slot", 900)),
        ("7h", None),
        ("24h", None),
        ("50m", None),
    ],
)
def test_a_period_divides_the_day_or_is_none(text: str, expected: Period | None) -> None:
    assert period(text) == expected


@pytest.mark.parametrize("text", ["day", "week", "month", "hour", "6h", "15m"])
def test_a_period_is_told_as_it_was_written(text: str) -> None:
    found = period(text)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1h30m", Duration(seconds=5400)),
        ("45s", Duration(seconds=45)),
        ("2d", Duration(days=2)),
        ("-1w", Duration(days=-7)),
        ("1mo", Duration(months=1)),
        ("", Duration()),
    ],
)
def test_a_duration_is_elapsed_or_in_calendar_units(text: str, expected: Duration) -> None:
    assert duration(text) == expected


def test_the_longest_a_calendar_duration_can_be_counts_long_months_and_the_extra_hour() -> None:
    assert duration("1mo").longest == 31 * DAY + HOUR
    assert duration("1d").longest == DAY + HOUR
    assert duration("6h").longest == 6 * HOUR


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:00", WallTime(18 * HOUR)),
        ("02:30:15+1d", WallTime(2 * HOUR + 1815, 1)),
        ("18:00 end", WallTime(18 * HOUR, 0, True)),
        ("06:00 end+2d", WallTime(6 * HOUR, 2, True)),
    ],
)
def test_a_wall_clock_time_has_a_day(text: str, expected: WallTime) -> None:
    assert wall_time(text) == expected


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5"])
def test_zones_are_of_the_form_region_and_city(zone: str) -> None:
    assert is_zone(zone)


@pytest.mark.parametrize(
    "zone", ["CET", "EST5EDT", "+02:00", "europe/paris", "Europe/Pari", "../etc/passwd", "", "/"]
)
def test_other_zones_are_refused(zone: str) -> None:
    assert not is_zone(zone)


def test_keys_repeat_only_where_a_period_fits_into_the_hour_that_comes_twice() -> None:
    assert Period("slot", HOUR).repeats("Europe/Paris")
    assert not Period("slot", 2 * HOUR).repeats("Europe/Paris")
    assert Period("slot", 2 * HOUR).repeats("Antarctica/Troll")
    assert not Period("slot", HOUR).repeats("Australia/Lord_Howe")
    assert not Period("day").repeats("Europe/Paris")


def test_the_key_of_a_date_is_that_of_the_period_around_it() -> None:
    day = date(2027, 1, 1)
    keys = {
        text: found.key(day) for text in ("day", "week", "month", "hour", "15m") if (found := period(text))
    }
    assert keys == {
        "day": "20270101",
        "week": "2026w53",
        "month": "202701",
        "hour": "20270101t00",
        "15m": "20270101t0000",
    }
