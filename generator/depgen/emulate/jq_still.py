"""Which fields of a program's answer are false on every update that changes nothing the program looks at.

A program that asks whether something has become so, says no where nothing has changed, whatever there is: `now and (before |
not)`, when both are one and the same. Then such updates need no answer at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from depgen.emulate.jq_known import (
    DATA,
    EVENT,
    OTHER,
    Closure,
    Constant,
    Function,
    Known,
    Not,
    Record,
    Scope,
    Start,
    Text,
    Value,
)
from depgen.emulate.jq_syntax import Tree, tree
from depgen.emulate.jq_walk import Walk

# Functions that give at most one value, whatever their arguments give.
_ONE = frozenset(
    [
        "not",
        "fromjson",
        "tojson",
        "fromdateiso8601",
        "fromdate",
        "todate",
        "mktime",
        "localtime",
        "gmtime",
        "length",
        "keys",
        "max_by",
        "min_by",
        "max",
        "min",
        "add",
        "tonumber",
        "tostring",
        "sort",
        "sort_by",
        "unique",
        "unique_by",
        "from_entries",
        "to_entries",
        "with_entries",
        "map",
        "first",
        "last",
        "any",
        "all",
        "isempty",
        "now",
        "floor",
        "type",
        "objects",
        "strings",
        "numbers",
        "values",
        "arrays",
        "booleans",
        "empty",
    ]
)
# Those that give at most one for each of their arguments.
_ONE_EACH = frozenset(
    [
        "select",
        "has",
        "startswith",
        "endswith",
        "ltrimstr",
        "rtrimstr",
        "split",
        "test",
        "join",
        "index",
        "contains",
        "inside",
        "strftime",
        "strptime",
        "strflocaltime",
        "error",
    ]
)
_FALSE = Constant(False)


def never(program: str) -> tuple[Start, ...]:
    """The fields. Raises UnreadableError."""
    walk = _StillWalk("UPDATE")
    known = walk.plain(walk.of(tree(program), EVENT, Scope(), 0))
    fields = known.fields if isinstance(known, Record) else ()
    return tuple(name for name, value in fields if value == _FALSE)


class _StillWalk(Walk):
    """`.body.data` and `.oldBody.data` are the same here, so what is made of them in the same way is too."""

    def __init__(self, type_: str) -> None:
        super().__init__(type_)
        self._kept: list[object] = []  # what an id stands for must not go while it is compared

    def entry(self, name: Known) -> Known:
        """An entry is the same as itself."""
        known = super().entry(name)
        return Value(("entry", name.start)) if isinstance(name, Text) and name.is_whole else known

    def _own(self, found: Function, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        known = super()._own(found, arguments, this, scope, depth)
        is_precise = this in (DATA, EVENT) or isinstance(this, Value)
        if known == OTHER and is_precise and not arguments and is_one(found.body, found.scope, 0):
            self._kept.append(found)
            return Value(("call", id(found.body), this, id(found.scope)))
        return known

    def _builtin(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name == "not" and isinstance(this, Value):
            return Not(this)
        known = super()._builtin(name, arguments, this, scope, depth)
        return OTHER if name == "has" else known

    def _compared(self, operator: str, left: Known, right: Known) -> Known:
        if isinstance(left, Value) and left == right:
            return Constant(operator == "==")
        return super()._compared(operator, left, right)

    def _combined(self, operator: str, left: Known, right: Known) -> Known:
        if operator == "and" and (right == _FALSE or _are_opposite(left, right)):
            return _FALSE
        if operator == "or" and _FALSE in (left, right):
            other = right if left == _FALSE else left
            if isinstance(other, Not):
                return other
        return super()._combined(operator, left, right)

    def _made(self, fields: list[tuple[Known, Known]]) -> Known:
        return Record(
            tuple((name.start, value) for name, value in fields if isinstance(name, Text) and name.is_whole)
        )


def _are_opposite(left: Known, right: Known) -> bool:
    return right == Not(left) if isinstance(left, Value) else isinstance(left, Not) and left.value == right


def is_one(node: Tree, scope: Scope, depth: int) -> bool:
    """Whether a node has at most one value."""
    kind = node[0]
    if depth > 60 or kind in ("each", "everywhere", "loop"):
        return False
    if kind in ("this", "constant", "number", "variable", "array"):
        return True
    if kind == "def":
        _, name, parameters, body, rest = node
        inner = scope.function(name, len(parameters), Function(parameters, body, scope))
        return is_one(rest, inner, depth + 1)
    if kind == "call":
        return _is_one_call(node[1], node[2], scope, depth + 1)
    if kind == "binary" and node[1] == ",":
        return False
    return all(is_one(part, scope, depth + 1) for part in _PARTS[kind](node))


def _is_one_call(name: str, arguments: Any, scope: Scope, depth: int) -> bool:
    found = scope.functions.get((name, len(arguments)))
    if isinstance(found, Closure):
        return is_one(found.body, found.scope, depth)
    if found is None:
        is_each = name in _ONE_EACH
        return (name in _ONE or is_each) and all(
            is_one(argument, scope, depth) for argument in (arguments if is_each else ())
        )
    inner = found.scope
    for parameter, argument in zip(found.parameters, arguments, strict=True):
        if parameter.startswith("$") and not is_one(argument, scope, depth):
            return False
        inner = inner.function(parameter.removeprefix("$"), 0, Closure(argument, scope))
    return is_one(found.body, inner, depth)


_PARTS: dict[str, Callable[[Tree], list[Tree]]] = {
    "string": lambda node: [part for part in node[1] if not isinstance(part, str)],
    "pipe": lambda node: [node[1], node[2]],
    "index": lambda node: [node[1], node[2]],
    "slice": lambda node: list(node[1:]),
    "apply": lambda node: [node[1]],
    "negative": lambda node: [node[1]],
    "format": lambda node: [node[1]],
    "try": lambda node: [node[1], node[2]],
    "if": lambda node: list(node[1:]),
    "binary": lambda node: [node[2], node[3]],
    "as": lambda node: [node[1], node[3]],
    "object": lambda node: [part for pair in node[1] for part in pair],
}
