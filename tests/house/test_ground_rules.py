"""The rules that are no lint modules: documented, true to the compiler, and none left out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from depgen import lint
from depgen.cli.rules import notes
from depgen.ground_rules import TEXTS, severity
from tests.house.frame import findings

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "generator" / "depgen"
RULE = re.compile(r"[a-z]+(-[a-z]+)*")
# What makes findings, and where in its call the rule id stands.
MAKERS = {
    "Diagnostic": 1,
    "Sentence": 0,
    "Refusal": 0,
    "_refuse": 1,
    "report": 1,
    "_size": 0,
    "_diagnostic": 2,
}


def block(text: str, title: str) -> str:
    """The indented block under `title:` of a rule's text, empty if there is none."""
    match = re.search(rf"^{title}:\n\n((?: {{4}}.*\n|\n)+)", text + "\n", re.MULTILINE)
    return "".join(line[4:] for line in match[1].splitlines(keepends=True)) if match else ""


def rules_in_code() -> set[str]:
    """Every rule id that a finding of the package can have, read off its source and its schema; no steps of migrations."""
    found: set[str] = set()
    for path in sorted(set(PACKAGE.rglob("*.py")) - set((PACKAGE / "migrate").glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= set(_rules_of(node))
    schema = json.loads((ROOT / "schemas" / "graph.schema.json").read_text(encoding="utf-8"))
    return found | set(_rules_of_schema(schema))


def _rules_of(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    chosen = [k.value for k in node.keywords if k.arg == "rule"]
    if name in MAKERS:
        chosen += node.args[MAKERS[name] : MAKERS[name] + 1]
    elif (
        name == "get"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value == "x-rule"
    ):
        chosen += node.args[1:]
    for value in chosen:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and RULE.fullmatch(value.value):
            yield value.value


def _rules_of_schema(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("x-rule"), str):
            yield part["x-rule"]
        for value in part.values():
            yield from _rules_of_schema(value)
    elif isinstance(part, list):
        for value in part:
            yield from _rules_of_schema(value)


def test_every_rule_of_the_code_is_documented() -> None:
    found = rules_in_code()
    assert {"yaml-syntax", "bad-name", "one-of", "too-many", "workflow-spec", "cycle"} <= found
    assert sorted(found - notes().keys()) == []


def test_every_ground_rule_occurs_in_the_code() -> None:
    assert sorted(TEXTS.keys() - rules_in_code()) == []


def test_no_rule_is_documented_twice() -> None:
    assert sorted(TEXTS.keys() & lint.rules().keys()) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("tests/lint/err/**/*.out")), ids=lambda path: path.stem)
def test_every_rule_that_a_fixture_shows_is_documented(path: Path) -> None:
    shown = re.findall(r"^\S+:\d+:\d+: .* \[([a-z-]+)\]$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [rule for rule in shown if rule not in notes()] == []


@pytest.mark.parametrize("rule", TEXTS)
def test_a_ground_rule_begins_with_a_sentence_and_fails_with_its_example(rule: str) -> None:
    text = TEXTS[rule].strip()
    assert re.fullmatch(r"\S.*\.", text.partition("\n")[0])
    assert bool(block(text, "Fails")) == bool(block(text, "Passes"))
    if fails := block(text, "Fails"):
        assert {(f.rule, f.severity) for f in findings(fails)} == {(rule, severity(rule))}


@pytest.mark.parametrize("rule", [rule for rule in TEXTS if block(TEXTS[rule].strip(), "Passes")])
def test_the_way_out_of_a_ground_rule_has_no_findings(rule: str) -> None:
    assert findings(block(TEXTS[rule].strip(), "Passes")) == []
