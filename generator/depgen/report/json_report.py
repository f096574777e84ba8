"""Findings for programs; `version` grows when a field changes its meaning or goes."""

from __future__ import annotations

import json

from depgen.diagnostics import Finding, Position, Severity
from depgen.report.review import Review

VERSION = 1


def render(review: Review) -> str:
    """`{version, files, errors, warnings, findings}`; lines and columns are 1-based and count characters."""
    report = {
        "version": VERSION,
        "files": list(review.files),
        "errors": review.number(Severity.ERROR),
        "warnings": review.number(Severity.WARNING),
        "findings": [_finding(finding) for finding in review.findings],
    }
    return json.dumps(report, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        **_spot(finding.position),
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        "fixable": finding.fix is not None,
        "related": [{**_spot(position), "message": note} for position, note in finding.related],
    }


def _spot(position: Position) -> dict[str, str | int]:
    return {"path": position.path, "line": position.line, "column": position.column}
