"""jq of the authors: what is taken, what is refused and why, and that nothing taken leaves its parentheses."""

from __future__ import annotations

import re

import jq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgen import pipeline
from depgen.expressions import FUNCTIONS, LONGEST, compared_with_numbers, outputs, problem, problems
from depgen.jqtokens import tokens
from tests.lint.cases import clean

TAKEN = [
    "true",
    "(.outputs.rows | tonumber) > 0",
    ".outputs.rows == null",
    '.workflow | test("^load-[0-9]+$")',
    '"a\\(1 + "b\\(2)c")d" | length > 3',
    "def f: 1; f",
    "def f(g; $a): g + $a; f(.x; 1) > 2",
    '.phase as $p | $p == "Failed" or $p == "Error"',
    ". as {a: $x} ?// [$x] | $x",
    "reduce (1, 2) as $x (0; . + $x) == 3",
    "if . then 1 elif .x then 2 else 3 end",
    'if . == "$" then "$" end',
    "label $out | (1, break $out)",
    "try error catch true",
    ".now and .input and ." + '"env"',
    "{now: 1, input: .x, if: 2} | .now == 1",
    "{now}",
    "[.x[]? | select(. > 1)] | any",
    "# a comment\n.x # and another",
    "\t.x\n",
    '.x == "ein Ü, ein 漢字, ein 🎉"',
    '@base64 == "x"',
    "-.x < -1 and .y < .5 and .z != 1e3",
    ".x[1:3] == [2, 3]",
    "..|numbers",
]

REFUSED = {
    "true) or (true": 'is not complete: ")" closes nothing',
    "(.x": 'is not complete: the bracket "(" is never closed',
    "[.x": 'is not complete: the bracket "[" is never closed',
    "(.x]": 'is not complete: "]" closes nothing',
    "if .x then 1": 'is not complete: the word "if" is never closed',
    ".x end": 'is not complete: "end" closes nothing',
    '.x == "': "is not complete: the quote is never closed",
    '"a\\(.x"': "is not complete: the quote is never closed",
    ".x | # c": "is not a complete jq expression",
    ".x |": "is not a complete jq expression",
    ".x;": "is not a complete jq expression",
    ".x; .y": "is not a complete jq expression",
    "def f: 1;": "is not a complete jq expression",
    "": "is not a complete jq expression",
    " \n": "is not a complete jq expression",
    "# only this": "is not a complete jq expression",
    "1 2": "is not a complete jq expression",
    "$key": 'uses "$key", which is not defined',
    ".x == $day": 'uses "$day", which is not defined',
    ".x # \\": "has a backslash in a comment, which jq engines read differently",
    "now": 'uses "now", which is another value each time',
    '"\\(now)"': 'uses "now", which is another value each time',
    '"\\("\\(now)")"': 'uses "now", which is another value each time',
    "{(now | tostring): 1}": 'uses "now", which is another value each time',
    "{a: now}": 'uses "now", which is another value each time',
    "{a: if . then 1, now else 2 end}": 'uses "now", which is another value each time',
    "def now: 1; now": 'uses "now", which is another value each time',
    "def f(now): now; f(1)": 'uses "now", which is another value each time',
    "0 | localtime": 'uses "localtime", which depends on the zone of the process',
    '0 | strflocaltime("%H")': 'uses "strflocaltime", which depends on the zone of the process',
    "input": 'uses "input", which reads another input',
    "[inputs]": 'uses "inputs", which reads another input',
    "env.HOME": 'uses "env", which depends on the process that runs it',
    "$ENV.HOME": 'uses "$ENV", which depends on the process that runs it',
    "$ENV": 'uses "$ENV", which depends on the process that runs it',
    "$__loc__": 'uses "$__loc__", which depends on the process that runs it',
    "{$__loc__}": 'uses "$__loc__", which depends on the process that runs it',
    "$__prog_args": 'uses "$__prog_args", which depends on the process that runs it',
    "debug": 'uses "debug", which depends on the process that runs it',
    "stderr": 'uses "stderr", which depends on the process that runs it',
    "input_filename": 'uses "input_filename", which depends on the process that runs it',
    "halt": 'uses "halt", which would end the program',
    '"x" | halt_error': 'uses "halt_error", which would end the program',
    'import "a" as a; .': 'uses "import", and no file can be loaded',
    'include "a"; .': 'uses "include", and no file can be loaded',
    "keys_unsorted": 'uses "keys_unsorted", which a Sensor does not have; use "keys"',
    "tonumbr": 'calls "tonumbr", which is none of the functions that can be used; did you mean "tonumber"?',
    "a::b": 'calls "a::b", which is none of the functions that can be used',
    "edge0": 'calls "edge0", which is none of the functions that can be used',
    "e0": 'calls "e0", which is none of the functions that can be used',
    "@sql": 'uses "@sql", which is no format',
    '.x | test("(?=a)")': "has look-around in a regular expression, which a Sensor does not know",
    '.x | test("(?<!a)b")': "has look-around in a regular expression, which a Sensor does not know",
    '.x | test("(?>a)b")': "has look-around in a regular expression, which a Sensor does not know",
    '.x | test("(a)\\\\1")': "has a back-reference in a regular expression, which a Sensor does not know",
    ".x\r": "holds the invisible character U+000D",
    ".x\0": "holds the invisible character U+0000",
    "\u202e.x": "holds the invisible character U+202E",
    ".x\u00a0": "holds the invisible character U+00A0",
    "." + "x" * LONGEST: f"has {LONGEST + 1} characters, at most {LONGEST} are allowed",
}

FRAGMENTS = [
    *".|,;:()[]{}$#\\\"'?=<>+-*/%@ \n",
    "..",
    "and",
    "or",
    "not",
    "as",
    "def f:",
    "f",
    "if",
    "then",
    "else",
    "end",
]
FRAGMENTS += [
    "reduce",
    "try",
    "catch",
    "?//",
    "\\(",
    ".x",
    ".outputs.rows",
    '"s"',
    "1",
    "now",
    "input",
    "$x",
    "$ENV",
    "# c",
]


@pytest.mark.parametrize("text", TAKEN)
def test_a_function_of_the_input_is_taken(text: str) -> None:
    assert problem(text) is None


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_named(text: str) -> None:
    assert problem(text) == REFUSED[text]


def test_many_expressions_are_judged_one_by_one() -> None:
    texts = [f".x > {number}" if number % 7 else f".x > {number} 1" for number in range(300)]
    assert problems(texts) == dict.fromkeys(texts[::7], "is not a complete jq expression")


def test_deep_brackets_are_no_harm() -> None:
    assert problem("(" * 1000 + "1" + ")" * 1000) is None
    assert problem("[" * 1000 + "1") == 'is not complete: the bracket "[" is never closed'


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=9))
def test_what_is_taken_is_one_expression_wherever_it_stands(parts: list[str]) -> None:
    text = "".join(parts)
    if problem(text) is None:
        jq.compile(text)
        jq.compile(f"def edge0: [any(({text}\n); .)?]; edge0, edge0")
        jq.compile(f'{{a: ({text}\n), b: "c"}} | .b')


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    assert problem(text) != ""


def test_an_output_is_named_after_a_dot_or_in_brackets() -> None:
    assert outputs('.outputs.rows > .outputs["row-count"] and "\\(.outputs.days)"') == (
        ["rows", "row-count", "days"],
        [],
    )
    assert outputs(".outputs.outputs") == (["outputs"], [])


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        (".outputs", ".outputs"),
        (".outputs | keys", ".outputs"),
        (".outputs .rows", ".outputs"),
        (".outputs[.x]", ".outputs"),
        ('.outputs["a b"]', ".outputs"),
        ('.outputs."rows"', ".outputs"),
        ('.["outputs"].rows', "outputs"),
        ("{outputs}", "outputs"),
    ],
)
def test_another_way_to_the_outputs_is_told(text: str, stray: str) -> None:
    assert outputs(text) == ([], [stray])


@pytest.mark.parametrize(
    "text",
    [
        ".outputs.rows > 0",
        '.outputs["rows"]==10',
        "0 < .outputs.rows",
        ".ok and 1.5 != .outputs.rows",
        ".outputs.rows<=-1",
    ],
)
def test_an_output_beside_a_number_is_seen(text: str) -> None:
    assert len(compared_with_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "(.outputs.rows | tonumber) > 0",
        '.outputs.rows == "0"',
        ".outputs.rows > .outputs.days",
        '"x1" < .outputs.rows',
        ".x1 < .outputs.rows",
        '.x == ".outputs.rows > 0"',
        ".outputs.rows | length > 3",
    ],
)
def test_an_output_that_is_compared_otherwise_is_not(text: str) -> None:
    assert compared_with_numbers(text) == []


def test_a_name_in_a_string_or_comment_is_no_output() -> None:
    assert outputs('.x == "see .outputs.rows" # .outputs.days') == ([], [])


def test_a_word_is_a_key_a_field_or_a_call_by_its_place() -> None:
    kinds = {token.kind for token in tokens("{now: .now, $now, a: now}") if token.text in ("now", ".now")}
    assert kinds == {"key", "field", "variable", "word"}


def test_no_function_of_our_programs_hides_one_that_authors_may_use() -> None:
    texts = [text for case in clean() for text in pipeline.build(case.checked()).files.values()]
    defined = {name for text in texts for name in re.findall(r"\bdef ([A-Za-z_0-9]+)", text)}
    assert {"latest", "ready", "wall", "epoch"} <= defined
    assert sorted(defined & FUNCTIONS) == []
