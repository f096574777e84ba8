"""Our cron against robfig's: golden firings made by the Go original, and properties that hold for every schedule.

`cron_golden.json` is made anew by `go run -C tests/stack/go/cron . > tests/unit/cron_golden.json`, which says what
is in it. Only that needs Go.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgen.cron import CronError, Schedule, parse

GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("cron_golden.json").read_text(encoding="utf-8"))
ACCEPTED = [expression for expression, rows in GOLDEN["cases"].items() if rows is not None]
REFUSED = [expression for expression, rows in GOLDEN["cases"].items() if rows is None]
PARIS = ZoneInfo("Europe/Paris")
ZONES = [
    "Africa/Cairo",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Paris",
    "Pacific/Apia",
    "UTC",
]


def firings(schedule: Schedule, after: datetime, zone: ZoneInfo, count: int) -> list[datetime]:
    """What `next` gives when it is asked again and again."""
    found: list[datetime] = []
    while len(found) < count and (firing := schedule.next(after, zone)) is not None:
        found.append(after := firing)
    return found


def distances(start: int, times: list[datetime]) -> list[int]:
    """Seconds from a start to the first time, and from each to the next."""
    return [int(b) - int(a) for a, b in pairwise([start, *(at.timestamp() for at in times)])]


def local(text: str, zone: ZoneInfo = PARIS) -> datetime:
    """A wall-clock time of the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def clocks_change(zone: str, start: int) -> bool:
    """Whether they do within the two days around the start."""
    around = (datetime.fromtimestamp(start + hours * 3600, ZoneInfo(zone)) for hours in range(-24, 25))
    return len({at.utcoffset() for at in around}) > 1


def test_the_golden_table_is_a_broad_one() -> None:
    assert len(ACCEPTED) >= 200
    assert len(REFUSED) >= 90
    assert {zone for zone, _ in GOLDEN["starts"]} >= {"Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"}
    assert len({zone for zone, start in GOLDEN["starts"] if clocks_change(zone, start)}) >= 6


@pytest.mark.parametrize("expression", ACCEPTED)
def test_firings_are_those_of_robfig(expression: str) -> None:
    schedule = parse(expression)
    for (name, start), row in zip(GOLDEN["starts"], GOLDEN["cases"][expression], strict=True):
        zone = ZoneInfo(name)
        after = datetime.fromtimestamp(start, UTC)
        assert (name, start, distances(start, firings(schedule, after, zone, 6))) == (
            name,
            start,
            GOLDEN["rows"][row],
        )


@pytest.mark.parametrize("expression", ACCEPTED)
def test_an_interval_holds_the_firings_that_next_gives(expression: str) -> None:
    schedule = parse(expression)
    for (name, start), row in zip(GOLDEN["starts"], GOLDEN["cases"][expression], strict=True):
        begin = datetime.fromtimestamp(start if schedule.every else start + 1, UTC)
        end = begin + timedelta(days=366 * 30)
        found = islice(schedule.between(begin, end, ZoneInfo(name)), 6)
        assert (name, start, distances(start, list(found))) == (name, start, GOLDEN["rows"][row])


@pytest.mark.parametrize("expression", REFUSED)
def test_what_robfig_refuses_is_refused(expression: str) -> None:
    with pytest.raises(CronError, match=r"found .*, expected "):
        parse(expression)


MESSAGES = [
    ("* * * *", 'found 4 fields in "* * * *", expected 5: minute, hour, day of month, month, day of week'),
    ("60 * * * *", 'minute: found "60", expected 0 to 59'),
    ("* * * * 7", 'day of week: found "7", expected 0 to 6 or sun to sat'),
    ("* * * january *", 'month: found "january", expected 1 to 12 or jan to dec'),
    ("* * * * FRI-MON", 'day of week: found "FRI-MON", expected a range that does not end before it begins'),
    ("*/0 * * * *", 'minute: found "*/0", expected a whole number above 0 after "/"'),
    ("1-2-3 * * * *", 'minute: found "1-2-3", expected at most one "-" and one "/"'),
    ("@every 1d", 'found duration "1d", expected one such as 1h30m'),
    ("@every 3000000h", 'found duration "3000000h", expected one such as 1h30m, of less than 292 years'),
    ("TZ=Mars/Olympus 0 0 * * *", 'found time zone "Mars/Olympus", expected one such as Europe/Paris'),
    ("TZ=UTC", 'found "TZ=UTC", expected a schedule after the time zone'),
    (
        "@reboot",
        'found "@reboot", expected @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly '
        "or @every with a duration",
    ),
]


@pytest.mark.parametrize(("expression", "message"), MESSAGES)
def test_an_error_says_what_was_found_and_what_is_expected(expression: str, message: str) -> None:
    with pytest.raises(CronError) as caught:
        parse(expression)
    assert str(caught.value) == message


def test_a_schedule_is_five_sets_and_two_stars() -> None:
    assert parse("0,30 6-8 1/10 */6 MON") == Schedule(
        minutes=frozenset({0, 30}),
        hours=frozenset({6, 7, 8}),
        days=frozenset({1, 11, 21, 31}),
        months=frozenset({1, 7}),
        weekdays=frozenset({1}),
    )


@pytest.mark.parametrize(
    ("fields", "stars"),
    [
        ("* *", (True, True)),
        ("? 1", (True, False)),
        ("*/1 1", (True, False)),
        ("*/2 1", (False, False)),
        ("1 1,*", (False, True)),
    ],
)
def test_a_step_of_two_takes_the_star_away(fields: str, stars: tuple[bool, bool]) -> None:
    day, weekday = fields.split()
    schedule = parse(f"0 0 {day} * {weekday}")
    assert (schedule.any_day, schedule.any_weekday) == stars


def test_a_time_in_the_spring_gap_is_left_out() -> None:
    times = firings(parse("30 2 * * *"), local("2024-03-30T00:00"), PARIS, 2)
    assert times == [local("2024-03-30T02:30"), local("2024-04-01T02:30")]


def test_a_time_in_the_autumn_overlap_comes_twice() -> None:
    times = firings(parse("30 2 * * *"), local("2024-10-27T00:00"), PARIS, 3)
    assert [at.isoformat() for at in times] == [
        "2024-10-27T02:30:00+02:00",
        "2024-10-27T02:30:00+01:00",
        "2024-10-28T02:30:00+01:00",
    ]


def test_a_schedule_that_never_comes_has_no_next() -> None:
    assert parse("0 0 31 2 *").next(local("2024-01-01T00:00"), PARIS) is None


def test_a_leap_day_further_than_five_years_off_is_not_found() -> None:
    assert parse("0 0 29 2 *").next(local("2096-03-01T00:00"), PARIS) is None
    assert parse("0 0 29 2 *").next(local("2099-01-01T00:00"), PARIS) == local("2104-02-29T00:00")


def test_an_instant_within_a_second_counts_as_that_second() -> None:
    schedule = parse("* * * * *")
    assert schedule.next(local("2024-05-01T09:59:59.999999"), PARIS) == local("2024-05-01T10:00")
    assert schedule.next(local("2024-05-01T10:00:00.5"), PARIS) == local("2024-05-01T10:01")


def test_an_interval_has_its_start_and_not_its_end() -> None:
    schedule = parse("0 * * * *")
    times = schedule.between(local("2024-05-01T10:00"), local("2024-05-01T12:00"), PARIS)
    assert list(times) == [local("2024-05-01T10:00"), local("2024-05-01T11:00")]
    times = schedule.between(local("2024-05-01T10:00:00.000001"), local("2024-05-01T12:00:00.000001"), PARIS)
    assert list(times) == [local("2024-05-01T11:00"), local("2024-05-01T12:00")]


def test_an_interval_may_lie_within_an_overlap() -> None:
    start, end = datetime(2024, 10, 27, 0, 15, tzinfo=UTC), datetime(2024, 10, 27, 1, 15, tzinfo=UTC)
    inside = list(parse("*/30 * * * *").between(start.astimezone(PARIS), end.astimezone(PARIS), PARIS))
    assert [at.isoformat() for at in inside] == ["2024-10-27T02:30:00+02:00", "2024-10-27T02:00:00+01:00"]


def test_a_prefix_overrules_the_zone_that_is_given() -> None:
    firing = parse("CRON_TZ=Asia/Tokyo 0 9 * * *").next(local("2024-05-01T12:00"), PARIS)
    assert firing == datetime(2024, 5, 2, tzinfo=UTC)
    assert firing is not None
    assert firing.isoformat() == "2024-05-02T09:00:00+09:00"


def test_every_counts_from_the_start_of_an_interval() -> None:
    times = parse("@every 25m").between(local("2024-05-01T10:00"), local("2024-05-01T11:15"), PARIS)
    assert list(times) == [local("2024-05-01T10:25"), local("2024-05-01T10:50")]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        parse("* * * * *").next(datetime(2024, 5, 1), PARIS)


def test_a_walk_over_a_day_that_the_zone_left_out_comes_to_an_end() -> None:
    apia = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
    times = firings(parse("0 9 29,31 * 0"), local("2011-12-27T12:00", apia), apia, 3)
    assert [at.isoformat() for at in times] == [
        "2011-12-29T09:00:00-10:00",
        "2011-12-31T09:00:00+14:00",
        "2012-01-01T09:00:00+14:00",
    ]
    assert parse("0 9 30 12 *").next(local("2011-12-01T00:00", apia), apia) == local("2012-12-30T09:00", apia)


def test_an_overlap_beside_the_hour_does_not_repeat_a_firing() -> None:
    zone = ZoneInfo("America/St_Johns")  # went back at 00:01, to 23:01 of the day before
    times = firings(parse("25-28 */3 * * *"), datetime(1990, 10, 28, 2, 0, tzinfo=UTC), zone, 3)
    assert all(earlier < later for earlier, later in pairwise(at.timestamp() for at in times))


def test_a_year_of_five_minute_firings_takes_well_under_a_second() -> None:
    schedule = parse("*/5 * * * *")
    began = time.process_time()
    count = sum(1 for _ in schedule.between(local("2026-01-01T00:00"), local("2027-01-01T00:00"), PARIS))
    assert count == 365 * 24 * 12
    assert time.process_time() - began < 1


def field(lowest: int, highest: int) -> st.SearchStrategy[str]:
    """A cron field: stars more often than not, so that firings are not too rare."""
    number = st.integers(lowest, highest)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(st.one_of(st.just("*"), span, number.map(str)), st.integers(1, 9)).map(
        "{0[0]}/{0[1]}".format
    )
    parts = st.lists(st.one_of(number.map(str), span, stepped), min_size=1, max_size=3).map(",".join)
    return st.one_of(st.sampled_from("*?"), parts)


expressions = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).map(" ".join)
instants = st.integers(
    int(datetime(1995, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2035, 1, 1, tzinfo=UTC).timestamp())
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


@settings(deadline=None)
@given(expressions, instants, zones)
def test_next_is_later_and_on_a_full_minute(expression: str, instant: int, zone: ZoneInfo) -> None:
    after = datetime.fromtimestamp(instant, zone)
    firing = parse(expression).next(after, zone)
    assert firing is None or (firing.timestamp() > instant and firing.second == firing.microsecond == 0)


@settings(deadline=None)
@given(expressions, instants)
def test_where_clocks_never_change_next_is_the_first_minute_that_matches(
    expression: str, instant: int
) -> None:
    utc, schedule = ZoneInfo("UTC"), parse(expression)
    after = datetime.fromtimestamp(instant, UTC)
    firing = schedule.next(after, utc)
    end = after + timedelta(days=2)
    minutes = (after.replace(second=0) + timedelta(minutes=n) for n in range(1, 2 * 1440))
    plain = (
        at
        for at in minutes
        if at.minute in schedule.minutes
        and at.hour in schedule.hours
        and at.month in schedule.months
        and schedule.match_day(at)
    )
    assert next(plain, None) == (firing if firing is not None and firing < end else None)


@settings(deadline=None, max_examples=60)
@given(expressions, instants, zones)
def test_an_interval_is_the_chain_of_next(expression: str, instant: int, zone: ZoneInfo) -> None:
    schedule, after = parse(expression), datetime.fromtimestamp(instant, UTC)
    chain = firings(schedule, after, zone, 300)
    end = datetime.fromtimestamp(chain[-1].timestamp() + 1, UTC) if chain else after + timedelta(days=400)
    inside = schedule.between(after + timedelta(seconds=1), end, zone)
    assert [at.timestamp() for at in inside] == [at.timestamp() for at in chain]


@settings(deadline=None)
@given(st.text(alphabet="0123456789*/-,? @TZ=CRONevryhmsu.+daily", max_size=30))
def test_any_text_is_a_schedule_or_a_cron_error(text: str) -> None:
    try:
        schedule = parse(text)
    except CronError:
        return
    assert schedule.every or schedule.minutes <= set(range(60))
