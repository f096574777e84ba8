"""Every scenario file, of the language and of the examples, on the emulator: what ships does what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from depgen.cli.inputs import read_graphs
from depgen.pipeline import InputFile
from depgen.report.scenario import text
from depgen.scenario import reading
from depgen.scenario.emulated import Emulated
from depgen.scenario.playing import play

ROOT = Path(__file__).parents[2]
FILES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("tests/scenarios", "examples")
    for path in (ROOT / folder).rglob(f"*{reading.SUFFIX}")
)


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_goes_as_it_is_told(name: str) -> None:
    file = InputFile(str(ROOT / name), (ROOT / name).read_bytes())
    story, findings = reading.read(file, lambda path: read_graphs([path], recursive=False).files)
    assert story is not None, [f"{f.position.line}: {f.text} [{f.rule}]" for f in findings]
    verdict = play(story, Emulated)
    assert verdict.has_passed, text([verdict])


def test_every_scenario_of_the_language_has_a_file() -> None:
    numbers = {name.rpartition("/")[2][:3] for name in FILES if name.startswith("tests/")}
    assert numbers >= {f"s{number:02}" for number in range(1, 31)}


def test_every_example_has_a_scenario() -> None:
    examples = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()}
    assert examples == {name.split("/")[1] for name in FILES if name.startswith("examples/")}
