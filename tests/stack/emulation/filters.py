"""Cases of what a dependency lets through: jq transforms, and filters of every kind with their operators.

Each dependency has a trigger that logs, so an outcome is a table: which payload went through where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import hook, logging, on, sensor
from tests.stack.emulation.stage import Case, Names, Stage

Table = Mapping[str, Mapping[str, Any]]


def _data(path: str, kind: str, *values: str, comparator: str = "") -> Manifest:
    found = {"path": path, "type": kind, "value": list(values)}
    return {**found, "comparator": comparator} if comparator else found


def _data_filters(*filters: Manifest, operator: str = "") -> Manifest:
    return {"filters": {"data": list(filters), **({"dataLogicalOperator": operator} if operator else {})}}


def _expr(text: str, **fields: str) -> Manifest:
    return {"expr": text, "fields": [{"name": name, "path": path} for name, path in fields.items()]}


def _exprs(*filters: Manifest, operator: str = "") -> Manifest:
    return {"filters": {"exprs": list(filters), **({"exprLogicalOperator": operator} if operator else {})}}


TEXTS: Table = {
    "contains": _data_filters(_data("body.s", "string", "oa")),
    "whole": _data_filters(_data("body.s", "string", "^load$")),
    "one-of": _data_filters(_data("body.s", "string", "^x", "d$")),
    "not": _data_filters(_data("body.s", "string", "^load$", comparator="!=")),
    "neither": _data_filters(_data("body.s", "string", "load", "x", comparator="!=")),
    "greater": _data_filters(_data("body.s", "string", "a", comparator=">")),
    "class": _data_filters(_data("body.s", "string", r"^[a-l]\w+$")),
    "word": _data_filters(_data("body.s", "string", r"^\w+$")),
    "no-end": _data_filters(_data("body.s", "string", r"d$|[$]|\$|(x$)")),
    "lines": _data_filters(_data("body.s", "string", "(?m)d$")),
    "folded": _data_filters(_data("body.s", "string", "(?i)^LOAD$")),
    "dotted": _data_filters(_data(r"body.a\.b", "string", "c")),
    "missing": _data_filters(_data("body.none", "string", ".*")),
    "object": _data_filters(_data("body", "string", '"s": ?"load"')),
    "listed": _data_filters(_data("body.l.1", "string", "y")),
}
NUMBERS: Table = {
    "equal": _data_filters(_data("body.n", "number", "12")),
    "float": _data_filters(_data("body.n", "number", "12.0", comparator="=")),
    "unequal": _data_filters(_data("body.n", "number", "12", comparator="!=")),
    "over": _data_filters(_data("body.n", "number", "11.5", comparator=">")),
    "least": _data_filters(_data("body.n", "number", "12", comparator=">=")),
    "under": _data_filters(_data("body.n", "number", "12", comparator="<")),
    "most": _data_filters(_data("body.n", "number", "12", comparator="<=")),
    "either": _data_filters(_data("body.n", "number", "0", "100", comparator=">")),
    "true": _data_filters(_data("body.n", "bool", "true")),
    "false": _data_filters(_data("body.n", "bool", "false", "0")),
    "text": _data_filters(_data("body.n", "string", "^12$")),
}
OPERATORS: Table = {
    "both": _data_filters(_data("body.n", "number", "1"), _data("body.s", "string", "x")),
    "any": _data_filters(_data("body.n", "number", "1"), _data("body.s", "string", "x"), operator="or"),
    "any-missing": _data_filters(
        _data("body.none", "number", "1"), _data("body.s", "string", "x"), operator="or"
    ),
    "data-and-expr": {
        "filters": {"data": [_data("body.n", "number", "1")], "exprs": [_expr('s == "x"', s="body.s")]}
    },
    "data-or-expr": {
        "filters": {"data": [_data("body.n", "number", "1")], "exprs": [_expr('s == "x"', s="body.s")]},
        "filtersLogicalOperator": "or",
    },
    "error-or-expr": {
        "filters": {"data": [_data("body.none", "number", "1")], "exprs": [_expr('s == "x"', s="body.s")]},
        "filtersLogicalOperator": "or",
    },
    "source": {"filters": {"context": {"subject": "source"}}},
    "type": {"filters": {"context": {"type": "webhook"}}},
    "other-type": {"filters": {"context": {"type": "resource"}}},
    "other-subject": {"filters": {"context": {"subject": "other", "type": "webhook"}}},
    "other-source": {"filters": {"context": {"source": "source"}}},
    "content": {"filters": {"context": {"datacontenttype": "application/json", "id": "no matter"}}},
}
EXPRESSIONS: Table = {
    "equal": _exprs(_expr('s == "x"', s="body.s")),
    "and": _exprs(_expr('s == "x" && n > 1', s="body.s", n="body.n")),
    "or": _exprs(_expr('s == "x" || n > 1', s="body.s", n="body.n")),
    "either": _exprs(_expr('s == "x"', s="body.s"), _expr("n > 1", n="body.n"), operator="or"),
    "each": _exprs(_expr('s == "x"', s="body.s"), _expr("n > 1", n="body.n")),
    "sum": _exprs(_expr("n + 1 == 3", n="body.n")),
    "regexp": _exprs(_expr('s =~ "^x"', s="body.s")),
    "not": _exprs(_expr("!b", b="body.b")),
    "truth": _exprs(_expr("b", b="body.b")),
    "member": _exprs(_expr('s in ("x", "y")', s="body.s")),
    "no-boolean": _exprs(_expr("n + 1", n="body.n")),
    "missing": _exprs(_expr('m == "x"', m="body.none")),
    "kinds": _exprs(_expr("s > n", s="body.s", n="body.n")),
}
PROGRAMS: Table = {
    name: {"transform": {"jq": jq}}
    for name, jq in {
        "same": ".",
        "first": "{a: 1}, {a: 2}",
        "caught": 'try error("x") catch {caught: .}',
        "environment": "{env: (env | length), dollar: ($ENV | length)}",
        "numbers": "{a: 9007199254740991, b: 1e17, c: 1.0, d: 0.1, e: 1e-7, f: -0.5}",
        "sorted": '{z: 1, a: {y: 1, b: 2}, t: ({a: 1, b: 2} | tojson), u: "<&>\\u2028"}',
        "times": '{at: (0 | todate), s: (1732147200 | strftime("%Y-%m-%d %H:%M"))}',
        "deep": '.body.o |= map(select(.k == "b")) | {o: .body.o}',
        "order": "{keys: (.body | keys), entries: (.body | to_entries | map(.key) | sort)}",
    }.items()
}
FAILING: Table = {
    name: {"transform": {"jq": jq}}
    for name, jq in {
        "nothing": "empty",
        "text": '"x"',
        "number": "1",
        "none": "null",
        "list": "[.body.n]",
        "error": 'error("x")',
        "wrong-type": ".body.s.x",
        "division": "{a: (.body.n / 0)}",
    }.items()
}
# What the emulator refuses to play; on the stack such a dependency lets nothing through, or nobody knows what.
REFUSED: Table = {
    "(?=": _data_filters(_data("body.s", "string", "lo(?=ad)")),
    "[:alpha:]": _data_filters(_data("body.s", "string", "^[[:alpha:]]+$")),
    "++": _data_filters(_data("body.s", "string", "a++")),
    "(?P=": _data_filters(_data("body.s", "string", "(?P<x>a)(?P=x)")),
    "lo(": _data_filters(_data("body.s", "string", "lo(")),
    "(?s)": _data_filters(_data("body.s", "string", "^load$(?s).*")),
    "#": _data_filters(_data("body.l.#", "number", "2")),
    "twelve": _data_filters(_data("body.n", "number", "twelve")),
    "yes": _data_filters(_data("body.n", "bool", "yes")),
    "integer": _data_filters({"path": "body.n", "type": "integer", "value": ["12"]}),
    "s ==": _exprs(_expr("s ==", s="body.s")),
    "?": _exprs(_expr("n > 1 ? true : false", n="body.n")),
    "syntax": {"transform": {"jq": "{a: "}},
    "nosuch": {"transform": {"jq": "{a: nosuch(.)}"}},
    "Lua": {"transform": {"script": "return event"}},
    "script": {"filters": {"script": "return true"}},
}
BODIES: tuple[Any, ...] = (
    {"s": "load", "n": 12, "l": ["x", "y"], "a.b": "c", "o": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]},
    {"s": "reload\n", "n": "12", "l": ["y"]},
    {"s": "load\nx", "n": 12.5, "b": True},
    {"s": "x", "n": 1, "b": False},
    {"s": "y", "n": 1},
    {"s": "x", "n": 2, "b": True},
    {"s": None, "n": None},
    {"s": 5, "n": True, "b": "true"},
    {"s": "", "n": -1, "l": []},
    {"s": {"x": 1}, "n": [12]},
    {"s": "é٣"},
)
PAYLOADS: tuple[Any, ...] = (*({"body": body} for body in BODIES), {}, {"body": None}, {"body": "x"})


def _dependencies(table: Table) -> Callable[[Names], Iterator[Manifest]]:
    def manifests(names: Names) -> Iterator[Manifest]:
        yield hook(names, "source")
        yield sensor(
            names,
            [on(names, f"in-{name}", "source", **more) for name, more in table.items()],
            [logging(f"in-{name}") for name in table],
        )

    return manifests


def _publish(payloads: Iterable[Any]) -> Callable[[Stage], None]:
    def script(stage: Stage) -> None:
        for payload in payloads:
            stage.publish("source", payload)

    return script


def _around(names: Names, start: int, stop: int, **more: str) -> Manifest:
    """Between so many minutes from now."""
    moments = [names.start + timedelta(minutes=minutes) for minutes in (start, stop)]
    told = [f"{moment:%H:%M:%S}" for moment in moments]
    return {"filters": {"time": {"start": told[0], "stop": told[1], **more}}}


def _times(names: Names) -> Iterator[Manifest]:
    table = {
        "now": _around(names, -60, 60),
        "later": _around(names, 60, 120),
        "earlier": _around(names, -120, -60),
        "not-earlier": _around(names, -60, -120),
        "not-now": _around(names, 60, -60),
        "zoned": _around(names, 270, 390, timezone="Asia/Kolkata"),
        "zoned-later": _around(names, -60, 60, timezone="Asia/Kolkata"),
    }
    yield from _dependencies(table)(names)


def refused(names: Names, words: str) -> Manifest:
    """A Sensor with one row of the table above."""
    return sensor(names, [on(names, "a", **REFUSED[words])], [logging("a")])


CASES = (
    Case("filters-of-texts", _dependencies(TEXTS), _publish(PAYLOADS)),
    Case("filters-of-numbers", _dependencies(NUMBERS), _publish(PAYLOADS)),
    Case("filters-together", _dependencies(OPERATORS), _publish(PAYLOADS)),
    Case("expressions", _dependencies(EXPRESSIONS), _publish(PAYLOADS)),
    Case("filters-of-times", _times, _publish([{"body": 1}])),
    Case("transforms", _dependencies(PROGRAMS), _publish([*PAYLOADS, [], "x", 5])),
    Case("transforms-that-fail", _dependencies(FAILING), _publish(PAYLOADS[:3])),
)
