"""Findings for people: a line that editors and terminals can follow, then the source line and a caret."""

from __future__ import annotations

from collections.abc import Iterable

from depgen.diagnostics import Finding, Position, Severity
from depgen.report.display import cells, count, visible
from depgen.report.review import Review

_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33"}
_FAINT = "2"
_CHARACTERS = 100


def render(review: Review) -> str:
    """All findings, then what they amount to."""
    blocks = [finding_text(finding, review.colour) for finding in review.findings]
    return "\n".join([*blocks, f"{summary(review)}\n"])


def findings_text(findings: Iterable[Finding], colour: bool) -> str:
    """The findings alone, a blank line between two; empty if there are none."""
    return "\n".join(finding_text(finding, colour) for finding in findings)


def finding_text(finding: Finding, colour: bool) -> str:
    """The finding with its snippet and related spots, ending in a line feed."""
    style = _STYLES[finding.severity] if colour else ""
    rule = _styled(f"[{finding.rule}]", _FAINT if colour else "")
    severity = _styled(f"{finding.severity}:", style)
    lines = [f"{_spot(finding.position)}: {severity} {visible(finding.text)} {rule}"]
    lines += _snippet(finding, style)
    lines += [f"  note: {_spot(position)}: {visible(note)}" for position, note in finding.related]
    return "\n".join(lines) + "\n"


def summary(review: Review) -> str:
    """`2 errors, 1 warning in 3 files`, and how many of them need nobody."""
    numbers = [(review.number(severity), severity) for severity in Severity]
    found = ", ".join(count(number, severity) for number, severity in numbers if number)
    fixable = f"; --fix fixes {review.fixable}" if review.fixable else ""
    return f"{found or 'no findings'} in {count(len(review.files), 'file')}{fixable}"


def _spot(position: Position) -> str:
    return f"{visible(position.path)}:{position.line}:{position.column}"


def _snippet(finding: Finding, style: str) -> list[str]:
    if not finding.source_line.strip():
        return []
    text, indent = _cropped(finding.source_line, finding.position.column - 1)
    number = str(finding.position.line)
    return [f"  {number} | {text}", f"  {' ' * len(number)} | {' ' * indent}{_styled('^', style)}"]


def _cropped(line: str, at: int) -> tuple[str, int]:
    """The part of a line around character `at` that fits a terminal, and how many columns stand before it."""
    start = max(0, at - _CHARACTERS // 2) if len(line) > _CHARACTERS else 0
    end = start + _CHARACTERS
    head, tail = "…" if start else "", "…" if end < len(line) else ""
    indent = len(head) + sum(width for _, width in cells(line[start:at]))
    return f"{head}{''.join(shown for shown, _ in cells(line[start:end]))}{tail}".rstrip(), indent


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style else text
