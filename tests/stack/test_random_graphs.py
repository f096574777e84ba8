"""A sample of the random graphs of tests/oracle on the real stack: it, the emulator and the oracle agree.

Several graphs stand side by side in one control plane, each in a namespace of its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.oracle.retelling import sample, scenario
from tests.stack.cluster import LocalStack
from tests.stack.scenario_stage import on_the_stack

from depgen.pipeline import InputFile
from depgen.report.scenario import text
from depgen.scenario.emulated import Emulated
from depgen.scenario.playing import play
from depgen.scenario.reading import read
from depgen.scenario.story import Story

EACH = 5
AT_ONCE = 5


@pytest.fixture(scope="module")
def told() -> list[Story]:
    """The sample, half of it with edges over several keys."""
    found = []
    for number, story in enumerate([*sample(EACH, is_wide=False), *sample(EACH, is_wide=True)]):
        file = InputFile(f"random-{number}.scenario.yaml", scenario(story, f"Random graph {number}").encode())
        made, findings = read(file, lambda _: [])
        assert made, [finding.text for finding in findings]
        found.append(made)
    return found


def test_the_emulator_and_the_oracle_agree_on_the_sample(told: list[Story]) -> None:
    assert len(told) == 2 * EACH
    verdicts = [play(story, Emulated) for story in told]
    assert all(verdict.has_passed for verdict in verdicts), text(verdicts)


def test_the_real_stack_and_the_oracle_agree_on_the_sample(told: list[Story], local: LocalStack) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = list(pool.map(lambda story: on_the_stack(story, local), told))
    assert all(verdict.has_passed for verdict in verdicts), text(verdicts)
