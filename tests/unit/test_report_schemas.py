"""What other tools read is of the form that they ask for: SARIF against its schema, GitLab's report by its description.

The schema is OASIS's of SARIF 2.1.0 (rtm.5) without its descriptions, which check nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.cli.rules import notes
from depgen.diagnostics import Finding, Position, Severity
from depgen.report import gitlab, sarif
from depgen.report.review import Review, Rewrite
from tests.lint.cases import errors

SCHEMA = json.loads((Path(__file__).parents[1] / "golden" / "sarif-2.1.0.schema.json").read_text())
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def mistakes(rendered: str) -> list[str]:
    validator = jsonschema.Draft4Validator(SCHEMA)
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(json.loads(rendered))
    ]


def review(*findings: Finding, **more: Any) -> Review:
    return Review(findings, tuple({finding.position.path for finding in findings}), **more)


def finding(text: str, path: str = "a.yaml", line: int = 3) -> Finding:
    related = ((Position(path, 1, 1), text),)
    return Finding(Position(path, line, 7), "cycle", Severity.WARNING, text, None, text, related)


def test_the_findings_of_every_rule_are_sarif() -> None:
    found = [one for case in errors() for one in case.findings()]
    assert len({one.rule for one in found}) > 80
    assert mistakes(sarif.render(review(*found, rules=tuple(notes().values())))) == []


@given(ANY_TEXT)
def test_any_text_is_sarif(odd: str) -> None:
    odd_finding = finding(odd)
    edits = {odd_finding: Rewrite(Position("a.yaml", 3, 7), Position("a.yaml", 3, 9), odd)}
    assert mistakes(sarif.render(review(odd_finding, edits=edits))) == []


def test_nothing_found_is_sarif_too() -> None:
    assert mistakes(sarif.render(Review((), ("a.yaml",)))) == []


def test_what_is_no_sarif_would_be_noticed() -> None:
    wrong = sarif.render(review(finding("x"))).replace('"level": "warning"', '"level": "warn"')
    assert mistakes(wrong) != []


# ---- GitLab ----


def test_a_gitlab_issue_has_its_place_and_a_severity() -> None:
    error = Finding(Position("a.yaml", 3, 7), "cycle", Severity.ERROR, "round", "break it", "", ())
    first, second = json.loads(gitlab.render(review(error, finding("odd"))))
    assert first["description"] == "round; break it"
    assert (first["check_name"], first["severity"]) == ("cycle", "major")
    assert first["location"] == {"path": "a.yaml", "lines": {"begin": 3}}
    assert second["severity"] == "minor"


def test_an_issue_is_known_again_when_lines_above_it_come_and_go() -> None:
    def prints(*findings: Finding) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(gitlab.render(review(*findings)))]

    assert prints(finding("x", line=3)) == prints(finding("x", line=9))
    assert prints(finding("x")) != prints(finding("y"))
    assert prints(finding("x")) != prints(finding("x", path="b.yaml"))


def test_two_issues_of_the_same_words_are_two() -> None:
    issues = json.loads(gitlab.render(review(finding("x", line=3), finding("x", line=9))))
    assert len({issue["fingerprint"] for issue in issues}) == 2


@pytest.mark.parametrize("odd", ["\ud800", '"', "\0"])
def test_any_text_is_a_gitlab_report(odd: str) -> None:
    assert json.loads(gitlab.render(review(finding(odd, path=odd))))[0]["description"] == odd
