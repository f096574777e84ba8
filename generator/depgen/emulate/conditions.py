"""`conditions` of a trigger: which dependencies it waits for together.

What a newcomer gets wrong: without `&&` every event of every dependency runs the trigger by itself, and only with `&&`
is anything remembered. Empty conditions are an AND of all the dependencies of the Sensor. Argo Events reads names as parts of
an expression, with `-` as `_`, so some words cannot be names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"\s*(&&|\|\||[()]|[^\s()&|]+)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = {
    "in",
    "not",
    "and",
    "or",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "true",
    "false",
    "nil",
    "let",
}
# Of expr v1.15.5; a condition that is nothing but such a name works.
_FUNCTIONS = frozenset(
    [
        "all",
        "none",
        "any",
        "one",
        "filter",
        "map",
        "count",
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "groupBy",
        "reduce",
        "len",
        "type",
        "abs",
        "ceil",
        "floor",
        "round",
        "int",
        "float",
        "string",
        "trim",
        "trimPrefix",
        "trimSuffix",
        "upper",
        "lower",
        "split",
        "splitAfter",
        "replace",
        "repeat",
        "join",
        "indexOf",
        "lastIndexOf",
        "hasPrefix",
        "hasSuffix",
        "max",
        "min",
        "sum",
        "mean",
        "median",
        "toJSON",
        "fromJSON",
        "toBase64",
        "fromBase64",
        "now",
        "duration",
        "date",
        "first",
        "last",
        "get",
        "take",
        "keys",
        "values",
        "toPairs",
        "fromPairs",
        "sort",
        "sortBy",
    ]
)
Test = Callable[[Mapping[str, bool]], bool]


class ConditionsError(ValueError):
    """A trigger with these conditions never starts in Argo Events, while its Sensor looks healthy."""


class Conditions(NamedTuple):
    """`names` in the order of the text; `is_met` says whether those that are true suffice."""

    text: str
    names: tuple[str, ...]
    has_and: bool
    is_met: Test


def conditions(text: str, dependencies: Sequence[str]) -> Conditions:
    """Of a trigger of a Sensor with these dependencies; raises ConditionsError."""
    source = text or " && ".join(dependencies)
    return _Parser(source, _real_names(tuple(dependencies)), text).parsed()


@lru_cache(maxsize=4)
def _real_names(dependencies: tuple[str, ...]) -> Mapping[str, str]:
    """What expr sees, to the name: of two that look alike there, the later one. Every trigger of a Sensor asks for the same."""
    return {name.replace("-", "_"): name for name in dependencies}


class _Parser:
    """Recursive descent; `&&` binds closer than `||`."""

    def __init__(self, source: str, names: Mapping[str, str], text: str) -> None:
        self.tokens = _TOKEN.findall(source)
        self.place = 0
        self.known = names
        self.text = text
        self.names: list[str] = []
        if "".join(self.tokens) != re.sub(r"\s", "", source):
            raise ConditionsError(f'conditions "{source}" cannot be read')

    def parsed(self) -> Conditions:
        test = self._or()
        for name in self.names:
            if len(self.tokens) > 1 and name in _FUNCTIONS:
                raise ConditionsError(f'conditions "{self.text}": "{name}" is a function there')
        if self.place < len(self.tokens):
            raise ConditionsError(
                f'conditions "{self.text}" cannot be read from "{self.tokens[self.place]}" on'
            )
        return Conditions(self.text, tuple(dict.fromkeys(self.names)), "&&" in self.tokens, test)

    def _take(self, *wanted: str) -> bool:
        if self.place < len(self.tokens) and self.tokens[self.place] in wanted:
            self.place += 1
            return True
        return False

    def _or(self) -> Test:
        parts = [self._and()]
        while self._take("||"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda there: any(part(there) for part in parts)

    def _and(self) -> Test:
        parts = [self._one()]
        while self._take("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda there: all(part(there) for part in parts)

    def _one(self) -> Test:
        if self._take("("):
            inner = self._or()
            if not self._take(")"):
                raise ConditionsError(f'conditions "{self.text}": a bracket is never closed')
            return inner
        token = self.tokens[self.place] if self.place < len(self.tokens) else ""
        self.place += 1
        name = self._name(token)
        self.names.append(name)
        return lambda there: there[name]

    def _name(self, token: str) -> str:
        if not _NAME.fullmatch(token) or token.replace("-", "_") in _WORDS:
            raise ConditionsError(f'conditions "{self.text}": "{token}" cannot be a name there')
        name = self.known.get(token.replace("-", "_"))
        if name is None:
            raise ConditionsError(f'conditions "{self.text}": there is no dependency "{token}"')
        return name
