"""Calendar events: ticks, as the process's clock shows them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from depgen.emulate import Emulator, Fault, Unsupported
from tests.emulated import START, after, dependency, event_source, logged, logging, said, sensor

PARIS = ZoneInfo("Europe/Paris")


def ticking(
    event: dict[str, Any], start: float = START, faults: tuple[Fault, ...] = (), **spec: Any
) -> Emulator:
    source = event_source(calendar={"e": event}, **spec)
    return Emulator([source, sensor([dependency("e")], logging("l", "e"))], start=start, faults=faults)


def times(emulated: Emulator) -> list[str]:
    return [json.loads(line.partition(" ")[2])["eventTime"] for line in logged(emulated)]


def paris(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


def test_the_payload_is_the_time_as_go_prints_it_in_the_zone_of_the_process() -> None:
    emulated = ticking({"schedule": "5 10 * * *", "timezone": "Europe/Paris", "metadata": {"a": "b"}})
    after(emulated, 86400)
    assert logged(emulated) == [
        'e {"eventTime":"2026-11-21 09:05:00.0004 +0000 UTC m=+3900.000400000","metadata":{"a":"b"}}'
    ]
    env: dict[str, Any] = {"template": {"container": {"env": [{"name": "TZ", "value": "Europe/Paris"}]}}}
    emulated = ticking({"schedule": "5 10 * * *"}, **env)
    after(emulated, 86400)
    assert times(emulated) == ["2026-11-21 10:05:00.0004 +0100 CET m=+3900.000400000"]


def test_an_interval_ticks_on_whole_seconds() -> None:
    emulated = ticking({"interval": "1m30s"}, start=START + 0.25)
    after(emulated, 200)
    assert said(emulated, "event") == [(90.0, "event", "src/e"), (180.0, "event", "src/e")]


def test_excluded_days_are_left_out() -> None:
    event = {
        "schedule": "0 12 * * *",
        "exclusionDates": ["EXDATE:20261122T000000Z,20261123T235959Z", "20261124T000000Z"],
    }
    emulated = ticking(event)
    after(emulated, 4 * 86400)
    assert [text[:10] for text in times(emulated)] == ["2026-11-21", "2026-11-24"]


def test_a_time_in_the_gap_does_not_tick_and_one_in_the_overlap_twice() -> None:
    event = {"schedule": "30 2 * * *", "timezone": "Europe/Paris"}
    spring = ticking(event, start=paris("2026-03-28T12:00"))
    spring.run_until(paris("2026-03-30T12:00"))
    autumn = ticking(event, start=paris("2026-10-24T12:00"))
    autumn.run_until(paris("2026-10-25T12:00"))
    assert [text[:16] for text in times(spring)] == ["2026-03-30 00:30"]
    assert [text[:16] for text in times(autumn)] == ["2026-10-25 00:30", "2026-10-25 01:30"]


def test_what_was_missed_while_it_was_down_is_not_made_up_for() -> None:
    emulated = ticking({"schedule": "0 * * * *"})
    emulated.stop("eventsource/src")
    after(emulated, 2.5 * 3600)
    emulated.start("eventsource/src")
    after(emulated, 3600)
    assert times(emulated) == ["2026-11-21 11:00:00.0004 +0000 UTC m=+1800.000400000"]


def test_a_skewed_clock_ticks_early_and_says_so() -> None:
    emulated = ticking({"schedule": "0 9 * * *"}, faults=(Fault("skew", "eventsource/src", seconds=10),))
    after(emulated, 86400)
    assert said(emulated, "event") == [(3590.0, "event", "src/e")]
    assert times(emulated) == ["2026-11-21 09:00:00.0004 +0000 UTC m=+3590.000400000"]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"schedule": "@daily"}, "five fields"),
        ({"schedule": "0 0 31 2 *"}, "never fires"),
        ({"schedule": "0 7 * * 7"}, "day of week"),
        ({"interval": "-1s"}, "interval"),
        ({}, "neither schedule nor interval"),
        ({"schedule": "0 7 * * *", "timezone": "Paris"}, "time zone"),
        ({"schedule": "0 7 * * *", "exclusionDates": ["EXDATE:20261122"]}, "EXDATE"),
        ({"schedule": "0 7 * * *", "persistence": {"catchup": {"enabled": True}}}, "persistence"),
        ({"schedule": "0 7 * * *", "filter": {"expression": "true"}}, "filter"),
    ],
)
def test_what_cannot_tick_is_refused(event: dict[str, Any], words: str) -> None:
    with pytest.raises(Unsupported) as refused:
        ticking(event)
    assert words in str(refused.value)
