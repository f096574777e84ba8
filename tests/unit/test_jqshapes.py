"""Programs with their texts apart: the same program, for whoever runs it."""

from __future__ import annotations

from typing import Any

import pytest

from depgen import engine
from depgen.errors import InternalError
from depgen.jqshapes import LITERALS, Shape, with_variable

PIECE = f"\\({LITERALS}[%d])"


def test_texts_go_apart_each_once_and_interpolations_stay() -> None:
    shape = Shape('{a: "x", "b": "x\\(.c + "y")z", t: (.type != "ADD")} # "no"')
    x, b, y, z = (PIECE % number for number in range(4))
    assert shape.text.rstrip() == f'{{a: "{x}", "{b}": "{x}\\(.c + "{y}"){z}", t: (.type != "ADD")}}'
    assert shape.literals == ("x", "b", "y", "z")
    only = with_variable(shape.text, shape.pieces, [1])
    assert only.rstrip() == f'{{a: "x", "{b}": "x\\(.c + "y")z", t: (.type != "ADD")}}'


@pytest.mark.parametrize(
    "text",
    [
        '{a: "b", "c": ."d"?, e: .["f\\u00e9\\n\\"\\\\"]}',
        '{a: "1\\("2\\("3" + .d)4")5", b: (("(" | length) + 1)}',
        '{a: @base64 "x\\(.d)y", b: @uri "a b\\(.d)", c: "x"}',
        '# "a\n{a: "b" # c "\n}',
        '{a: (.d | test("^D$"; "i")), b: (try error("x") catch .)}',
        '{a: ([.d] | join(", ")), b: ("a,b" | split(",")), c: {"x": "y"}}',
        'def f($of): "run.\\($of)."; {a: f("s"), b: f("t")}',
        '{a: "{", b: ")", c: "\\\\(", d: "\\("\\")")"}',
        '{a: (.d as $x | "\\($x)\\($x)"), b: ("" | length), c: (now | type)}',
    ],
)
def test_a_shape_answers_as_the_program_does(text: str) -> None:
    plain: Any = engine.Program(text).first({"d": "d"})
    other = engine.Program(text.replace("a:", "a :"))
    assert engine.Program(text).first({"d": "d"}, now=5.0) == plain
    assert other.first({"d": "d"}, now=5.0) == plain


def test_programs_of_one_shape_answer_each_for_itself() -> None:
    texts = ["x", "y", "x\\ny", 'é\\"', "z"]
    made = [engine.Program(f'{{name: "{text}", same: "s", first: .["{text}"]}}') for text in texts]
    assert len({program.shape.text for program in made if program.shape}) == 1
    for _ in range(2):
        answers = [program.first({"x": 1, "z": 2}, now=1.0) for program in made]
        assert answers == [
            {"name": "x", "same": "s", "first": 1},
            {"name": "y", "same": "s", "first": None},
            {"name": "x\ny", "same": "s", "first": None},
            {"name": 'é"', "same": "s", "first": None},
            {"name": "z", "same": "s", "first": 2},
        ]


def test_programs_that_differ_in_a_whole_table_answer_each_for_itself() -> None:
    def program(first: int) -> str:
        return "{" + ", ".join(f'"n{number}": ["v{number}"]' for number in range(first, first + 40)) + "}[.n]"

    made = [engine.Program(program(first)) for first in (0, 100, 200)]
    assert len({program.shape.text for program in made if program.shape}) == 1
    for _ in range(2):
        assert [program.first({"n": "n107"}, now=1.0) for program in made] == [None, ["v107"], None]


def test_programs_that_differ_in_a_long_text_answer_each_for_itself_also_those_that_come_later() -> None:
    def program(letter: str) -> engine.Program:
        return engine.Program(f'{{long: ("{letter * 600}" + .x), short: "{letter}"}}')

    known = [program(letter) for letter in "ab"]
    engine.acquaint(known)
    made = [*known, program("c")]
    for _ in range(2):
        for letter, one in zip("abc", made, strict=True):
            assert one.first({"x": "!"}, now=1.0) == {"long": letter * 600 + "!", "short": letter}


def test_a_program_that_differs_in_more_than_those_before_changes_nothing_for_them() -> None:
    first, second = engine.Program('["one", "two", "one"]'), engine.Program('["one", "three", "one"]')
    assert (first.first(None, now=1.0), second.first(None, now=1.0)) == (
        ["one", "two", "one"],
        ["one", "three", "one"],
    )
    third = engine.Program('["four", "three", "four"]')
    assert [one.first(None, now=1.0) for one in (first, second, third)] == [
        ["one", "two", "one"],
        ["one", "three", "one"],
        ["four", "three", "four"],
    ]


def test_edges_that_ask_for_the_same_status_are_no_reason_to_be_compiled_alone() -> None:
    def edges(*statuses: str) -> str:
        return ", ".join(f'("a" | is("{status}"))' for status in statuses)

    made = [
        engine.Program(f"def is($status): . + $status; [{edges(*statuses)}]")
        for statuses in (("done", "success", "success"), ("success", "success", "done"))
    ]
    assert len({program.shape.text for program in made if program.shape}) == 1
    assert [program.first(None, now=1.0) for program in made] == [
        ["adone", "asuccess", "asuccess"],
        ["asuccess", "asuccess", "adone"],
    ]


def test_a_text_with_a_line_break_in_it_stays_where_it_is() -> None:
    program = engine.Program('{a: "b\nc", d: "e"}')
    assert program.shape is None
    assert program.first(None, now=1.0) == {"a": "b\nc", "d": "e"}


def test_what_is_no_program_is_told_in_the_words_of_jq() -> None:
    for text in ('{a: "b}', "{a:", "nothing_of_that_name"):
        with pytest.raises(ValueError, match="jq: "):
            _ = engine.Program(text).shape


def test_a_program_sees_the_moment_it_is_given_and_no_environment() -> None:
    assert engine.Program("[now, $ENV, env]").first(None, now=1.5) == [1.5, {}, {}]
    with pytest.raises(InternalError):
        engine.Program(".a.b").first({"a": 5}, now=1.5)


def test_programs_that_are_compiled_together_answer_each_for_itself() -> None:
    texts = ["{a: .x}", "{b: now}", '{c: "z", d: .y}', '{c: "w", d: .y}', "def f: 7; {e: f}"]
    programs = [engine.Program(text) for text in texts]
    engine.acquaint(programs)
    told = [program.first({"x": 1, "y": 2}, now=5.0) for program in programs]
    assert told == [{"a": 1}, {"b": 5.0}, {"c": "z", "d": 2}, {"c": "w", "d": 2}, {"e": 7}]


def test_one_that_is_no_program_does_not_keep_the_others_from_being_compiled() -> None:
    good, bad = engine.Program("{acquainted: .x}"), engine.Program("{acquainted: .x |}")
    engine.acquaint([good, bad])
    assert good.first({"x": 1}, now=5.0) == {"acquainted": 1}
    with pytest.raises(ValueError, match="syntax error"):
        bad.first({"x": 1}, now=5.0)


def test_questions_about_one_value_are_answered_together() -> None:
    def question(text: str, variant: str, argument: int) -> engine.Question:
        shape = engine.Program(text).shape
        assert shape is not None
        return engine.Question(variant, shape, [argument])

    inner = f"{PIECE % 0}"
    asked = [
        question('{named: "x"}', f'[.["{inner}"], {engine.ARGUMENT}]', 4),
        question('{named: "y"}', f'[.["{inner}"], {engine.ARGUMENT}]', 5),
        question('{other: "x"}', f'.["{inner}"] | tonumber', 0),
        question('{other: "z"}', "empty", 0),
        question('{other: "z"}', "now", 0),
    ]
    with engine.zone_kept():
        assert engine.answers(asked, '{"x": "a", "y": "b"}', "UTC") == [
            ["a", [4]],
            ["b", [5]],
            None,
            None,
            None,
        ]
