"""The scenario files that the emulator plays, on the real Argo Events: what one says, the other has to say.

They stand side by side in one control plane, each in a namespace of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.installed import InstalledStack
from tests.stack.scenario_stage import on_the_stack

from depgen.pipeline import InputFile
from depgen.report.scenario import text
from depgen.scenario import reading
from depgen.scenario.story import Story
from depgen.scenario.verdict import Verdict

FOLDER = Path(__file__).parents[1] / "scenarios"
AT_ONCE = 6
# Those that take longest: the others are played meanwhile.
LONG = ("s15-a-restarted-event-source", "s28-sixty-keys-in-a-row")


def told(path: Path, now: float) -> Story:
    """The story of a file; one with clocks or a sweep in the first year in which it is still to come."""
    story = _read(path, path.read_bytes())
    if story.stack.near is not None or not (_has_clocks(story) or _is_swept(story)):
        return story
    return _read(path, in_years_to_come(path.read_bytes(), story.start, now))


def _read(path: Path, raw: bytes) -> Story:
    story, findings = reading.read(InputFile(str(path), raw), lambda _: [])
    assert story is not None, findings
    return story


def _has_clocks(story: Story) -> bool:
    nodes = (node for file in story.files for node in load(file.path, file.raw)[0].data["nodes"].values())
    return any(clock in node for node in nodes for clock in CLOCKS)


def _is_swept(story: Story) -> bool:
    return story.stack.sweeps or any(isinstance(step.action, Sweep) for step in story.steps)


PATHS = {path.name.removesuffix(reading.SUFFIX): path for path in sorted(FOLDER.rglob(f"*{reading.SUFFIX}"))}
STORIES = {name: told(path, time.time()) for name, path in PATHS.items()}
PLAYED = [name for name, story in STORIES.items() if not story.stack.skip]


@pytest.fixture(scope="module")
def verdicts(
    request: pytest.FixtureRequest, stack: LocalStack | InstalledStack
) -> Iterator[Mapping[str, Future[Verdict]]]:
    """What the stack made of each file that this run asks for."""
    if not isinstance(stack, LocalStack):
        pytest.skip("needs processes of our own")
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = {param["name"] for param in params if param.get("name") in STORIES}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        names = sorted(wanted, key=lambda name: (name not in LONG, STORIES[name].stack.near is None, name))
        yield {name: pool.submit(on_the_stack, STORIES[name], stack) for name in names}


@pytest.mark.parametrize("name", PLAYED)
def test_a_scenario_goes_on_the_real_stack_as_it_is_told(
    name: str, verdicts: Mapping[str, Future[Verdict]]
) -> None:
    verdict = verdicts[name].result()
    assert verdict.has_passed, text([verdict])
