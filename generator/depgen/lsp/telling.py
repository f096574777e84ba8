"""Findings as an editor underlines them: with a range, though a finding only knows where it begins."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol.types import (
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    Location,
    Range,
)

from depgen.diagnostics import Finding, Position, Severity
from depgen.fixing.tree import Kind, Node, Page
from depgen.lsp.desk import View
from depgen.lsp.lines import Lines

_SEVERITIES = {Severity.ERROR: DiagnosticSeverity.Error, Severity.WARNING: DiagnosticSeverity.Warning}


def diagnostics(view: View, findings: Iterable[Finding]) -> dict[str, list[Diagnostic]]:
    """The findings by path; of every graph of the folder, so that what is mended is taken back."""
    found: dict[str, list[Diagnostic]] = {path: [] for path in view.files}
    ends = {path: _ends(page) for path, page in view.pages.items()}
    for finding in findings:
        path = finding.position.path
        found.setdefault(path, []).append(_diagnostic(view, finding, ends.get(path, {})))
    return found


def _diagnostic(view: View, finding: Finding, ends: dict[int, int]) -> Diagnostic:
    return Diagnostic(
        range=_range(_lines(view, finding.position, finding.source_line), finding.position, ends),
        message=finding.text,
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source="depgen",
        related_information=[
            DiagnosticRelatedInformation(
                Location(view.uri(where.path), _range(_lines(view, where), where, {})), note
            )
            for where, note in finding.related
        ]
        or None,
    )


def _lines(view: View, where: Position, line: str = "") -> Lines:
    """The lines of a file; of one that is no graph, only the one that is known."""
    if where.path in view.files:
        return view.lines(where.path)
    return Lines("\n" * (where.line - 1) + (line or " " * where.column), view.encoding)


def _range(lines: Lines, where: Position, ends: dict[int, int]) -> Range:
    """What begins there, at most to the end of its line; of what is no YAML, the word."""
    start = lines.at(where.line, where.column)
    line_end = lines.line_end(start)
    rest = lines.text[start:line_end]
    end = min(ends.get(start, start + max(1, len(rest.split(" ", 1)[0]))), line_end)
    return lines.range(start, max(start, end))


def _ends(page: Page) -> dict[int, int]:
    """Where what begins at a character ends; of a mapping and its first key, the key."""
    found: dict[int, int] = {}
    waiting: list[Node] = list(page.roots)
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.kind is Kind.SCALAR or node.is_flow or node.start not in found:
            found[node.start] = node.end
    return found
