"""The `conditions` of a trigger, `a && (b || c)`, as a tree of dependency names.

Argo Events reads them as expressions, in which it takes `-` for `_`; so do we, or a name would be three words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Generic, Literal, NamedTuple, TypeVar

MOST_DEPTH = 20
Leaf = TypeVar("Leaf")

_TOKEN = re.compile(r"\s*(&&|\|\||[()]|[A-Za-z0-9_-]+)")
_WORDS = {"and": "&&", "or": "||"}


class Combined(NamedTuple, Generic[Leaf]):
    """All of the members, or any of them."""

    mode: Literal["all", "any"]
    members: tuple[Leaf | Combined[Leaf], ...]


Condition = str | Combined[str]


def parse(expression: str, names: Collection[str]) -> Condition | None:
    """The tree, whose leaves are of `names`; None if it is anything else than names, `&&`, `||` and brackets."""
    tokens = _tokens(expression)
    if not tokens:
        return None
    reader = _Reader(tokens, {name.replace("-", "_"): name for name in names})
    try:
        found = reader.either(0)
    except _UnreadableError:
        return None
    return found if reader.is_done else None


def combined(mode: Literal["all", "any"], members: Iterable[Leaf | Combined[Leaf]]) -> Leaf | Combined[Leaf]:
    """The members in one, at least one of them; those of the same mode are taken apart, each is there once."""
    flat: dict[Leaf | Combined[Leaf], None] = {}
    for member in members:
        if isinstance(member, Combined) and member.mode == mode:
            flat.update(dict.fromkeys(member.members))
        else:
            flat[member] = None
    return next(iter(flat)) if len(flat) == 1 else Combined(mode, tuple(flat))


class _UnreadableError(Exception):
    """The expression is none of ours."""


class _Reader:
    """Reads tokens by descent: `||` binds weaker than `&&`."""

    def __init__(self, tokens: list[str], names: dict[str, str]) -> None:
        self._tokens = tokens
        self._names = names

    @property
    def is_done(self) -> bool:
        return not self._tokens

    def either(self, depth: int) -> Condition:
        members = [self._both(depth)]
        while self._taken("||"):
            members.append(self._both(depth))
        return combined("any", members)

    def _both(self, depth: int) -> Condition:
        members = [self._one(depth)]
        while self._taken("&&"):
            members.append(self._one(depth))
        return combined("all", members)

    def _one(self, depth: int) -> Condition:
        if self._taken("("):
            if depth >= MOST_DEPTH:
                raise _UnreadableError
            found = self.either(depth + 1)
            if not self._taken(")"):
                raise _UnreadableError
            return found
        name = self._names.get(self._tokens.pop(0).replace("-", "_")) if self._tokens else None
        if name is None:
            raise _UnreadableError
        return name

    def _taken(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            del self._tokens[0]
            return True
        return False


def _tokens(expression: str) -> list[str]:
    tokens, position, text = [], 0, expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return []
        tokens.append(_WORDS.get(match[1], match[1]))
        position = match.end()
    return tokens
