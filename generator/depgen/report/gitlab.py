"""Findings as a GitLab Code Quality report, which shows them in a merge request.

GitLab tells new issues from old ones by the fingerprint, so that holds neither line nor column: only the how-manieth of
its words in the file an issue is.
Source: docs.gitlab.com, CI/CD, Code Quality, "Import code quality results from a CI/CD job".
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from types import MappingProxyType

from depgen.diagnostics import Finding, Severity
from depgen.report.review import Review

_SEVERITIES = MappingProxyType({Severity.ERROR: "major", Severity.WARNING: "minor"})


def render(review: Review) -> str:
    """A list of issues, empty if there are none."""
    seen: Counter[tuple[str, str, str]] = Counter()
    issues = []
    for finding in review.findings:
        identity = finding.position.path, finding.rule, finding.text
        seen[identity] += 1
        issues.append(_issue(finding, (*identity, str(seen[identity]))))
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, identity: tuple[str, ...]) -> dict[str, object]:
    digest = hashlib.sha256("\0".join(identity).encode(errors="surrogatepass")).hexdigest()
    return {
        "description": finding.text,
        "check_name": finding.rule,
        "fingerprint": digest,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": finding.position.path, "lines": {"begin": finding.position.line}},
    }
