"""Expressions of `exprs` filters, as far as govaluate reads them without surprises.

Numbers, strings, names, true and false; `== != < <= > >= =~ !~ && || ! + - * / % in ( )`. The rest of govaluate
(functions, accessors, dates in strings, ternaries, bits) is refused by name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)
    |'(?P<single>[^'\\]*)'|"(?P<double>[^"\\]*)"
    |\[(?P<bracket>[^\]]+)\]
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<symbol>==|!=|<=|>=|=~|!~|&&|\|\||[-<>!+*/%(),]))""",
    re.VERBOSE,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}|[A-Z][a-z]{2} [A-Z][a-z]{2} ")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "=~", "!~", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)
Value = Callable[[Mapping[str, Any]], Any]


class ExpressionError(ValueError):
    """The expression cannot be read here, or not be evaluated."""


class Expression:
    """Compiled; raises ExpressionError if it cannot be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = self._read(text)
        self._place = 0
        self._value = self._binary(0)
        if self._place < len(self._tokens):
            raise ExpressionError(f'"{text}" cannot be read from "{self._tokens[self._place][1]}" on')

    def value(self, names: Mapping[str, Any]) -> Any:
        """Its value; raises ExpressionError."""
        return self._value(names)

    def _read(self, text: str) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        place = 0
        text = text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise ExpressionError(f'"{text}" cannot be read from "{text[place:].strip()}" on')
            found.append(_token(match))
            place = match.end()
        return found

    def _take(self, *symbols: str) -> str | None:
        if self._place < len(self._tokens):
            kind, text = self._tokens[self._place]
            if kind == "symbol" and text in symbols:
                self._place += 1
                return str(text)
        return None

    def _binary(self, level: int) -> Value:
        if level == len(_LEVELS):
            return self._one()
        left = self._binary(level + 1)
        while symbol := self._take(*_LEVELS[level]):
            left = _operation(symbol, left, self._binary(level + 1))
        return left

    def _one(self) -> Value:
        if symbol := self._take("!", "-", "("):
            if symbol == "(":
                return self._brackets()
            inner = self._one()
            if symbol == "!":
                return lambda names: not _boolean("!", inner(names))
            return lambda names: -_number("-", inner(names))
        if self._place >= len(self._tokens):
            raise ExpressionError(f'"{self.text}" ends too soon')
        kind, value = self._tokens[self._place]
        self._place += 1
        if kind == "symbol":
            raise ExpressionError(f'"{self.text}" cannot be read from "{value}" on')
        if kind == "name":
            return lambda names: _named(names, value)
        return lambda names: value

    def _brackets(self) -> Value:
        items = [self._binary(0)]
        while self._take(","):
            items.append(self._binary(0))
        if not self._take(")"):
            raise ExpressionError(f'"{self.text}": a bracket is never closed')
        if len(items) == 1:
            return items[0]
        return lambda names: [item(names) for item in items]


def _token(match: re.Match[str]) -> tuple[str, Any]:
    kind = str(match.lastgroup)
    text = match[kind]
    if kind == "number":
        return "value", float(text)
    if kind in ("single", "double"):
        if _DATE.match(text):
            raise ExpressionError(f'the string "{text}", which govaluate may take for a date')
        return "value", text
    if kind == "name" and text in ("true", "false"):
        return "value", text == "true"
    if kind == "name" and text == "in":
        return "symbol", text
    return ("name" if kind == "bracket" else kind), text


def _named(names: Mapping[str, Any], name: str) -> Any:
    if name not in names:
        raise ExpressionError(f"No parameter '{name}' found.")
    value = names[name]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _boolean(symbol: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(f"{symbol} wants a bool, found {value!r}")
    return value


def _number(symbol: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, float):
        raise ExpressionError(f"{symbol} wants a number, found {value!r}")
    return value


def _operation(symbol: str, left: Value, right: Value) -> Value:
    if symbol == "&&":
        return lambda names: _boolean("&&", left(names)) and _boolean("&&", right(names))
    if symbol == "||":
        return lambda names: _boolean("||", left(names)) or _boolean("||", right(names))
    calculate = _CALCULATE[symbol]
    return lambda names: calculate(left(names), right(names))


def _ordered(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def calculate(left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        return compare(_number(symbol, left), _number(symbol, right))

    return calculate


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return _text(left) + _text(right)
    return _number("+", left) + _number("+", right)


def _text(value: Any) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _matches(left: Any, right: Any) -> bool:
    if not (isinstance(left, str) and isinstance(right, str)):
        raise ExpressionError(f"=~ wants strings, found {left!r} and {right!r}")
    try:
        return re.search(right, left) is not None
    except re.error as error:
        raise ExpressionError(f"unable to compile regexp pattern '{right}'") from error


def _within(left: Any, right: Any) -> bool:
    if not isinstance(right, list):
        raise ExpressionError("in wants a list in brackets")
    return left in right


def _divided(left: Any, right: Any) -> float:
    dividend, divisor = _number("/", left), _number("/", right)
    return dividend / divisor if divisor else math.copysign(math.inf, dividend)


_CALCULATE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b and isinstance(a, bool) == isinstance(b, bool),
    "!=": lambda a, b: a != b or isinstance(a, bool) != isinstance(b, bool),
    "<": _ordered("<", lambda a, b: a < b),
    "<=": _ordered("<=", lambda a, b: a <= b),
    ">": _ordered(">", lambda a, b: a > b),
    ">=": _ordered(">=", lambda a, b: a >= b),
    "=~": _matches,
    "!~": lambda a, b: not _matches(a, b),
    "in": _within,
    "+": _plus,
    "-": lambda a, b: _number("-", a) - _number("-", b),
    "*": lambda a, b: _number("*", a) * _number("*", b),
    "/": _divided,
    "%": lambda a, b: math.fmod(_number("%", a), _number("%", b)),
}
