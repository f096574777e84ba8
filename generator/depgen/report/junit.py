"""Findings as JUnit XML, which most CI systems show: one case per finding, and per file without any.

A finding that does not fail the lint is a case that passes with its text as output: a warning turns no build
red. XML 1.0 cannot hold every character, not even escaped: the others are shown as in the text report.
"""

from __future__ import annotations

from html import escape

from depgen.diagnostics import Finding
from depgen.report.display import visible
from depgen.report.review import Review
from depgen.report.text import finding_text


def render(review: Review) -> str:
    """Well-formed XML whatever the findings and paths hold."""
    found = {finding.position.path for finding in review.findings}
    cases = [_case(finding, finding.severity in review.failing) for finding in review.findings]
    cases += [_passed(path) for path in review.files if path not in found]
    failed = sum(finding.severity in review.failing for finding in review.findings)
    numbers = f'tests="{len(cases)}" failures="{failed}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="depgen" {numbers}>',
            f'  <testsuite name="depgen lint" {numbers}>',
            *cases,
            "  </testsuite>",
            "</testsuites>\n",
        ]
    )


def _case(finding: Finding, fails: bool) -> str:
    spot = finding.position
    opening = _opening(spot.path, f"{finding.rule} at {spot.line}:{spot.column}")
    text = "\n".join(escape(visible(line)) for line in finding_text(finding, colour=False).splitlines())
    if fails:
        head = f'<failure type="{_attribute(finding.rule)}" message="{_attribute(finding.text)}">'
        return f"{opening}>\n      {head}{text}</failure>\n    </testcase>"
    return f"{opening}>\n      <system-out>{text}</system-out>\n    </testcase>"


def _passed(path: str) -> str:
    return f"{_opening(path, 'no findings')}/>"


def _opening(path: str, name: str) -> str:
    return f'    <testcase classname="{_attribute(path)}" name="{_attribute(name)}" file="{_attribute(path)}"'


def _attribute(text: str) -> str:
    return escape(visible(text))
