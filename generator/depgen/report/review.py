"""What a lint run has to tell, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass

from depgen.diagnostics import Finding, Severity


@dataclass(frozen=True, slots=True)
class RuleNote:
    """A rule's documentation: `title` is its first line, `text` all of it."""

    id: str
    severity: Severity
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """Sorted findings about `files`; `failing` are the severities that make the answer no."""

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    rules: tuple[RuleNote, ...] = ()
    failing: frozenset[Severity] = frozenset({Severity.ERROR})
    colour: bool = False

    def number(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)
