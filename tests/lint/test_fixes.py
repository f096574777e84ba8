"""Every fixture can be fixed as far as it can be, without harm: what is fixed stays fixed, and nothing else changes."""

from __future__ import annotations

import difflib

import pytest

from depgen import fixing, pipeline
from depgen.diagnostics import Finding
from depgen.pipeline import InputFile
from tests.lint.cases import Case, errors

# Rules of which some fixture is fixed; the others leave it to people, or have no fixture with one certain way out.
FIXED = {
    *("ambiguous-scalar", "bad-date", "bad-duration", "bad-time", "bad-value", "cron-active", "cron-syntax"),
    *("duplicate-edge", "key-type", "queue-mutexes", "unknown-field", "unknown-timezone", "wrong-type"),
}


def fixed(case: Case) -> tuple[fixing.Files, fixing.Outcome]:
    files, manifests, now = case.files()
    given = {file.path: file.raw for file in (*files, *manifests) if not file.is_companion}

    def find(raws: fixing.Files) -> tuple[Finding, ...]:
        def holding(inputs: list[InputFile]) -> list[InputFile]:
            return [InputFile(f.path, raws.get(f.path, f.raw), f.is_companion) for f in inputs]

        return pipeline.check_everywhere(pipeline.load(holding(files)), holding(manifests), now)

    outcome = fixing.fix(given, find, {})
    assert fixing.fix({**given, **outcome.changed}, find, {}).changed == {}
    return given, outcome


@pytest.mark.parametrize("case", errors(), ids=lambda case: case.id)
def test_what_is_fixed_stays_fixed_and_the_rest_is_as_it_was(case: Case) -> None:
    given, outcome = fixed(case)
    told = {(finding.rule, finding.message) for finding in outcome.left}
    assert not told & {(finding.rule, finding.message) for finding in outcome.fixed}
    for path, raw in outcome.changed.items():
        before, after = given[path].decode(), raw.decode()
        changed = [
            line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"
        ]
        assert len(changed) <= 2 * len(outcome.fixed)
        assert before.count("#") == after.count("#")


def test_each_rule_with_a_fix_has_a_fixture_that_it_fixes() -> None:
    found = {finding.rule for case in errors() for finding in fixed(case)[1].fixed}
    assert found >= FIXED
