"""What can be known of a value in a jq program that is not run: where in the event it stands, or how its text begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from depgen.emulate.jq_syntax import Tree

# What a text begins with: its pieces, a number for the literal of that number (`jqshapes.Shape`).
Start = tuple[str | int, ...]


class Text(NamedTuple):
    """A string that begins so; `is_whole` if that is all of it."""

    start: Start
    is_whole: bool


class Constant(NamedTuple):
    """A value that is known."""

    value: Any


class Value(NamedTuple):
    """A value that is not known, but the same wherever `key` is; at most one."""

    key: tuple[Any, ...]


class Not(NamedTuple):
    """Whether a value is false or null."""

    value: Value


class Record(NamedTuple):
    """An object, as far as its fields are known."""

    fields: tuple[tuple[Start, Known], ...]


class Label(NamedTuple):
    """The value of a label; `is_text`: "" if there is none, and not null, or no value at all."""

    name: Start
    is_text: bool = False


class Word(NamedTuple):
    """The value of a label between two spaces."""

    label: Start


class Found(NamedTuple):
    """What a table or a list has for a label, or an empty array. Each of `lists` is a text of names, with a space on both
    sides of each; there is none within a name.
    """

    label: Start
    lists: frozenset[Start]


class Selected(NamedTuple):
    """The value of a label, or no value at all unless it is in one of these lists."""

    label: Start
    lists: frozenset[Start]


class Within(NamedTuple):
    """False unless the label is in one of these lists."""

    label: Start
    lists: frozenset[Start]


EVENT, BODY, METADATA, DATA, ENTRIES, ENTRY = "event", "body", "metadata", "data", "entries", "entry"
NAMES, NAME = "names", "name"
OTHER = "other"
Known = Text | Constant | Value | Not | Record | Label | Word | Found | Selected | Within | str
# What functions make of the data, one of that, and those of which it is not known yet which it is.
ALL_OF_DATA = {"to_entries": ENTRIES, "keys": NAMES}
ONE_OF: dict[Known, str] = {ENTRIES: ENTRY, NAMES: NAME}
ANY = tuple(ONE_OF.values())


class Closure(NamedTuple):
    """An argument, to be evaluated where it was written."""

    body: Tree
    scope: Scope


class Function(NamedTuple):
    """A `def`."""

    parameters: tuple[str, ...]
    body: Tree
    scope: Scope


@dataclass(frozen=True)
class Scope:
    """What names mean; `values` with their dollar, `functions` by name and number of arguments."""

    values: Mapping[str, Known] = field(default_factory=dict)
    functions: Mapping[tuple[str, int], Function | Closure] = field(default_factory=dict)

    def value(self, name: str, known: Known) -> Scope:
        """With a variable more."""
        return Scope({**self.values, name: known}, self.functions)

    def function(self, name: str, count: int, found: Function | Closure) -> Scope:
        """With a function more."""
        return Scope(self.values, {**self.functions, (name, count): found})


def chosen(this: Known, node: Tree) -> Tree | None:
    """The argument of the `startswith` of `select(.key | startswith(...))` of an entry, `select(startswith(...))` of a name: no
    more of it is looked at. None of anything else.
    """
    if node[:2] != ("call", "select") or len(node[2]) != 1:
        return None
    test: Tree = node[2][0]
    if this == ENTRY:
        if test[0] != "pipe" or test[1] != ("index", ("this",), ("string", ("key",))):
            return None
        test = test[2]
    is_start = test[:2] == ("call", "startswith") and len(test[2]) == 1
    return test[2][0] if is_start else None


def written(piece: str) -> Text:
    """A string, from how it is written in jq."""
    return Text((json.loads(f'"{piece}"') if "\\" in piece else piece,), True)


def is_known(text: Known) -> bool:
    """Whether a text is known to its end, and is no literal of a shape."""
    return (
        isinstance(text, Text) and text.is_whole and len(text.start) == 1 and isinstance(text.start[0], str)
    )


def open_text(name: Known) -> Known:
    """The same beginning, and anything after it."""
    return Text(name.start, False) if isinstance(name, Text) else name


def is_true(known: Known) -> bool:
    """Whether jq takes it for true, or may."""
    return not isinstance(known, Constant) or not (known.value is None or known.value is False)
