"""Filters of a dependency: which events it lets through.

What a newcomer gets wrong: a `string` value is a regular expression that may match anywhere; a path that is missing is an
error, and with the operator `and` an error means no; the time filter asks when the event was published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from depgen.emulate import gjson
from depgen.emulate.events import Event
from depgen.emulate.expression import Expression, ExpressionError
from depgen.emulate.time_filter import in_time

OR = "or"
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "!=": lambda a, b: a != b,
    "=": lambda a, b: a == b,
    "": lambda a, b: a == b,
}
_BOOLS = {t: True for t in ("1", "t", "T", "TRUE", "true", "True")} | {
    f: False for f in ("0", "f", "F", "FALSE", "false", "False")
}


class FilterError(ValueError):
    """Why Argo Events says that filtering went wrong; the event is thrown away, or with `or` this filter is."""


class Filter:
    """The filters of one dependency, compiled; `operator` is its filtersLogicalOperator."""

    def __init__(self, filters: Mapping[str, Any], operator: str) -> None:
        self.is_or = operator == OR
        self._checks: list[Callable[[Event], bool]] = []
        if filters.get("exprs"):
            tests = [(_expression(f), f"expr {f['expr']}") for f in filters["exprs"]]
            self._add([test for test, _ in tests], filters.get("exprLogicalOperator", ""))
        if filters.get("data"):
            self._add([_data(f) for f in filters["data"]], filters.get("dataLogicalOperator", ""))
        if filters.get("context"):
            self._checks.append(lambda event, wanted=filters["context"]: _context(wanted, event))
        if filters.get("time"):
            self._checks.append(lambda event, wanted=filters["time"]: in_time(wanted, event.time))

    def passes(self, event: Event) -> bool:
        """Whether the event goes on; raises FilterError where Argo Events discards it with a warning."""
        if not self.is_or:
            return all(check(event) for check in self._checks)
        errors = []
        for check in self._checks:
            try:
                if check(event):
                    return True
            except FilterError as error:
                errors.append(str(error))
        if errors:
            raise FilterError(" / ".join(errors))
        return False

    def _add(self, tests: Sequence[Callable[[Any], bool]], operator: str) -> None:
        self._checks.append(lambda event: _together(tests, operator, event.value))


def _together(tests: Sequence[Callable[[Any], bool]], operator: str, payload: Any) -> bool:
    if operator != OR:
        return all(test(payload) for test in tests)
    errors = []
    for test in tests:
        try:
            if test(payload):
                return True
        except FilterError as error:
            errors.append(str(error))
    if errors:
        raise FilterError(f"filter errors [{' / '.join(errors)}]")
    return False


def _context(wanted: Mapping[str, Any], event: Event) -> bool:
    actual = {
        "type": event.type,
        "subject": event.subject,
        "source": event.source,
        "datacontenttype": "application/json",
    }
    return all(actual[name] == value for name, value in wanted.items() if value and name in actual)


def _data(wanted: Mapping[str, Any]) -> Callable[[Any], bool]:
    path, kind, comparator = wanted["path"], wanted["type"], wanted.get("comparator", "")
    values = wanted["value"]
    matches = {"bool": _bools, "number": _numbers, "string": _strings}[kind](values, comparator)

    def test(payload: Any) -> bool:
        found = gjson.get(payload, path)
        if found is None:
            raise FilterError(f"data filter error (path '{path}' does not exist)")
        return any(match(found) for match in matches)

    return test


def _bools(values: Sequence[str], comparator: str) -> list[Callable[[gjson.Found], bool]]:
    return [lambda found, wanted=_BOOLS[value]: found.is_true == wanted for value in values]


def _numbers(values: Sequence[str], comparator: str) -> list[Callable[[gjson.Found], bool]]:
    compare = _COMPARE[comparator]
    return [lambda found, wanted=float(value): compare(found.number, wanted) for value in values]


def _strings(values: Sequence[str], comparator: str) -> list[Callable[[gjson.Found], bool]]:
    if comparator not in ("", "=", "!="):
        return []
    wanted = comparator != "!="
    return [
        lambda found, regexp=re.compile(value): bool(regexp.search(found.text)) == wanted for value in values
    ]


def _expression(wanted: Mapping[str, Any]) -> Callable[[Any], bool]:
    expression = Expression(wanted["expr"])
    fields = [(field["name"], field["path"]) for field in wanted.get("fields") or ()]

    def test(payload: Any) -> bool:
        names = {}
        for name, path in fields:
            found = gjson.get(payload, path)
            if found is None:
                raise FilterError(f"expr filter error (path '{path}' does not exist)")
            names[name] = found.value
        try:
            return not fields or expression.value(names) is True
        except ExpressionError as error:
            raise FilterError(f"expr filter error ({error})") from error

    return test


def problems(filters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What cannot be done here: the field, and what of it."""
    if filters.get("script"):
        yield "script", "Lua"
    for place, wanted in enumerate(filters.get("data") or ()):
        yield from ((f"data[{place}]", text) for text in _data_problems(wanted))
    for place, wanted in enumerate(filters.get("exprs") or ()):
        for path in [field["path"] for field in wanted.get("fields") or ()]:
            if found := gjson.problem(path):
                yield f"exprs[{place}]", found
        try:
            Expression(wanted["expr"])
        except ExpressionError as error:
            yield f"exprs[{place}].expr", str(error)


def _data_problems(wanted: Mapping[str, Any]) -> Iterator[str]:
    if wanted.get("template"):
        yield "a template (sprig)"
    if found := gjson.problem(wanted["path"]):
        yield found
    if wanted["type"] not in ("bool", "number", "string"):
        yield f'type "{wanted["type"]}", expected bool, number or string'
        return
    if wanted.get("comparator", "") not in _COMPARE:
        yield f'comparator "{wanted["comparator"]}"'
        return
    try:
        _data(wanted)
    except (KeyError, ValueError, re.error):
        yield f"a value that is no {wanted['type']}: {', '.join(wanted['value'])}"
