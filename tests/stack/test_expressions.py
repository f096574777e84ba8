"""What authors may use in expressions and formats is alike in both jq engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jq
import pytest
from tests.stack.build import Binaries
from tests.stack.gojq import Gojq, GojqError
from tests.unit.test_expressions import REFUSED, TAKEN

from depgen.expressions import FUNCTIONS
from depgen.lint.key_format import ALIKE

LITERALS = {"true", "false", "null"}
FACT = {
    "finishedAt": "2026-11-21T10:00:00Z",
    "ok": True,
    "outputs": {"rows": "12"},
    "phase": "Succeeded",
    "wall": "2026-11-21T11:00:00",
    "workflow": "load-1795255200",
    "x": [1, 2, 3],
    "y": 0.25,
    "z": None,
}


@pytest.fixture(scope="module")
def gojq(binaries: Binaries) -> Iterator[Gojq]:
    """The engine of a Sensor, in a zone that is not the machine's."""
    with Gojq(binaries.events, "Asia/Kathmandu") as engine:
        yield engine


def libjq(program: str, payload: Any) -> Any:
    """The first answer of the engine in this process."""
    return jq.compile(program).input_value(payload).first()


def test_every_function_is_in_both_engines(gojq: Gojq) -> None:
    names = '{names: [builtins[] | split("/")[0]]}'
    for engine in (gojq.run, libjq):
        assert sorted(FUNCTIONS - LITERALS - set(engine(names, {})["names"])) == []


def test_every_format_of_a_key_is_alike_in_both_engines(gojq: Gojq) -> None:
    fields = ", ".join(
        f'"{letter}": [.days[] | . * 86400 + 3723 | strftime("%{letter}")]' for letter in sorted(ALIKE)
    )
    days = {"days": [*range(0, 40_000, 97), *range(20_000, 22_000)]}
    assert gojq.run(f"{{{fields}}}", days) == libjq(f"{{{fields}}}", days)


@pytest.mark.parametrize("text", TAKEN)
def test_an_expression_that_is_taken_is_alike_in_both_engines(gojq: Gojq, text: str) -> None:
    # As it stands in the program of a node.
    program = f"{{ok: ([any(({text}\n); .)?][0] // false), all: [({text}\n)?]}}"
    assert gojq.run(program, FACT) == libjq(program, FACT)


@pytest.mark.parametrize("text", [text for text, reason in REFUSED.items() if "not a complete" in reason])
def test_what_is_no_expression_is_none_in_a_sensor_either(gojq: Gojq, text: str) -> None:
    with pytest.raises(GojqError):
        gojq.run(f"{{ok: ({text}\n)}}", FACT)
