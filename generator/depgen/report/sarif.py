"""Findings as SARIF 2.1.0, which code scanning reads.

A path becomes a URI: relative to the folder that depgen ran in, so that a scanner finds it in a checkout.
Source: docs.oasis-open.org/sarif/sarif/v2.1.0.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from urllib.parse import quote

from depgen import __version__
from depgen.diagnostics import Finding, Position
from depgen.report.review import Review, Rewrite, RuleNote

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(review: Review) -> str:
    """One run whose rules are those that were found, documented where we can."""
    notes = {note.id: note for note in review.rules}
    ids = sorted({finding.rule for finding in review.findings})
    driver = {
        "name": "depgen",
        "version": __version__,
        "rules": [_rule(id_, notes.get(id_)) for id_ in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, ids.index(finding.rule)) | _fixes(review.edits.get(finding))
            for finding in review.findings
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(id_: str, note: RuleNote | None) -> dict[str, object]:
    if note is None:
        return {"id": id_}
    return {
        "id": id_,
        "shortDescription": {"text": note.title},
        "fullDescription": {"text": note.text},
        "help": {"text": note.text},
        "defaultConfiguration": {"level": note.severity.value},
    }


def _result(finding: Finding, rule: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": finding.text},
        "locations": [_location(finding.position)],
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": note}} | _location(position)
            for number, (position, note) in enumerate(finding.related, start=1)
        ]
    return result


def _fixes(rewrite: Rewrite | None) -> dict[str, object]:
    if rewrite is None:
        return {}
    region = {
        "startLine": rewrite.start.line,
        "startColumn": rewrite.start.column,
        "endLine": rewrite.end.line,
        "endColumn": rewrite.end.column,
    }
    change = {
        "artifactLocation": {"uri": _uri(rewrite.start.path)},
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": rewrite.text}}],
    }
    return {"fixes": [{"artifactChanges": [change]}]}


def _location(position: Position) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(position.path)},
            "region": {"startLine": position.line, "startColumn": position.column},
        }
    }


def _uri(path: str) -> str:
    pure = PurePath(path)
    quoted = quote(pure.as_posix(), errors="surrogateescape")
    return f"file://{quoted}" if pure.is_absolute() else quoted
