"""What is said of schedules, and which are corrected. That robfig reads them so is in test_cron."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.cron import CronError, parse
from depgen.schedules import Remark, corrected, remarks


def told(schedule: object, **fields: Any) -> list[Remark]:
    return list(remarks("load", {"spec": {"schedule": schedule, **fields}}))


def meanings(schedule: str) -> list[str]:
    return [f"{remark.message.partition(', which ')[2] or remark.message}" for remark in told(schedule)]


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("0 6 * * 7", "0 6 * * 0"),
        ("0 6 * * 1,7", "0 6 * * 1,0"),
        ("0 6 * * 5-7", "0 6 * * 5-6,0"),
        ("0 6 * * 6-7", "0 6 * * 6,0"),
        ("0 6 * * 0-7", "0 6 * * 0-6"),
        ("0 6 * * FRI-MON", "0 6 * * fri-sat,sun-mon"),
        ("0 6 * * 5-1", "0 6 * * 5-6,0-1"),
        ("0 6 * * Sunday", "0 6 * * sun"),
        ("0  6 * *\tsunday-tuesday", "0  6 * *\tsun-tue"),
        ("0 24 * * *", "0 0 * * *"),
    ],
)
def test_what_can_mean_one_thing_only_is_corrected(text: str, better: str) -> None:
    assert corrected(text, f"CRON_TZ=Europe/Paris {text}") == better
    (remark,) = [r for r in told(text) if r.rule == "cron-syntax"]
    assert (remark.better, remark.hint[:6]) == (better, "write ")


@pytest.mark.parametrize(
    "text",
    [
        "0 24 1 * *",
        "0 24 * * 1",
        "0 0 6 * * 7",
        "0 6 L * *",
        "0 6 * * 1#2",
        "0 6 * * 7-2",
        "0 6 * * 8",
        "7",
        "",
    ],
)
def test_what_can_mean_several_things_is_not(text: str) -> None:
    assert corrected(text, text) is None


def test_a_schedule_in_a_zone_that_does_not_exist_is_not_corrected() -> None:
    assert corrected("0 6 * * 7", "CRON_TZ=Nowhere/There 0 6 * * 7") is None


@given(st.text("0123456789*/-,? 7fri", max_size=16))
def test_a_correction_can_be_read_and_needs_no_other(days: str) -> None:
    text = f"0 6 * * {days}"
    better = corrected(text, text)
    if better is not None:
        parse(better)
        assert corrected(better, better) in (None, better)


def test_a_day_of_the_month_and_one_of_the_week_are_either() -> None:
    expected = [
        'fires on the days "1-7" of a month and on the days "1" of a week too, not only where both agree'
    ]
    assert meanings("0 6 1-7 * 1") == expected
    assert meanings("0 6 * * 1") == meanings("0 6 1 * ?") == meanings("0 6 */1 * 1") == []


@pytest.mark.parametrize(
    "text",
    [
        "*/7 * * * *",
        "0 */5 * * *",
        "0 0 */2 * *",
        "0 0 1 */5 *",
        "0 0 * * */2",
        "0-59/7 * * * *",
        "*/90 * * * *",
    ],
)
def test_a_step_that_does_not_come_out_even(text: str) -> None:
    (remark,) = told(text)
    assert (remark.rule, "step" in remark.message) == ("cron-meaning", True)


@pytest.mark.parametrize(
    "text", ["*/15 * * * *", "0 */6 * * *", "0 0 1 */3 *", "*/1 * * * *", "5-9/3 * * * *", "@daily"]
)
def test_a_step_that_does(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("@every 1h", 'write "0 * * * *"'),
        ("@every 15m", 'write "*/15 * * * *"'),
        ("@every 1m", 'write "* * * * *"'),
        ("@every 6h", 'write "0 */6 * * *"'),
        ("@every 24h", 'write "0 0 * * *"'),
        ("@every 7h", "write times of the day"),
        ("@every 90m", "write times of the day"),
        ("@every 90s", "write times of the day"),
        ("@every 48h", "write times of the day"),
    ],
)
def test_an_interval_counts_from_some_moment_or_other(text: str, hint: str) -> None:
    (remark,) = told(text)
    assert (remark.rule, remark.hint) == ("cron-meaning", hint)
    if "write " in hint and '"' in hint:
        assert told(hint.split('"')[1]) == []


def test_an_interval_longer_than_argo_looks_away_need_never_come() -> None:
    assert "it may never come" in told("@every 20m")[0].message
    assert "its minutes move" in told("@every 19m")[0].message


def test_a_time_within_the_hour_of_a_clock_change() -> None:
    (remark,) = told("30 2 * * *", timezone="Europe/Paris")
    assert (remark.rule, remark.message) == (
        "cron-clock-change",
        'CronWorkflow "load" fires not at all on 2026-03-29 and twice on 2026-10-25, when the clocks change',
    )
    assert told("30 2 * * *") == told("30 2 * * *", timezone="Asia/Tokyo") == []
    assert told("30 * * * *", timezone="Europe/Paris") == []


def test_a_suspended_one_is_judged_by_whether_it_can_be_read() -> None:
    assert told("*/7 * * * *", suspend=True) == []
    assert [r.rule for r in told("0 6 * * 7", suspend=True)] == ["cron-syntax"]


def test_each_schedule_has_its_place() -> None:
    spec = {"schedules": ["0 6 * * *", "0 6 * * 7", "x"]}
    assert [r.route for r in remarks("load", {"spec": spec})] == [
        ("spec", "schedules", 1),
        ("spec", "schedules", 2),
    ]
    (both,) = remarks("load", {"spec": {"schedule": "0 6 * * *", "schedules": ["0 7 * * *"]}})
    assert (both.route, both.rule) == (("spec", "schedules"), "cron-syntax")


@pytest.mark.parametrize("spec", [{}, {"schedule": ""}, {"schedules": {}}, {"schedules": []}])
def test_one_without_a_schedule_starts_nothing(spec: dict[str, object]) -> None:
    (remark,) = remarks("load", {"spec": {**spec, "workflowSpec": {}}})
    assert remark.message == 'CronWorkflow "load" has no schedule'


@pytest.mark.parametrize("spec", [None, [], "x", {"suspend": True}])
def test_a_part_of_one_such_as_a_patch_is_not_judged(spec: object) -> None:
    assert list(remarks("load", {"spec": spec})) == []


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
)


@given(JUNK, JUNK, JUNK, JUNK)
def test_nothing_in_a_manifest_is_too_odd(
    schedule: object, schedules: object, zone: object, suspend: object
) -> None:
    spec = {"schedule": schedule, "schedules": schedules, "timezone": zone, "suspend": suspend}
    list(remarks("load", {"spec": spec}))


def test_the_corrections_are_needed() -> None:
    for text in ("0 6 * * 7", "0 6 * * FRI-MON", "0 6 * * sunday", "0 24 * * *"):
        with pytest.raises(CronError):
            parse(text)
