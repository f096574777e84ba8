"""Two engines run the jq programs: gojq in a Sensor, libjq on a laptop. Their answers must be the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import jq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.golden.examples import EXAMPLES
from tests.stack.build import Binaries
from tests.stack.events import calendar_events, foreign_events, ledger_events, workflow_events
from tests.stack.gojq import Gojq
from tests.stack.odd_events import payloads
from tests.stack.programs import Program, every_program, programs
from tests.stack.recording import recorded

from depgen.engine import zone_of_process

# Clocks go back an hour, an hour on another date, and half an hour.
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")
# A clock in the program of a tick.
CLOCK = re.compile(r'"([a-z-]+\.(?:notBefore|startBy|deadline|cutoff|settle-[a-z-]+))"[],]')


@cache
def libjq(text: str) -> Any:
    return jq.compile(text)


def assert_same(program: Program, payload: Any, gojq: Gojq, zone: str) -> dict[str, Any]:
    """Both engines' one answer, which says whether to go on."""
    with zone_of_process(zone):
        answers = libjq(program.text).input_value(payload).all()
    assert len(answers) == 1, program.name
    assert gojq.run(program.text, payload) == answers[0], (program.name, zone, payload)
    answer: dict[str, Any] = answers[0]
    go_on = answer.get("fire", answer.get("fresh"))
    assert isinstance(go_on, bool), program.name
    return answer


def ordinary(program: Program, zone: str) -> Iterator[dict[str, Any]]:
    """What may well happen."""
    match program.resource:
        case "calendar":
            return calendar_events(program, zone)
        case "foreign":
            return foreign_events()
        case "workflows":
            return workflow_events(program)
    return ledger_events(program)


@pytest.fixture(scope="module")
def engines(binaries: Binaries) -> Iterator[dict[str, Gojq]]:
    """gojq in each zone."""
    zones = sorted({*ZONES, *(program.zone for program in programs())})
    with ExitStack() as running:
        yield {zone: running.enter_context(Gojq(binaries.events, zone)) for zone in zones}


def test_both_engines_give_the_same_answers_to_ordinary_events(engines: dict[str, Gojq]) -> None:
    answers = []
    for program in programs():
        zone = program.zone
        answers += [
            (program.name, assert_same(program, payload, engines[zone], zone))
            for payload in ordinary(program, zone)
        ]
    # The payloads reach what they are meant to: every run and alert fires, and there are entries of all kinds.
    deciding = {name for name, answer in answers if "fire" in answer}
    assert deciding == {name for name, answer in answers if answer.get("fire")}
    data = {name: value for _, answer in answers for name, value in answer.get("data", {}).items()}
    assert {name.partition(".")[0] for name in data} == {"run", "invalid", "clock", "shadow"}
    clocks = {f"clock.{name}" for program in programs() for name in CLOCK.findall(program.text)}
    assert {name for name in data if name.startswith("clock.")} == clocks
    assert any('"offset":' in value for value in data.values())
    assert any('"errors":' in value for value in data.values())


@pytest.mark.parametrize("zone", ZONES[:1])
def test_both_engines_give_the_same_answers_to_what_really_came(zone: str, engines: dict[str, Gojq]) -> None:
    for resource in ("workflows", "configmaps", "calendar"):
        payloads_of = recorded(resource)
        assert payloads_of, resource
        for program in programs():
            if program.resource == resource:
                for payload in payloads_of:
                    assert_same(program, payload, engines[zone], zone)


def test_the_programs_are_those_of_every_example() -> None:
    named = {program.name.partition("/")[0] for program in every_program()}
    assert named >= {example.name for example in EXAMPLES}


@settings(
    max_examples=800, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_both_engines_give_the_same_answers_to_odd_events(
    engines: dict[str, Gojq], data: st.DataObject
) -> None:
    program = data.draw(st.sampled_from(programs()))
    payload = data.draw(payloads(program))
    zone = data.draw(st.sampled_from(ZONES))
    assert_same(program, payload, engines[zone], zone)
