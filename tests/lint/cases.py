"""The lint fixtures: a case is a file, or a folder of several files, or of none, with perhaps a folder `manifests`.

A folder may also hold what calendars name. It is the day `TODAY`.

`err/<rule>/<case>` holds at least one finding of that rule, and `<case>.out` all that lint says of it; `ok/<case>` has
none at all. A new case is a new file, and `python -m tests.lint.remake` writes its `.out`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from depgen import pipeline
from depgen.calendars import LOCK
from depgen.diagnostics import Finding
from depgen.pipeline import Checked, InputFile, Loaded
from depgen.report.text import finding_text

HERE = Path(__file__).parent
TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One fixture; `rule` is empty for those that are clean."""

    path: Path
    rule: str = ""

    @property
    def id(self) -> str:
        """As in the name of the test."""
        return self.path.relative_to(HERE).as_posix()

    @property
    def expected(self) -> Path:
        """Where its output is kept."""
        return self.path.with_name(self.path.stem + ".out")

    def checked(self) -> Checked:
        """What the pipeline makes of it, without an environment."""
        return pipeline.check(*self._given())

    def files(self) -> tuple[list[InputFile], list[InputFile], float]:
        """The graphs with what they name, the manifests, and the time."""
        files = sorted(self.path.glob("*.yaml")) if self.path.is_dir() else [self.path]
        manifests = sorted(p for p in self.path.glob("manifests/**/*") if p.suffix in (".yaml", ".json"))
        beside = [path for path in self._beside() if path.is_file()]
        inputs = [*map(_read, files), *(InputFile(path.name, path.read_bytes(), True) for path in beside)]
        return inputs, [_read(path) for path in manifests], TODAY.timestamp()

    def _given(self) -> tuple[Loaded, list[InputFile], float]:
        inputs, manifests, now = self.files()
        return pipeline.load(inputs), manifests, now

    def _beside(self) -> list[Path]:
        patterns = ("*.txt", "*.ics", LOCK) if self.path.is_dir() else ()
        return [path for pattern in patterns for path in sorted(self.path.glob(pattern))]

    def output(self) -> str:
        """What `depgen lint` prints, without the summary."""
        return "\n".join(finding_text(finding, False) for finding in self.findings())

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, in every environment."""
        return pipeline.check_everywhere(*self._given())


def _read(path: Path) -> InputFile:
    return InputFile(path.name, path.read_bytes())


def errors() -> list[Case]:
    """Every case under err/."""
    folders = sorted(path for path in (HERE / "err").iterdir() if path.is_dir())
    return [
        Case(path, folder.name)
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.suffix != ".out"
    ]


def clean() -> list[Case]:
    """Every case under ok/."""
    return [Case(path) for path in sorted((HERE / "ok").iterdir())]
