"""What a lint run has to tell, the same for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from depgen.diagnostics import Finding, Position, Severity


@dataclass(frozen=True, slots=True)
class RuleNote:
    """A rule's documentation: `title` is its first line, `text` all of it."""

    id: str
    severity: Severity
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What fixes a finding: `text` in place of what stands from `start` up to `end`."""

    start: Position
    end: Position
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """Sorted findings about `files`; `failing` are the severities that make the answer no.

    `edits` are the fixes of findings, for formats that can carry them; `fixable` is how many findings --fix would fix.
    """

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    rules: tuple[RuleNote, ...] = ()
    failing: frozenset[Severity] = frozenset({Severity.ERROR})
    colour: bool = False
    edits: Mapping[Finding, Rewrite] = field(default_factory=dict)
    fixable: int = 0

    def number(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)
