"""What has to be true for a field of a program's answer to be true, and which entries each such need looks at.

A program that says when something is due says it as `a and b and all(edges; .ok)`. Where one of these is known to be false, the
field is false, whatever the rest of the program would give, until an entry changes that this one looks at. The program
itself is asked: `text` is the same program with another end, which tells which of its needs is not met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from depgen import engine
from depgen.emulate.jq_known import ANY, EVENT, Function, Known, Scope, Start, Text
from depgen.emulate.jq_reads import Entries
from depgen.emulate.jq_still import is_one
from depgen.emulate.jq_syntax import Tree, UnreadableError, tree
from depgen.emulate.jq_walk import Walk
from depgen.emulate.jq_written import written
from depgen.jqshapes import Shape

# Functions that the programs made here call: one that has its own is left alone.
_CALLED = frozenset((("first", 1), ("all", 2), ("empty", 0)))
_DEEPEST = 20
_UNREADABLE = "unreadable"
# The needs that are asked about, and the one that is tried.
_ASKED: Tree = ("each", ("variable", engine.ARGUMENT))
_NUMBER: Tree = ("variable", "$depgen_number")
_EMPTY: Tree = ("call", "empty", ())
Name = tuple[str, int]


class Needs:
    """Those of one field of one program."""

    __slots__ = ("_entries", "_questions", "_shape", "_text", "numbers")

    def __init__(self, shape: Shape, found: _Found) -> None:
        self._shape = shape
        self._text = found.text
        self._entries = [
            Entries(frozenset(map(shape.filled, names)), tuple(map(shape.filled, starts)))
            for names, starts in found.reads
        ]
        self._questions: dict[tuple[int, ...], engine.Question] = {}
        # Of all needs; 0 is the last one of the program's text.
        self.numbers = range(len(found.reads))

    def question(self, numbers: Sequence[int]) -> engine.Question:
        """Which of these needs are not met."""
        key = tuple(numbers)
        found = self._questions.get(key)
        if found is None:
            found = self._questions[key] = engine.Question(self._text, self._shape, key)
        return found

    def entries(self, number: int) -> Entries:
        """What the need of that number looks at."""
        return self._entries[number]


def missing(questions: Sequence[engine.Question], event: str, zone: str) -> list[list[int]]:
    """For each the numbers of needs that are known not to be met by an event, which is JSON. To be called within `zone_kept`."""
    return [numbers or [] for numbers in engine.answers(questions, event, zone)]


class _Found(NamedTuple):
    """`text` is a shape; `reads` has for each need the names it looks at, and the beginnings of names."""

    text: str
    reads: tuple[tuple[tuple[Start, ...], tuple[Start, ...]], ...]


def needs(program: engine.Program, wanted: str) -> Needs | None:
    """Of the field of that name; None if nothing is known."""
    shape = program.shape
    fields = _fields(shape.text) if shape is not None else ()
    if shape is None or len({shape.filled(name) for name, _ in fields}) < len(fields):
        return None
    found = next((found for name, found in fields if shape.filled(name) == wanted), None)
    return None if found is None else Needs(shape, found)


@lru_cache(maxsize=1024)
def _fields(text: str) -> tuple[tuple[Start, _Found | None], ...]:
    try:
        return tuple(_Answer(tree(text)).fields())
    except (UnreadableError, RecursionError):
        return ()


class _Answer:
    """A program that ends with an object, after defs and variables."""

    def __init__(self, program: Tree) -> None:
        self.program = program
        self.functions: dict[Name, tuple[tuple[str, ...], Tree]] = {}
        self.variables: set[str] = set()
        self.end = self._walked(program)

    def fields(self) -> Iterator[tuple[Start, _Found | None]]:
        """All of them, with the needs of those that have some."""
        for name, value in self.end[1]:
            key = Walk("UPDATE").of(name, EVENT, Scope(), 0)
            if not (isinstance(key, Text) and key.is_whole):
                raise UnreadableError("a field whose name is not known")
            yield key.start, self._found(value) if value[:2] == ("binary", "and") else None

    def _walked(self, node: Tree) -> Tree:
        """The end of the program; what is defined on the way there is noted."""
        scope = Scope()
        while node[0] != "object":
            if node[0] == "def":
                _, name, parameters, body, node = node
                self._note((name, len(parameters)) in self.functions or (name, len(parameters)) in _CALLED)
                self.functions[name, len(parameters)] = parameters, body
                scope = scope.function(name, len(parameters), Function(parameters, body, scope))
            elif node[0] in ("as", "pipe"):
                self._note(not is_one(node[1], scope, 0))
                if node[0] == "as":
                    self._note(node[2][0] in self.variables)
                    self.variables.add(node[2][0])
                node = node[-1]
            else:
                raise UnreadableError(node[0])
        return node

    def _note(self, is_wrong: bool) -> None:
        if is_wrong:
            raise UnreadableError("names that mean two things, or a program of several answers")

    def _found(self, value: Tree) -> _Found | None:
        """The needs of a field that can be told, the last ones first, because they are the simplest."""
        known = []
        for need in reversed(list(self._conjuncts(value, 0))):
            reads = self._reads(need)
            if reads is not None:
                known.append((need, reads))
        if not known:
            return None
        numbers: list[Tree] = [("number", str(at)) for at in range(len(known))]
        tests: Tree = known[-1][0]
        for at in reversed(range(len(known) - 1)):
            tests = ("if", ("binary", "==", _NUMBER, numbers[at]), known[at][0], tests)
        # A need that fails tells nothing, and of one that says several things the first counts.
        tried = ("pipe", ("call", "first", (tests,)), ("if", ("this",), _EMPTY, _NUMBER))
        end = ("array", ("as", _ASKED, _NUMBER[1:], ("apply", tried)))
        return _Found(written(self._ending(end)), tuple(reads for _, reads in known))

    def _ending(self, end: Tree) -> Tree:
        """The program with another end."""

        def ended(node: Tree) -> Tree:
            return end if node is self.end else (*node[:-1], ended(node[-1]))

        return ended(self.program)

    def _reads(self, need: Tree) -> tuple[tuple[Start, ...], tuple[Start, ...]] | None:
        """Which entries of the new object it looks at; None if at more than those."""
        walk = _NewWalk("UPDATE")
        try:
            walk.plain(walk.of(self._ending(need), EVENT, Scope(), 0))
        except UnreadableError:
            return None
        is_known = not (walk.everything or walk.clock or () in walk.starts)
        return (tuple(walk.names), tuple(walk.starts)) if is_known else None

    def _conjuncts(self, node: Tree, depth: int) -> Iterator[Tree]:
        """Of all of them it is necessary that they are true; with `.` as it is at the end of the program."""
        kind = node[0]
        if depth > _DEEPEST:
            yield node
        elif node[:2] == ("binary", "and"):
            yield from chain.from_iterable(self._conjuncts(part, depth + 1) for part in node[2:])
        elif node[:2] == ("binary", "or"):
            yield from (("binary", "or", node[2], part) for part in self._conjuncts(node[3], depth + 1))
        elif kind == "pipe" and node[1][0] == "variable":
            yield from (("pipe", node[1], part) for part in self._conjuncts(node[2], depth + 1))
        elif node[:2] == ("call", "all") and len(node[2]) == 2:
            yield from (("pipe", one, node[2][1]) for one in self._parts(node[2][0], depth + 1))
        elif kind == "call" and (node[1], 0) in self.functions and not node[2]:
            yield from self._conjuncts(self.functions[node[1], 0][1], depth + 1)
        else:
            yield node

    def _parts(self, node: Tree, depth: int) -> Iterator[Tree]:
        """The values of which `all` asks for something, one after the other."""
        if node[:2] == ("binary", ",") and depth <= _DEEPEST:
            yield from chain.from_iterable(self._parts(part, depth + 1) for part in node[2:])
        elif node[0] == "call" and (node[1], 0) in self.functions and not node[2] and depth <= _DEEPEST:
            yield from self._parts(self.functions[node[1], 0][1], depth + 1)
        else:
            yield node


class _NewWalk(Walk):
    """Only of the object as it is now: whether it is new, and what it was, may not be asked for."""

    def _part(self, holder: Known, name: Known) -> Known:
        if holder == EVENT and isinstance(name, Text) and name.start in (("type",), ("oldBody",)):
            raise UnreadableError(f"{name.start[0]} of the event")
        return super()._part(holder, name)

    def _as(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        """What cannot be followed is no harm as long as nobody asks for it."""
        try:
            source = self.of(node[1], this, scope, depth)
        except UnreadableError:
            source = _UNREADABLE
        if source in ANY:
            source = self.plain(source)
        return self.of(node[3], this, scope.value(node[2][0], source), depth)

    def _variable(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        found = super()._variable(node, this, scope, depth)
        if found == _UNREADABLE:
            raise UnreadableError(node[1])
        return found
