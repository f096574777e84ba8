"""The examples of the repository and what they are to compile to."""

from __future__ import annotations

from pathlib import Path

from depgen import pipeline
from depgen.calendars import LOCK
from depgen.pipeline import InputFile

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())


def inputs(example: Path) -> list[InputFile]:
    """The graph files of an example, and those that their calendars name."""
    graphs = [
        path
        for path in sorted(example.glob("*.yaml"))
        if not path.name.endswith((".scenario.yaml", ".profile.yaml"))
    ]
    beside = [path for pattern in ("*.txt", "*.ics", LOCK) for path in sorted(example.glob(pattern))]
    return [
        *(InputFile(path.name, path.read_bytes()) for path in graphs),
        *(InputFile(path.name, path.read_bytes(), is_companion=True) for path in beside),
    ]


def compiled(example: Path) -> pipeline.Bundle:
    """A build of the example; fails with its findings if there are any, warnings too."""
    checked = pipeline.check(pipeline.load(inputs(example)))
    assert not checked.findings, [f"{f.position}: {f.text} [{f.rule}]" for f in checked.findings]
    return pipeline.build(checked)
