"""Filters of a dependency: which events it lets through.

What a newcomer gets wrong: a path that is missing is an error, and an error means no, even where another kind of filter
says yes and they are joined by `or`; the time filter asks when the event was published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from depgen.emulate import data_filter, gjson
from depgen.emulate.data_filter import DataFilter, PathError
from depgen.emulate.events import Event
from depgen.emulate.time_filter import in_time, is_time

OR = "or"
Test = Callable[[Any], bool]


class FilterError(ValueError):
    """Why Argo Events says that filtering went wrong; the event is thrown away."""


class Filter:
    """The filters of one dependency, compiled; `operator` is its filtersLogicalOperator."""

    def __init__(self, filters: Mapping[str, Any], operator: str) -> None:
        self.is_or = operator == OR
        self._checks: list[Callable[[Event], bool]] = []
        if filters.get("exprs"):
            tests = [_expression(wanted) for wanted in filters["exprs"]]
            self._checks.append(_together("expr", tests, filters.get("exprLogicalOperator", "")))
        if filters.get("data"):
            tests = [DataFilter(wanted).passes for wanted in filters["data"]]
            self._checks.append(_together("data", tests, filters.get("dataLogicalOperator", "")))
        if filters.get("context"):
            self._checks.append(_context(filters["context"]))
        if filters.get("time"):
            self._checks.append(_time(filters["time"]))

    def passes(self, event: Event) -> bool:
        """Whether the event goes on; raises FilterError where Argo Events discards it with a warning."""
        answers = [check(event) for check in self._checks]  # all are asked: one that fails decides
        return any(answers) if self.is_or else all(answers)


def _together(name: str, tests: Sequence[Test], operator: str) -> Callable[[Event], bool]:
    def all_pass(event: Event) -> bool:
        try:
            return all(test(event.value) for test in tests)
        except PathError as error:
            raise FilterError(f"{name} filter error ({error})") from error

    def one_passes(event: Event) -> bool:
        errors = []
        for test in tests:
            try:
                if test(event.value):
                    return True
            except PathError as error:
                errors.append(str(error))
        if errors:
            raise FilterError(f"{name} filter errors [{' / '.join(errors)}]")
        return False

    return one_passes if operator == OR else all_pass


def _expression(wanted: Mapping[str, Any]) -> Test:
    from depgen.emulate.expression import Expression, ExpressionError  # slow to load, and few ask for it

    expression = Expression(wanted["expr"])
    fields = [(str(field["name"]), str(field["path"])) for field in wanted["fields"]]

    def test(payload: Any) -> bool:
        names = {}
        for name, path in fields:
            found = gjson.get(payload, path)
            if found is None:
                raise PathError(f"path '{path}' does not exist")
            names[name] = found.value
        try:
            return expression.value(names) is True
        except ExpressionError as error:
            raise PathError(str(error)) from error

    return test


def _context(wanted: Mapping[str, Any]) -> Callable[[Event], bool]:
    def test(event: Event) -> bool:
        actual = {
            "type": event.type,
            "subject": event.subject,
            "source": event.source,
            "datacontenttype": "application/json",
        }
        return all(actual[name] == wanted[name] for name in actual if wanted.get(name))

    return test


def _time(wanted: Mapping[str, Any]) -> Callable[[Event], bool]:
    return lambda event: in_time(wanted, event.time)


def problems(filters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What cannot be done here: the field, and what of it."""
    if filters.get("script"):
        yield "script", "Lua is not emulated"
    for place, wanted in enumerate(filters.get("data") or ()):
        yield from ((f"data[{place}]", text) for text in data_filter.problems(wanted))
    for place, wanted in enumerate(filters.get("exprs") or ()):
        yield from ((f"exprs[{place}]", text) for text in _expression_problems(wanted))
    for name in ("start", "stop") if filters.get("time") else ():
        if not is_time(filters["time"].get(name, "")):
            yield f"time.{name}", "expected a time such as 09:30:00"


def _expression_problems(wanted: Mapping[str, Any]) -> Iterator[str]:
    from depgen.emulate.expression import Expression, ExpressionError

    for field in wanted.get("fields") or ():
        if found := gjson.problem(field.get("path", "")):
            yield found
    try:
        Expression(wanted.get("expr", ""))
    except ExpressionError as error:
        yield str(error)
