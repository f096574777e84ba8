"""Every fixture says exactly what is kept beside it."""

from __future__ import annotations

import pytest

from depgen import pipeline
from tests.lint.cases import Case, clean, errors


@pytest.mark.parametrize("case", errors(), ids=lambda case: case.id)
def test_a_bad_graph_gets_exactly_its_findings(case: Case) -> None:
    assert case.output() == case.expected.read_text(encoding="utf-8"), (
        "run `make golden` and look at the difference"
    )
    assert case.rule in {finding.rule for finding in case.findings()}


@pytest.mark.parametrize("case", clean(), ids=lambda case: case.id)
def test_a_good_graph_gets_none_and_is_built(case: Case) -> None:
    assert case.output() == ""
    assert pipeline.build(case.checked()).files


def test_there_are_enough_bad_graphs() -> None:
    assert len(errors()) >= 80
