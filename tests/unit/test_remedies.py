"""The fixes of breaches of form: only where one thing can be meant."""

from __future__ import annotations

from typing import Any

import pytest

from depgen.diagnostics import Fix, Quoting, Renaming
from depgen.load import load
from depgen.remedies import certain
from depgen.structure import validate

HEAD = "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: Europe/Paris\n"


def fixes(nodes: str) -> list[Any]:
    """What the fixes of a graph's breaches would do, in the order of the breaches."""
    document, problems = load("g.yaml", f"{HEAD}nodes:\n{nodes}\n".encode())
    assert document is not None
    assert problems == []
    return [_told(found.fix) for found in validate(document)]


def _told(fix: object) -> object:
    if isinstance(fix, Fix):
        return fix.field, fix.value
    return (fix.field, fix.name) if isinstance(fix, Renaming) else fix


def run(fields: str) -> str:
    return f"  a: {{source: {{cronWorkflow: a}}}}\n  b: {{run: {{workflowTemplate: b}}, dependsOn: [a], {fields}}}"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("dependOn", "dependsOn"),
        ("depends_on", "dependsOn"),
        ("DependsOn", "dependsOn"),
        ("dependsno", "dependsOn"),
        ("dependsXOn", "dependsOn"),
        ("dependXon", "dependsOn"),
        ("depnedsno", None),
        ("requires", None),
        ("run", None),
        ("rum", None),
        ("", None),
    ],
)
def test_a_word_is_meant_by_one_slip_or_another_way_of_writing_it(name: str, meant: str | None) -> None:
    assert certain(name, ("dependsOn", "rune", "note")) == meant


def test_of_two_words_that_are_as_near_neither_is_certain() -> None:
    assert certain("nodes", ("node", "modes")) is None
    assert certain("notes", ("note", "nodes")) is None
    assert certain("note", ("node",)) == "node"


def test_a_misspelt_field_is_renamed_unless_the_right_one_is_there() -> None:
    assert fixes(run('notbefore: "06:00"')) == [("notbefore", "notBefore")]
    assert fixes(run('notbefore: "06:00", notBefore: "07:00"')) == [None]
    assert fixes(run("whatever: 1")) == [None]


def test_a_misspelt_word_of_a_field_is_corrected() -> None:
    node = "  a: {source: {cronWorkflow: a}}\n  b: {run: {workflowTemplate: b}, dependsOn: [{node: a, status: Sucess}]}"
    assert fixes(node) == [("status", "success")]
    assert fixes(node.replace("Sucess", "good")) == [None]


def test_a_name_of_the_user_is_never_corrected() -> None:
    assert fixes("  Load_It: {source: {cronWorkflow: a}}") == [None]


@pytest.mark.parametrize(
    ("fields", "fix"),
    [
        ('notBefore: "6:00"', ("notBefore", "06:00")),
        ('notBefore: " 06:00 "', ("notBefore", "06:00")),
        ('notBefore: "25:00"', None),
        ('notBefore: "6 o\'clock"', None),
        ('activeFrom: "2026/1/5"', ("activeFrom", "2026-01-05")),
        ('activeFrom: "5.1.2026"', None),
        ("replayWithin: x", None),
    ],
)
def test_a_time_or_date_is_written_as_it_should_be(fields: str, fix: object) -> None:
    assert fixes(run(fields)) == [fix]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("6 hours", ("lookback", "6h")),
        ("90 Min", ("lookback", "90m")),
        ("3 milliseconds", None),
        ("6 hrs ago", None),
    ],
)
def test_a_duration_has_short_units(text: str, fix: object) -> None:
    node = f"  a: {{source: {{cronWorkflow: a}}}}\n  b: {{run: {{workflowTemplate: b}}, dependsOn: [{{node: a, lookback: {text}}}]}}"
    assert fixes(node) == [fix]


def test_a_value_of_another_type_is_written_in_the_wanted_one() -> None:
    single = "  a: {source: {cronWorkflow: a}}\n  b: {run: {workflowTemplate: b}, dependsOn: a}"
    assert fixes(single) == [("dependsOn", ["a"])]
    assert fixes(single.replace("dependsOn: a", 'dependsOn: "a, b"')) == [None]
    assert fixes(single.replace("dependsOn: a", "dependsOn: a b")) == [None]
    assert fixes(run('dependsOnPast: "true", activeFrom: "2026-01-01"')) == [("dependsOnPast", True)]
    assert fixes(run('dependsOnPast: "perhaps", activeFrom: "2026-01-01"')) == [None]
    assert fixes(run('mode: atLeast, minSatisfied: "1"')) == [("minSatisfied", 1)]
    assert fixes(run('mode: atLeast, minSatisfied: "01"')) == [None]
    assert fixes("  a: {source: {cronWorkflow: 5}}") == [Quoting()]
    assert fixes("  a: {source: {cronWorkflow: true}}") == [None]


def test_what_is_repeated_where_each_counts_once_is_removed() -> None:
    calendar = "calendars: {week: {days: [mon, tue, mon], validThrough: '2030-01-01'}}"
    document, _ = load("g.yaml", f"{HEAD}{calendar}\nnodes:\n  a: {{source: {{cronWorkflow: a}}}}\n".encode())
    assert document is not None
    assert [_told(found.fix) for found in validate(document)] == [(2, None)]
