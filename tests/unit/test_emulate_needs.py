"""What is known to be missing is missing: a program that is not asked would have said no."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml

from depgen import engine
from depgen.emulate import jq_needs
from depgen.emulate.jq_needs import Needs, needs
from depgen.emulate.jq_syntax import tree
from depgen.emulate.jq_written import written
from tests.emulated import START
from tests.unit.test_emulate_reads import entries

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/out"))
EDGES = 'def one: {ok: .x}; def two: {ok: .["y.\\($k)"]}; def edges: one, two; '
DUE = 'def due: .["a"] and (.["b"] or all(edges; .ok)); '
PROGRAM = f".body.metadata.labels.k as $k | {EDGES}{DUE}.body.data as $new | .oldBody.data as $old | "


def found(end: str, program: str = PROGRAM) -> Needs | None:
    return needs(engine.Program(program + end), "fire")


def event(**data: object) -> str:
    return json.dumps({"body": {"metadata": {"labels": {"k": "1"}}, "data": data}})


def missing(wanted: Needs | None, **data: object) -> list[Looked]:
    """What each need looks at that is missing."""
    assert wanted is not None
    with engine.zone_kept():
        (numbers,) = jq_needs.missing([wanted.question(wanted.numbers)], event(**data), "UTC")
    return [(sorted(found.names), sorted(found.starts)) for found in map(wanted.entries, numbers)]


Looked = tuple[list[str], list[str]]
LAST: Looked = (["b"], ["y."])
MIDDLE: Looked = (["b", "x"], [])
FIRST: Looked = (["a"], [])


def test_each_need_is_told_by_what_it_looks_at() -> None:
    due = found("{fire: (($new | due) and ($old | due | not)), more: $k}")
    assert missing(due) == [LAST, MIDDLE, FIRST]
    assert missing(due, **{"y.1": 1}) == [MIDDLE, FIRST]
    assert missing(due, x=1, **{"y.1": 1}) == [FIRST]
    assert missing(due, b=1) == [FIRST]
    assert missing(due, a=1, b=1) == []
    assert missing(due, a=1, x=1, **{"y.1": 1}) == []


def test_only_the_needs_that_are_asked_about_are_told() -> None:
    due = found("{fire: (($new | due) and ($old | due | not)), more: $k}")
    assert due is not None
    with engine.zone_kept():
        asked = [due.question(numbers) for numbers in ([1], [0, 2], [])]
        assert jq_needs.missing(asked, event(x=1), "UTC") == [[], [0, 2], []]


@pytest.mark.parametrize(
    "end",
    [
        "{fire: ($old.a and $old.b)}",
        '{fire: (($new | has("a")) and .type == "ADD") | not}',
        "{fire: ($new | due)} | .",
        "{fire: ($new.a and $new.b), ($k): true}",
        '{fire: ($new.a and $new.b), "fire": true}',
        "{fire: ($new.a or $new.b)}",
        "{fire: (now > 5 and now < 9)}",
        "($new, $old) | {fire: (.a and .b)}",
        "$old as $new | {fire: ($new.a and $new.b)}",
        "def one: 1; {fire: (($new | due) and true)}",
        "def first(f): 1; {fire: ($new.a and $new.b)}",
        "{other: ($new.a and $new.b)}",
        "(1, 2) as $n | {fire: ($new.b and ($n == 2 or $new.a)), n: ($n | select(. == 2))}",
    ],
)
def test_where_more_may_matter_nothing_is_told(end: str) -> None:
    assert found(end) is None


def test_what_is_a_need_only_of_what_was_is_left_out() -> None:
    due = found('{fire: ($new.a and $old.b and (.oldBody.data as $new | $new.c) and (.type != "ADD"))}')
    assert missing(due) == [FIRST]
    assert missing(due, a=1) == []


def test_a_need_that_fails_or_gives_nothing_tells_nothing() -> None:
    assert missing(found("{fire: (($new.a | tonumber) and $new.b)}"), b=1) == []
    assert missing(found("{fire: (($new.a | tonumber) and $new.b)}")) == [(["b"], [])]
    assert missing(found("{fire: (($new.a | select(.)) and $new.b)}"), b=1) == []
    assert missing(found("{fire: (($new.a, 1) and $new.b)}"), b=1) == [FIRST]


def test_of_all_examples_what_lacks_something_does_not_fire() -> None:
    chance = random.Random(5)
    known = lacking = 0
    for folder in EXAMPLES:
        for path in sorted(folder.glob("*-sensor-submit*.yaml")):
            for manifest in yaml.safe_load_all(path.read_text()):
                zone = manifest["spec"]["template"]["container"]["env"][0]["value"]
                for dependency in manifest["spec"]["dependencies"]:
                    program = engine.compiled(dependency["transform"]["jq"])
                    wanted = needs(program, "fire")
                    known += wanted is not None
                    lacking += _lacking(program, wanted, zone, chance) if wanted else 0
    assert known > 40
    assert lacking > 200


def _lacking(program: engine.Program, wanted: Needs, zone: str, chance: random.Random) -> int:
    count = 0
    for _ in range(8):
        key = chance.choice(["20261121", "20261120", "202611", "2026w47", "20261121t07"])
        old, new = entries(chance, program.text, key), entries(chance, program.text, key)
        metadata = {"name": f"l-{key}", "namespace": "data", "labels": {"depgen.io/key": key}}
        body, before = {"metadata": metadata, "data": {**old, **new}}, {"metadata": metadata, "data": old}
        with engine.zone_kept():
            (numbers,) = jq_needs.missing([wanted.question(wanted.numbers)], json.dumps({"body": body}), zone)
        if numbers:
            count += 1
            for kind in ("ADD", "UPDATE"):
                whole = {"type": kind, "body": body, "oldBody": before if kind == "UPDATE" else None}
                assert program.first(whole, zone, START)["fire"] is False
    return count


def test_a_program_written_from_its_tree_is_the_same_program() -> None:
    chance = random.Random(3)
    for folder in EXAMPLES:
        for path in sorted(folder.glob("*-sensor-*.yaml")):
            for manifest in yaml.safe_load_all(path.read_text()):
                for dependency in manifest["spec"]["dependencies"]:
                    text = dependency["transform"]["jq"]
                    again = engine.Program(written(tree(text)))
                    labels = {"depgen.io/key": "20261121", "depgen.io/node": "load"}
                    body = {
                        "metadata": {"name": "l", "labels": labels},
                        "data": entries(chance, text, "20261121"),
                    }
                    event = {
                        "type": "UPDATE",
                        "body": body,
                        "oldBody": {"data": entries(chance, text, "20261121")},
                    }
                    plain = engine.Program(text).first(event, now=START)
                    assert again.first(event, now=START) == plain


@pytest.mark.parametrize(
    "text",
    [
        '. as $x | {$x, b: (-.a + 2.50), "c": .["a"]?, (.d): @base64 "x\\(.a)", e: (.d | @uri)}',
        "[.l[1:], .l[:1], .l[0], (.l | .[])] | [.. | numbers] | map(. * 2)",
        'reduce .l[] as $n (0; . + $n) | try error("x") catch . | [foreach (1, 2) as $i (0; . + $i; [$i, .])]',
        'if .a == 1 then "a" elif .a == 2 then "b\\("c" + "d")" else null end // false',
        'def f(g; $h): g + $h; .l |= map(f(. * 2; 1)) | .a += 1 | [.l, .a, ("a" | not)]',
    ],
)
def test_all_that_can_be_read_can_be_written(text: str) -> None:
    value = {"a": 3, "d": "e", "l": [5, 7]}
    plain = engine.Program(text).first(value)
    assert engine.Program(written(tree(text))).first(value) == plain
    assert tree(written(tree(text))) == tree(text)
