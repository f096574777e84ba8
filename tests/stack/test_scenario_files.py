"""The scenario files that the emulator plays, on the real Argo Events: what one says, the other has to say.

Every file in `tests/scenarios` is played, unless its `stack: {skip: why}` says why it cannot be, and some of those in
`rules` below it. They stand side by side in one control plane, each in a namespace of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.installed import InstalledStack
from tests.stack.moving import in_years_to_come
from tests.stack.scenario_stage import on_the_stack

from depgen.pipeline import InputFile
from depgen.report.scenario import text
from depgen.scenario import reading
from depgen.scenario.story import Story
from depgen.scenario.verdict import Verdict

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "scenarios"
# Of those that are there to notice broken programs: what asks something of Argo Events, too.
RULES = (
    "a-gate-without-its-tick",
    "again-and-the-past",
    "alerts-of-active-keys",
    "backfilled-without-times",
    "by-hand",
    "by-hand-on-other-keys",
    "by-hand-under-conditions",
    "parameters",
    "phases-and-groups",
    "times-of-facts",
)
PATHS = {
    path.name.removesuffix(reading.SUFFIX): path
    for path in (
        *sorted(FOLDER.glob(f"*{reading.SUFFIX}")),
        *(FOLDER / "rules" / f"{name}{reading.SUFFIX}" for name in RULES),
    )
}
PLAYED = [name for name, path in PATHS.items() if "\nstack: {skip: " not in path.read_text()]
# Where a story has a clock or a sweep.
OF_ITS_TIME = ("notBefore:", "startBy:", "deadline:", "cutoff:", "settle:", "sweep: true", "sweep: {")
AT_ONCE = 6
# Those that take longest: the others are played meanwhile.
LONG = ("s15-a-restarted-event-source", "s28-sixty-keys-in-a-row", "s12-a-backfill-of-an-upstream")
# What the documentation promises, and what the list of the language marks.
FEWEST = 50
MARKED = {f"s{number:02}" for number in (1, 2, 3, 6, 9, 11, 14, 15, 16, 19, 21, 25, 27, 28)}


def told(path: Path, now: float) -> Story:
    """The story of a file; one that hangs on its time in the first year in which it is still to come."""
    raw = path.read_bytes()
    story = _read(path, raw)
    if story.stack.near is None and any(word in raw.decode() for word in OF_ITS_TIME):
        return _read(path, in_years_to_come(raw, story.start, now))
    return story


def _read(path: Path, raw: bytes) -> Story:
    story, findings = reading.read(InputFile(str(path), raw), lambda _: [])
    assert story is not None, findings
    return story


@pytest.fixture(scope="module")
def verdicts(
    request: pytest.FixtureRequest, stack: LocalStack | InstalledStack
) -> Iterator[Mapping[str, Future[Verdict]]]:
    """What the stack made of each file that this run asks for; those that wait for a clock begin early."""
    if not isinstance(stack, LocalStack):
        pytest.skip("needs processes of our own")
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = {param["name"] for param in params if param.get("name") in PATHS}
    stories = {name: told(PATHS[name], time.time()) for name in wanted}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        names = sorted(wanted, key=lambda name: (name not in LONG, stories[name].stack.near is None, name))
        yield {name: pool.submit(on_the_stack, stories[name], stack) for name in names}


@pytest.mark.parametrize("name", PLAYED)
def test_a_scenario_goes_on_the_real_stack_as_it_is_told(
    name: str, verdicts: Mapping[str, Future[Verdict]]
) -> None:
    verdict = verdicts[name].result()
    assert verdict.has_passed, text([verdict])


def test_the_marked_scenarios_and_as_many_as_are_promised_are_played_on_the_real_stack() -> None:
    assert {name[:3] for name in PLAYED} >= MARKED
    assert len(PLAYED) >= FEWEST
    assert f"at least {FEWEST} files" in (ROOT / "docs" / "testing.md").read_text()
