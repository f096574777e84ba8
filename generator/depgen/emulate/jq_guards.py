"""Which label an object must have for a field of a program's answer to be true.

Programs that record what Workflows did begin with a table of the ones they know, `{"load": ["load"], ...}[label] // []` or
`[label | select(" \\(.) " | inside(" load ... "))]`, and say no to the others. With many such programs on one event, nearly all answers are no.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from depgen import engine
from depgen.emulate.jq_known import (
    BODY,
    DATA,
    EVENT,
    METADATA,
    OTHER,
    Constant,
    Found,
    Known,
    Label,
    Record,
    Scope,
    Selected,
    Start,
    Text,
    Within,
    Word,
)
from depgen.emulate.jq_syntax import Tree, UnreadableError, tree
from depgen.emulate.jq_walk import Walk
from depgen.jqshapes import LITERALS

LABELS = "labels"
_NOTHING, _FALSE = Constant(()), Constant(False)


class Guard(NamedTuple):
    """A label and the values it must have."""

    label: str
    values: frozenset[str]

    def lets(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels may be of interest."""
        return labels.get(self.label, "") in self.values


def guard(program: engine.Program, wanted: str) -> Guard | None:
    """What the field asks for; None if that is not known."""
    shape = program.shape
    for start, within in _guards(shape.text) if shape is not None else ():
        if shape is not None and shape.filled(start) == wanted:
            names = (name for text in within.lists for name in shape.filled(text)[1:-1].split(" "))
            return Guard(shape.filled(within.label), frozenset(names))
    return None


@lru_cache(maxsize=1024)
def _guards(text: str) -> tuple[tuple[Start, Within], ...]:
    try:
        known = _GuardWalk("ADD").of(tree(text), EVENT, Scope(), 0)
    except (UnreadableError, RecursionError):
        return ()
    fields = known.fields if isinstance(known, Record) else ()
    return tuple((name, value) for name, value in fields if isinstance(value, Within))


def _either(left: Known, right: Known) -> Known:
    """Of a value that is one of two: what is false is not true without the label either."""
    within = next((known for known in (left, right) if isinstance(known, Within)), OTHER)
    return within if left in (within, _FALSE) and right in (within, _FALSE) else OTHER


class _GuardWalk(Walk):
    """What is not followed may be anything, and none of it is an error."""

    def plain(self, known: Known) -> Known:
        """Labels and tables are followed as far as they go."""
        return OTHER if known in (EVENT, BODY, METADATA, LABELS, DATA) else known

    def _part(self, holder: Known, name: Known) -> Known:
        found = name.start[0] if isinstance(name, Text) and name.is_whole and len(name.start) == 1 else None
        if holder == EVENT:
            return BODY if found == BODY else OTHER
        if holder == BODY:
            return METADATA if found == METADATA else OTHER
        return LABELS if found == LABELS else OTHER

    def _index(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] == ("variable", LITERALS):
            return super()._index(node, this, scope, depth)
        holder = self.of(node[1], this, scope, depth)
        name = self.of(node[2], this, scope, depth)
        if holder in (EVENT, BODY, METADATA):
            return self._part(holder, name)
        if holder == LABELS and isinstance(name, Text) and name.is_whole:
            return Label(name.start)
        if isinstance(holder, Record) and isinstance(name, Label):
            return Found(name.name, frozenset((" ", *field, " ") for field, _ in holder.fields))
        return OTHER

    def _binary(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] != "//":
            return super()._binary(node, this, scope, depth)
        left, right = (self.of(part, this, scope, depth) for part in node[2:])
        if isinstance(left, Label) and right == Text((), True):
            return Label(left.name, True)
        is_default = (isinstance(left, Found) and right == _NOTHING) or (
            left == LABELS and right == Record(())
        )
        return left if is_default else OTHER

    def _array(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] == ("call", "empty", ()):
            return _NOTHING
        inner = self.of(node[1], this, scope, depth)
        return Found(*inner) if isinstance(inner, Selected) else OTHER

    def _string(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if len(node[1]) == 3 and node[1][0] == node[1][2] == " ":
            label = self.of(node[1][1], this, scope, depth)
            return Word(label.name) if isinstance(label, Label) and label.is_text else OTHER
        return super()._string(node, this, scope, depth)

    def _builtin(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name == "strings" and isinstance(this, Label):
            return Label(this.name, True)
        if name == "inside" and isinstance(this, Word):
            text = self.of(arguments[0], this, scope, depth)
            if isinstance(text, Text) and text.is_whole:
                return Found(this.label, frozenset((text.start,)))
            return OTHER
        return super()._builtin(name, arguments, this, scope, depth)

    def _passed(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name == "select" and isinstance(this, Label):
            found = self.of(arguments[0], this, scope, depth)
            is_table = isinstance(found, Found) and found.label == this.name
            return Selected(*found) if is_table else this
        return super()._passed(name, arguments, this, scope, depth)

    def _compared(self, operator: str, left: Known, right: Known) -> Known:
        if operator == "!=" and isinstance(left, Found) and right == _NOTHING:
            return Within(*left)
        return OTHER

    def _combined(self, operator: str, left: Known, right: Known) -> Known:
        if operator == "and":
            return next((known for known in (left, right) if isinstance(known, Within)), OTHER)
        return left if left == right and isinstance(left, Within) else OTHER

    def _if(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        self.of(node[1], this, scope, depth)
        return self._joined(self.of(node[2], this, scope, depth), self.of(node[3], this, scope, depth))

    def _joined(self, left: Known, right: Known) -> Known:
        if isinstance(left, Record) and isinstance(right, Record):
            one, other = dict(left.fields), dict(right.fields)
            names = dict.fromkeys((*one, *other))
            return Record(tuple((n, _either(one.get(n, OTHER), other.get(n, OTHER))) for n in names))
        return _either(left, right)

    def _made(self, fields: list[tuple[Known, Known]]) -> Known:
        named = [(name.start, value) for name, value in fields if isinstance(name, Text) and name.is_whole]
        return Record(tuple(named)) if len(named) == len(fields) else OTHER
