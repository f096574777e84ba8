"""Findings as GitHub workflow commands, which show them on the lines of a pull request.

A command ends at the line's end and its properties at commas and colons, so these are escaped; GitHub decodes
them.
Source: GitHub's toolkit, packages/core/src/command.ts.
"""

from __future__ import annotations

from depgen.diagnostics import Finding
from depgen.report.review import Review


def render(review: Review) -> str:
    """A command per finding; nothing if there are none."""
    return "".join(f"{_command(finding)}\n" for finding in review.findings)


def _command(finding: Finding) -> str:
    spot = finding.position
    properties = {"file": spot.path, "line": spot.line, "col": spot.column, "title": finding.rule}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    notes = [f"{at.path}:{at.line}:{at.column}: {note}" for at, note in finding.related]
    return f"::{finding.severity} {listed}::{_data(chr(10).join([finding.text, *notes]))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
