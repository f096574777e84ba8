"""Transforms and filters: what is let through, what is thrown away."""

from __future__ import annotations

from typing import Any

import pytest

from depgen.emulate import Emulator, Fault
from depgen.emulate.expression import Expression, ExpressionError
from tests.emulated import START, after, dependency, emulator, logged, logging, said, send, sensor

PAYLOAD = {"n": 12, "s": "abc", "t": "true", "no": None, "list": ["x", {"y": 1}], "a.b": {"c": "<d>"}}


def judged(filters: dict[str, Any], payload: Any = None, **more: Any) -> str:
    """`passed`, `stopped` or `discarded`."""
    emulated = emulator(sensor([dependency("e", filters=filters, **more)], logging("l", "e")))
    send(emulated, "e", PAYLOAD if payload is None else payload)
    if said(emulated, "discarded"):
        return "discarded"
    return "passed" if logged(emulated) else "stopped"


def data(path: str, kind: str, *values: str, comparator: str = "") -> dict[str, Any]:
    return {"path": path, "type": kind, "value": list(values), "comparator": comparator}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (data("s", "string", "b"), "passed"),
        (data("s", "string", "^b"), "stopped"),
        (data("s", "string", "^b", "^a"), "passed"),
        (data("s", "string", "b", comparator="!="), "stopped"),
        (data("s", "string", "b", "x", comparator="!="), "passed"),
        (data("s", "string", "b", comparator=">"), "stopped"),
        (data("no", "string", "^$"), "passed"),
        (data("list", "string", r'^\["x",\{"y":1\}\]$'), "passed"),
        (data("list.1.y", "number", "1"), "passed"),
        (data("list.2", "string", "."), "discarded"),
        (data(r"a\.b.c", "string", "^<d>$"), "passed"),
        (data("a.b.c", "string", "."), "discarded"),
        (data("n", "number", "12.0"), "passed"),
        (data("n", "number", "12", comparator="!="), "stopped"),
        (data("n", "number", "13", "11", comparator=">"), "passed"),
        (data("n", "number", "12", comparator="<="), "passed"),
        (data("s", "number", "0"), "passed"),
        (data("n", "bool", "true"), "passed"),
        (data("t", "bool", "T"), "passed"),
        (data("s", "bool", "false"), "passed"),
        (data("missing", "bool", "false"), "discarded"),
    ],
)
def test_a_data_filter_compares_as_gjson_reads(wanted: dict[str, Any], expected: str) -> None:
    assert judged({"data": [wanted]}) == expected


YES, NO, WRONG = data("s", "string", "a"), data("s", "string", "x"), data("missing", "string", "x")


@pytest.mark.parametrize(
    ("wanted", "operator", "expected"),
    [
        ([YES, NO], "", "stopped"),
        ([YES, NO], "or", "passed"),
        ([YES, WRONG], "and", "discarded"),
        ([WRONG, YES], "or", "passed"),
        ([WRONG, NO], "or", "discarded"),
        ([NO, NO], "or", "stopped"),
    ],
)
def test_data_filters_are_joined_by_their_operator(wanted: list[Any], operator: str, expected: str) -> None:
    assert judged({"data": wanted, "dataLogicalOperator": operator}) == expected


def test_kinds_of_filters_are_joined_by_theirs_and_an_error_decides() -> None:
    context = {"subject": "other"}
    assert judged({"data": [YES], "context": context}) == "stopped"
    assert judged({"data": [YES], "context": context}, filtersLogicalOperator="or") == "passed"
    assert judged({"data": [NO], "context": context}, filtersLogicalOperator="or") == "stopped"
    wrong = {"exprs": [{"expr": "x == 1", "fields": [{"name": "x", "path": "missing"}]}], "data": [YES]}
    assert judged(wrong, filtersLogicalOperator="or") == "discarded"


def test_the_context_is_that_of_the_event() -> None:
    assert (
        judged({"context": {"source": "src", "subject": "e", "datacontenttype": "application/json"}})
        == "passed"
    )
    assert judged({"context": {"source": "src", "type": "webhook"}}) == "stopped"


@pytest.mark.parametrize(
    ("start", "stop", "zone", "expected"),
    [
        ("08:00:00", "09:00:00", "", "passed"),
        ("07:00:00", "08:00:00", "", "stopped"),
        ("23:00:00", "08:00:01", "", "passed"),
        ("23:00:00", "07:00:00", "", "stopped"),
        ("09:00:00", "09:00:01", "Europe/Paris", "passed"),
    ],
)
def test_the_time_is_when_the_event_was_published(start: str, stop: str, zone: str, expected: str) -> None:
    assert judged({"time": {"start": start, "stop": stop, "timezone": zone}}) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n == 12 && s == 'abc'", True),
        ("n > 12 || s =~ '^a'", True),
        ("!(n >= 12)", False),
        ("n in (1, 12)", True),
        ("s in ('x', \"abc\")", True),
        ("n * 2 - 4 / 2 == 22", True),
        ("-n % 5 == -2", True),
        ("s + n == 'abc12'", True),
        ("s !~ 'b'", False),
        ("[n] != 12", False),
        ("t == true", False),
        ("'a' < 'b'", True),
    ],
)
def test_an_expression_is_evaluated_as_govaluate_does(text: str, value: bool) -> None:
    assert Expression(text).value({"n": 12, "s": "abc", "t": "true"}) is value


@pytest.mark.parametrize(
    "text", ["n ==", "len(s)", "n ? 1 : 2", "s == '2026-11-21'", "a.b", "n ** 2", "(n", "n n", ""]
)
def test_an_expression_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)


@pytest.mark.parametrize("text", ["missing == 1", "n && true", "s < n", "n =~ 'x'", "-s == 1", "s =~ '('"])
def test_an_expression_that_cannot_be_evaluated_discards(text: str) -> None:
    fields = [{"name": "n", "path": "n"}, {"name": "s", "path": "s"}]
    assert judged({"exprs": [{"expr": text, "fields": fields}]}) == "discarded"


def test_exprs_are_joined_by_their_operator() -> None:
    fields = [{"name": "n", "path": "n"}]
    both = [{"expr": "n == 12", "fields": fields}, {"expr": "n == 13", "fields": fields}]
    assert judged({"exprs": both}) == "stopped"
    assert judged({"exprs": both, "exprLogicalOperator": "or"}) == "passed"


def transformed(program: str, payload: Any, **spec: Any) -> Emulator:
    emulated = emulator(sensor([dependency("e", transform={"jq": program})], logging("l", "e"), **spec))
    send(emulated, "e", payload)
    return emulated


def test_a_transform_comes_before_the_filters_and_gives_the_payload() -> None:
    wanted = dependency(
        "e", transform={"jq": "{z: .s, b: {y: 1, x: 2}}, 5"}, filters={"data": [data("b.x", "number", "2")]}
    )
    emulated = emulator(sensor([wanted], logging("l", "e")))
    send(emulated, "e", PAYLOAD)
    assert logged(emulated) == ['e {"b":{"x":2,"y":1},"z":"abc"}']


@pytest.mark.parametrize("program", ["5", "empty", "error", ".s.x", "[.]"])
def test_a_transform_that_fails_or_gives_no_object_discards(program: str) -> None:
    emulated = transformed(program, PAYLOAD)
    assert (logged(emulated), len(said(emulated, "discarded"))) == ([], 1)


def test_a_transform_takes_objects_only() -> None:
    payloads: list[Any] = [[], "x", 5, {}]
    assert [len(said(transformed("{}", told), "discarded")) for told in payloads] == [1, 1, 1, 0]


def test_a_program_sees_the_virtual_clock_the_zone_of_its_sensor_and_no_environment() -> None:
    env = {"template": {"container": {"env": [{"name": "TZ", "value": "Asia/Tokyo"}]}}}
    program = '{now: now, wall: (now | strflocaltime("%H:%M")), env: ($ENV + env)}'
    assert logged(transformed(program, {}, **env)) == [f'e {{"env":{{}},"now":{START:.0f},"wall":"17:00"}}']
    skewed = emulator(
        sensor([dependency("e", transform={"jq": "{now: now}"})], logging("l", "e")),
        faults=(Fault("skew", "sensor/sen", seconds=-60),),
    )
    after(skewed, 0.5)
    send(skewed, "e")
    assert logged(skewed) == [f'e {{"now":{START - 59.5}}}']
