"""Which entries of an object's `data` a program can depend on, when it is run on an ADD or UPDATE of that object.

A walk over the program with what is known of each value instead of the value: whether it is the event, its body, the
body's data, or a text that begins in a known way. All that is not known to read less is taken to read everything, so the
answer may be too much and never too little. A program that looks at more of an object than its labels, annotations,
name, namespace, uid, creation and data has no answer (UnreadableError), nor has one that cannot be parsed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from depgen import engine
from depgen.emulate.jq_syntax import Tree, UnreadableError, tree
from depgen.jqshapes import LITERALS

DEEPEST = 200
_TYPES = ("ADD", "UPDATE")
# Of metadata: what never changes, and what the caller looks after.
_STEADY = frozenset(("name", "namespace", "uid", "creationTimestamp", "labels", "annotations"))
_TAIL = ("group", "version", "resource")
_IMPURE = frozenset(
    ("input", "inputs", "input_line_number", "input_filename", "halt", "halt_error", "modulemeta")
)
# Functions that only hand their input on to their arguments.
_PASSING = {"first": 1, "last": 1, "isempty": 1, "select": 1, "any": 2, "all": 2, "limit": 2}
_WITHOUT_INPUT = frozenset(("empty", "now", "range"))


# What a text begins with: its pieces, a number for the literal of that number (`jqshapes.Shape`).
Start = tuple[str | int, ...]


class Text(NamedTuple):
    """A string that begins so; `is_whole` if that is all of it."""

    start: Start
    is_whole: bool


class Constant(NamedTuple):
    """A value that is known."""

    value: Any


EVENT, BODY, METADATA, DATA, ENTRIES, ENTRY = "event", "body", "metadata", "data", "entries", "entry"
OTHER = "other"
Known = Text | Constant | str


class Reads(NamedTuple):
    """Names of entries, and what names begin with; `everything` instead of both. `clock`: whether it asks for the time
    on an UPDATE.
    """

    names: frozenset[str]
    starts: tuple[str, ...]
    everything: bool
    clock: bool

    def tells(self, name: str) -> bool:
        """Whether the entry of that name may matter."""
        return self.everything or name in self.names or name.startswith(self.starts)


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


def reads(program: engine.Program) -> Reads | None:
    """What a program can depend on; None if that cannot be told."""
    shape = program.shape
    walks = _walked(shape.text) if shape is not None else None
    if walks is None or shape is None:
        return None
    names = frozenset(_filled(start, shape.literals) for walk in walks for start in walk.names)
    starts = tuple(sorted({_filled(start, shape.literals) for walk in walks for start in walk.starts}))
    everything = "" in starts or any(walk.everything for walk in walks)
    return Reads(names, starts, everything, walks[-1].clock)


@lru_cache(maxsize=1024)
def _walked(text: str) -> tuple[_Walk, ...] | None:
    walks = tuple(map(_Walk, _TYPES))
    try:
        program = tree(text)
        for walk in walks:
            walk.plain(walk.of(program, EVENT, Scope(), 0))
    except (UnreadableError, RecursionError):
        return None
    return walks


def _filled(start: Start, literals: tuple[str, ...]) -> str:
    return "".join(literals[part] if isinstance(part, int) else part for part in start)


class _Walk:
    def __init__(self, type_: str) -> None:
        self.type = type_
        self.names: set[Start] = set()
        self.starts: set[Start] = set()
        self.everything = False
        self.clock = False

    # -- what is read

    def plain(self, known: Known) -> Known:
        """A value that goes somewhere where it is not followed any more."""
        if known in (DATA, ENTRIES, ENTRY):
            self.everything = True
            return OTHER
        if known in (EVENT, BODY, METADATA):
            raise UnreadableError(f"the whole {known}")
        return known

    def entry(self, name: Known) -> Known:
        """The entry of that name is read."""
        if not isinstance(name, Text) or not name.start:
            self.everything = True
        elif name.is_whole:
            self.names.add(name.start)
        else:
            self.starts.add(name.start)
        return OTHER

    # -- the walk

    def of(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        """What is known of a node's value where `.` is `this`."""
        if depth > DEEPEST:
            raise UnreadableError("too deep")
        if this == ENTRY and node[0] != "pipe" and not _is_chosen(node):
            self.everything = True
            this = OTHER
        known: Known = getattr(self, f"_{node[0]}")(node, this, scope, depth + 1)
        return known

    def _this(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return this

    def _constant(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return Constant(node[1])

    def _variable(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] == "$ENV":
            return OTHER
        if node[1] not in scope.values:
            raise UnreadableError(node[1])
        return scope.values[node[1]]

    def _string(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        start: Start = ()
        is_whole = True
        for part in node[1]:
            known: Known = Text((json.loads(f'"{part}"'),), True) if isinstance(part, str) else OTHER
            if not isinstance(part, str):
                known = self.plain(self.of(part, this, scope, depth))
            if is_whole and isinstance(known, Text):
                start, is_whole = start + known.start, known.is_whole
            else:
                is_whole = False
        return Text(start, is_whole)

    def _pipe(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return self.of(node[2], self.of(node[1], this, scope, depth), scope, depth)

    def _index(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] == ("variable", LITERALS):
            return Text((int(node[2][1]),), True)
        holder = self.of(node[1], this, scope, depth)
        name = self.plain(self.of(node[2], this, scope, depth))
        if holder == DATA:
            return self.entry(name)
        if holder in (EVENT, BODY, METADATA):
            return self._part(holder, name)
        self.plain(holder)
        return OTHER

    def _each(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        holder = self.of(node[1], this, scope, depth)
        return ENTRY if holder == ENTRIES else self._forgotten(holder)

    def _slice(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        for part in node[1:]:
            self.plain(self.of(part, this, scope, depth))
        return OTHER

    def _apply(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        """`a?`, `[a]`, `-a`: something of the same kind that need not be followed, but for `a?`."""
        return self._forgotten(self.of(node[1], this, scope, depth))

    def _group(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        for part in node[1:]:
            self.plain(self.of(part, this, scope, depth))
        return OTHER

    def _try(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        self.plain(self.of(node[1], this, scope, depth))
        self.plain(self.of(node[2], OTHER, scope, depth))
        return OTHER

    def _format(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        self.plain(self.of(node[1], this, scope, depth))
        return OTHER

    def _if(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        test = self.plain(self.of(node[1], this, scope, depth))
        if isinstance(test, Constant):
            return self.of(node[2] if _is_true(test) else node[3], this, scope, depth)
        return self._joined(self.of(node[2], this, scope, depth), self.of(node[3], this, scope, depth))

    def _binary(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        operator = node[1]
        left = self.of(node[2], this, scope, depth)
        if operator == "//" and left == DATA and node[3] == ("group",):
            return DATA
        if operator in ("and", "or"):
            return self._logical(operator, self.plain(left), node[3], this, scope, depth)
        right = self.of(node[3], this, scope, depth)
        if operator in (",", "//"):
            return self._joined(left, right)
        left, right = self.plain(left), self.plain(right)
        if operator.endswith("=") and operator not in ("==", "!=", "<=", ">="):
            return self._forgotten(this)  # an assignment gives its input, changed
        if operator in ("==", "!=") and isinstance(left, Constant) and _is_known(right):
            return Constant(((left.value,) == right.start) == (operator == "=="))  # type: ignore[union-attr]
        return OTHER

    def _logical(
        self, operator: str, left: Known, other: Tree, this: Known, scope: Scope, depth: int
    ) -> Known:
        if isinstance(left, Constant) and _is_true(left) == (operator == "or"):
            return Constant(operator == "or")
        right = self.plain(self.of(other, this, scope, depth))
        return (
            Constant(_is_true(right)) if isinstance(left, Constant) and isinstance(right, Constant) else OTHER
        )

    def _as(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        (name,) = node[2]
        source = self.of(node[1], this, scope, depth)
        if source == ENTRY:
            source = self.plain(source)
        return self.of(node[3], this, scope.value(name, source), depth)

    def _loop(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        (name,) = node[2]
        inner = scope.value(name, self.plain(self.of(node[1], this, scope, depth)))
        start, *updates = node[3]
        self.plain(self.of(start, this, scope, depth))
        for update in updates:
            self.plain(self.of(update, OTHER, inner, depth))
        return OTHER

    def _def(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        _, name, parameters, body, rest = node
        inner = scope.function(name, len(parameters), Function(parameters, body, scope))
        return self.of(rest, this, inner, depth)

    def _call(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        _, name, arguments = node
        found = scope.functions.get((name, len(arguments)))
        if isinstance(found, Closure):
            return self.of(found.body, this, found.scope, depth)
        if found is not None:
            return self._own(found, arguments, this, scope, depth)
        return self._builtin(name, arguments, this, scope, depth)

    def _own(self, found: Function, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        inner = found.scope
        for parameter, argument in zip(found.parameters, arguments, strict=True):
            if parameter.startswith("$"):
                value = self.of(argument, this, scope, depth)
                inner = inner.value(parameter, self.plain(value) if value == ENTRY else value)
                parameter = parameter[1:]
            inner = inner.function(parameter, 0, Closure(argument, scope))
        return self.of(found.body, this, inner, depth)

    def _builtin(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name in _IMPURE:
            raise UnreadableError(name)
        self.clock = self.clock or name == "now"
        if this == ENTRY:  # `select(.key | startswith(...))`, which `of` made sure of
            if ("startswith", 1) in scope.functions:
                raise UnreadableError("another startswith")
            return self.entry(_open(self.plain(self.of(arguments[0][2][2][0], OTHER, scope, depth))))
        if this == DATA and name == "to_entries":
            return ENTRIES
        if this == DATA and name == "has":
            return self.entry(self.plain(self.of(arguments[0], this, scope, depth)))
        if _PASSING.get(name) == len(arguments):
            return self._passed(name, arguments, this, scope, depth)
        inner = this if name in _WITHOUT_INPUT else self._forgotten(this)
        for argument in arguments:
            self.plain(self.of(argument, inner, scope, depth))
        if name == "not" and isinstance(this, Constant):
            return Constant(not _is_true(this))
        return OTHER

    def _passed(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name == "select":
            self.plain(self.of(arguments[0], this, scope, depth))
            return this
        if name in ("any", "all"):
            item = self.of(arguments[0], this, scope, depth)
            self.plain(self.of(arguments[1], item, scope, depth))
            return OTHER
        if name == "limit":
            self.plain(self.of(arguments[0], this, scope, depth))
        known = self.of(arguments[-1], this, scope, depth)
        return OTHER if name == "isempty" and self.plain(known) else self._entered(known)

    def _entered(self, known: Known) -> Known:
        return self.plain(known) if known == ENTRY else known

    def _forgotten(self, known: Known) -> Known:
        self.plain(known)
        return OTHER

    def _joined(self, left: Known, right: Known) -> Known:
        if left == right:
            return self._entered(left)
        self.plain(left)
        self.plain(right)
        return OTHER

    def _part(self, holder: Known, name: Known) -> Known:
        found = name.start[0] if isinstance(name, Text) and name.is_whole and len(name.start) == 1 else None
        if holder == EVENT and found == "type":
            return Constant(self.type)
        if holder == EVENT and found in ("body", "oldBody"):
            return BODY
        if holder == BODY and found == METADATA:
            return METADATA
        if holder == BODY and found == DATA:
            return DATA
        if (holder == METADATA and found in _STEADY) or (holder == EVENT and found in _TAIL):
            return OTHER
        raise UnreadableError(f"{holder} {found}")


def _is_chosen(node: Tree) -> bool:
    """`select(.key | startswith(...))`, which looks at nothing else of an entry."""
    if node[:2] != ("call", "select") or len(node[2]) != 1 or node[2][0][0] != "pipe":
        return False
    _, key, test = node[2][0]
    is_key: bool = key == ("index", ("this",), ("string", ("key",)))
    return is_key and test[:2] == ("call", "startswith") and len(test[2]) == 1


def _is_known(text: Known) -> bool:
    return (
        isinstance(text, Text) and text.is_whole and len(text.start) == 1 and isinstance(text.start[0], str)
    )


def _open(name: Known) -> Known:
    return Text(name.start, False) if isinstance(name, Text) else name


def _is_true(known: Constant | Known) -> bool:
    return not isinstance(known, Constant) or known.value not in (None, False)
