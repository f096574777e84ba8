"""Keys of moments, held against the programs that compute them in the cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jq
import pytest

from depgen import keys
from depgen.engine import zone_of_process
from depgen.keydefs import KeyDefs
from depgen.model import KeyRule
from depgen.times import Duration, period

NEW_YEAR = 1767225600
HELPERS = "def wall: localtime | mktime;\n"


def rule(every: str = "day", zone: str = "Europe/Paris", **more: Any) -> KeyRule:
    found = period(every)
    assert found is not None
    return KeyRule(found, zone, **more)


def key(of: KeyRule, moment: int) -> str:
    """What `key_start` says, in the writing of a key."""
    start = keys.key_start(of, moment)
    return start.wall.strftime(of.every.strftime) + ("b" if start.is_late else "")


def program_keys(of: KeyRule, moments: list[int]) -> list[str]:
    """What the record program says."""
    defs = KeyDefs(of.zone)
    body = defs.from_instant(of)
    text = HELPERS + "\n".join(defs.needed) + f"\n[.[] | {body}]"
    with zone_of_process(of.zone):
        found: list[str] = jq.compile(text).input_value(moments).first()
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
    moments = [NEW_YEAR + 37 * 60 * step for step in range(0, 15_000, 3)]
    assert [key(of, moment) for moment in moments] == program_keys(of, moments)


def test_the_key_before_and_the_last_day_of_a_period() -> None:
    month, week, hour = period("month"), period("week"), period("hour")
    assert month is not None
    assert week is not None
    assert hour is not None
    start = datetime(2026, 3, 1)
    assert keys.moved_back(start, month, 1) == datetime(2026, 2, 1)
    assert keys.moved_back(start, hour, 25) == datetime(2026, 2, 27, 23)
    assert keys.last_day(start, month).isoformat() == "2026-03-31"
    assert keys.last_day(datetime(2026, 3, 2), week).isoformat() == "2026-03-08"
    assert keys.last_day(start, hour).isoformat() == "2026-03-01"
