"""The lint rules as they document themselves: each example fails with its rule and no other, each way out is clean.

An example is the `nodes:` of a graph, or more of it; what follows a line `---` are manifests. One that begins with an
object of Argo is nothing but manifests.
"""

from __future__ import annotations

from inspect import cleandoc

import pytest

from depgen import lint, pipeline
from depgen.cli.rules import notes
from depgen.ground_rules.beside import BESIDE
from depgen.pipeline import Checked, InputFile
from tests.house.frame import framed
from tests.house.test_ground_rules import block
from tests.lint.cases import TODAY, errors

# Their examples would be pages long; they have fixtures.
WITHOUT_EXAMPLE = {"ledger-too-large", "partitions", "too-many-mappings"}
RULES = lint.documented()


def text(rule: str) -> str:
    """A rule's documentation."""
    return cleandoc(RULES[rule].__doc__ or "")


def checked(example: str) -> Checked:
    """What the compiler says of an example."""
    if example.startswith("apiVersion: argoproj.io/"):
        return pipeline.check(pipeline.load([]), [InputFile("manifests.yaml", example.encode())])
    graph, _, manifests = example.partition("\n---\n")
    loaded = pipeline.load([InputFile("graph.yaml", framed(graph + "\n").encode())])
    given = [InputFile("manifests.yaml", manifests.encode())] if manifests else []
    return pipeline.check(loaded, given, TODAY.timestamp())


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_begins_with_a_sentence_and_an_explanation(rule: str) -> None:
    first, empty, *_ = text(rule).split("\n")
    assert first.endswith(".")
    assert first[0].isupper()
    assert not empty


@pytest.mark.parametrize("rule", sorted(RULES.keys() - WITHOUT_EXAMPLE))
def test_the_example_of_a_rule_fails_with_that_rule_alone(rule: str) -> None:
    findings = checked(block(text(rule), "Fails")).findings
    assert {(f.rule, f.severity) for f in findings} == {(rule, RULES[rule].SEVERITY)}


@pytest.mark.parametrize("rule", sorted(RULES.keys() - WITHOUT_EXAMPLE))
def test_the_way_out_of_a_rule_has_no_findings(rule: str) -> None:
    assert checked(block(text(rule), "Passes")).findings == ()


def test_every_rule_has_a_fixture() -> None:
    # A file of 16 MiB is made by a test, no file alone names an environment that it does not have, and the rules of
    # scenario files are in tests/unit/test_scenario_reading.py.
    elsewhere = {"too-large", "unknown-environment", *BESIDE}
    assert notes().keys() - {case.rule for case in errors()} == elsewhere
