"""What came of a story: whether it went as told, and what there is to show if it did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from depgen.diagnostics import Finding
from depgen.scenario.moments import Clock

Mark = Literal["", "step", "run", "end", "unexpected", "missing", "wrong", "fault", "refused"]


class Failure(NamedTuple):
    """Something is not as the file says; `line` is where it says so. `text`: what was expected, what was found."""

    line: int
    text: str


class Moment(NamedTuple):
    """One line of the timeline, in seconds since 1970."""

    at: float
    mark: Mark
    text: str


@dataclass
class Verdict:
    """One scenario. `path` and `title` are there whatever became of it; `findings` are mistakes in it or its graph.

    `ledgers` have what stood in those that a failure is about, by name.
    """

    path: str
    title: str
    clock: Clock | None = None
    failures: list[Failure] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    timeline: list[Moment] = field(default_factory=list)
    ledgers: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: int = 0
    seconds: float = 0

    @property
    def is_readable(self) -> bool:
        """Whether the file, and the graph where it was to compile, could be played at all."""
        return not self.findings

    @property
    def has_passed(self) -> bool:
        """Whether all went as told."""
        return self.is_readable and not self.failures
