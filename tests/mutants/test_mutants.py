"""Rules of the decide programs that are broken are noticed by the scenarios; a sample, the whole is `make mutants`."""

from __future__ import annotations

import pytest

from tests.mutants.breaking import changes, rewritten
from tests.mutants.run import SCENARIOS, equivalents, judge, mutants, sample
from tests.mutants.trial import Trial, trials

# Scenarios that notice much and take little time.
FEW = "rules"
SIZE = 25


def rules(program: str, names: frozenset[str] = frozenset({"a"})) -> dict[str, str]:
    """What each change of a program makes of it, with one space where there are any."""
    found = {change.rule: rewritten(program, [change]) for change in changes(program, names)}
    return {rule: " ".join(text.split()) for rule, text in found.items()}


def test_a_comparison_is_turned_round_and_what_it_compares_with_is_another() -> None:
    assert rules('.phase == "Succeeded"') == {
        '.phase [== -> !=] "Succeeded"': '.phase != "Succeeded"',
        '.phase == ["Succeeded" -> another] ': '.phase == "NotSucceeded"',
    }


def test_either_side_of_an_and_is_left_out() -> None:
    assert sorted(rules("(.a or .b) and (.c | not) | .d").values()) == [
        "(.a and .b) and (.c | not) | .d",
        "(.a or .b) and (.c ) | .d",
        "(.a or .b) and true | .d",
        "(.a or .b) or (.c | not) | .d",
        "(.a or false) and (.c | not) | .d",
        "(false or .b) and (.c | not) | .d",
        "true and (.c | not) | .d",
    ]


def test_a_selection_takes_all() -> None:
    assert "[.[] | select(true)]" in rules("[.[] | select(.ok)]").values()


def test_the_same_rule_of_two_nodes_is_one_mutant() -> None:
    first = rules('def edge0: latest("a") | .ok and .b;', frozenset({"a"}))
    second = rules('def edge7: latest("some-node") | .ok and .b;', frozenset({"some-node"}))
    assert first.keys() == second.keys()


def test_a_sign_is_no_difference_and_a_condition_of_the_author_is_no_rule() -> None:
    assert not [rule for rule in rules("months(-1)") if "[-" in rule]
    assert not rules("any((.rows > 0\n); .)")


@pytest.fixture(scope="module")
def ready() -> list[Trial]:
    """Scenarios that play one rule each."""
    return trials(SCENARIOS / FEW)


def test_scenarios_notice_most_of_a_sample_of_broken_rules(ready: list[Trial]) -> None:
    deciding = [mutant for mutant in mutants(ready) if mutant.kind == "decide"]
    tally = judge(ready, sample(deciding, SIZE, seed=1))
    assert tally.share(["decide"]) >= 0.9, tally.survivors(["decide"])


def test_what_is_listed_as_equivalent_is_a_mutant(ready: list[Trial]) -> None:
    there = {rule for trial in ready for rule in trial.rules}
    assert equivalents().keys() <= there
