"""A data filter: one path of the payload against some values.

What a newcomer gets wrong: a `string` value is a regular expression that may match anywhere, and one of several values is
enough, also with `!=`; a `bool` is compared with what gjson makes of the value, where "false" and 0 are false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from depgen.emulate import gjson

COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<": operator.lt,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    "": operator.eq,
}
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
# What Go's regular expressions do not have, or what means another thing there.
_NOT_IN_GO = r"\(\?[=!<>#(]|\(\?P[=>]|\(\?\w*[auxL]\w*[:)]|\\[1-9Z]|(?<!\\)[*+?}]\+|\[:\w+:\]"
# An escape, a class, or an end of the text.
_PARTS = r"(?s:\\.|\[\^?\]?(?:\\.|[^\]])*\]|\$)"
_MULTILINE = r"\(\?[a-zA-Z]*m"
Test = Callable[[gjson.Found], bool]


class PathError(ValueError):
    """The payload has no such path."""


class DataFilter:
    """One, compiled; raises ValueError for a value that is none of its type."""

    def __init__(self, wanted: Mapping[str, Any]) -> None:
        self.path = str(wanted["path"])
        tests = {"bool": _bools, "number": _numbers, "string": _strings}[wanted["type"]]
        self.tests = tests(wanted["value"], wanted.get("comparator", ""))

    def passes(self, payload: Any) -> bool:
        """Whether one of the values fits; raises PathError."""
        found = gjson.get(payload, self.path)
        if found is None:
            raise PathError(f"path '{self.path}' does not exist")
        return any(test(found) for test in self.tests)


def _bools(values: Sequence[str], comparator: str) -> list[Test]:
    def test(wanted: bool) -> Test:
        return lambda found: found.is_true == wanted

    if wrong := [value for value in values if value not in (*_TRUE, *_FALSE)]:
        raise ValueError(f"found {', '.join(wrong)}, expected true or false")
    return [test(value in _TRUE) for value in values]


def _numbers(values: Sequence[str], comparator: str) -> list[Test]:
    compare = COMPARATORS[comparator]

    def test(wanted: float) -> Test:
        return lambda found: compare(found.number, wanted)

    return [test(float(value)) for value in values]


def _strings(values: Sequence[str], comparator: str) -> list[Test]:
    def test(regexp: re.Pattern[str]) -> Test:
        return lambda found: bool(regexp.search(found.text)) == (comparator != "!=")

    compiled = [go_regexp(value) for value in values]
    return [test(regexp) for regexp in compiled] if comparator in ("", "=", "!=") else []


def go_regexp(text: str) -> re.Pattern[str]:
    """A regular expression as Go reads it: `$` is the very end, `\\w` is ASCII. Raises ValueError."""
    if found := re.search(_NOT_IN_GO, text):
        raise ValueError(f'"{found[0]}" is not in Go\'s regular expressions, or means another thing there')
    told = text
    if not re.search(_MULTILINE, text):
        told = re.sub(_PARTS, lambda part: r"\Z" if part[0] == "$" else part[0], text)
    try:
        return re.compile(told, re.ASCII)
    except re.error as error:
        raise ValueError(f'"{text}" is no regular expression: {error}') from error


def problems(wanted: Mapping[str, Any]) -> Iterator[str]:
    """What cannot be done here."""
    if wanted.get("template"):
        yield "a template (sprig) is not emulated"
    if not (wanted.get("path") and wanted.get("type") and wanted.get("value")):
        return  # the controller says so
    if found := gjson.problem(wanted["path"]):
        yield found
    if wanted["type"] not in ("bool", "number", "string"):
        yield f'type "{wanted["type"]}", expected bool, number or string'
    elif wanted.get("comparator", "") not in COMPARATORS:
        yield f'comparator "{wanted["comparator"]}", expected one of >= > < <= != ='
    else:
        try:
            DataFilter(wanted)
        except ValueError as error:
            yield str(error)
