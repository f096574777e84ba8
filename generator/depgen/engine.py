"""Runs jq programs as Argo Events does: the first output, in a time zone, at a given moment.

Two things of a program's surroundings decide its result: the zone of its process, for `localtime`, and the clock,
for `now`. Both are arguments here. The engine is libjq; Argo Events has gojq, and a test on the real one holds that
they agree on every program depgen writes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import jq

from depgen.errors import InternalError
from depgen.jqshapes import LITERALS, Shape, differences, with_variable

_MOST_VARIABLE = 64
# The variable of a variant by which it is told what to look at.
ARGUMENT = "$depgen_argument"
_NUMBER = "$depgen_program"


class Program:
    """A jq program; it is compiled when it is first run, which takes a few milliseconds."""

    __slots__ = ("__weakref__", "_alone", "_is_tried", "_plain", "_shape", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._plain: Any = None
        self._alone: Any = None
        self._shape: Shape | None = None
        self._is_tried = False

    @property
    def shape(self) -> Shape | None:
        """The program with its literals apart; None if they cannot be. Raises ValueError, in jq's words, if it is no program."""
        if not self._is_tried:
            self.meet()
            try:
                if self._shape is not None:
                    _ = _family(self._shape.text).program(self._shape.pieces)
            except ValueError:
                self._shape = None
            if self._shape is None:
                check(self.text)
                self._alone = _clocked([self.text])
            self._is_tried = True
        return self._shape

    def meet(self) -> None:
        """Be known to programs of the same shape: then what they have in common is compiled once, and not with each anew."""
        if self._shape is None and not self._is_tried:
            with suppress(ValueError):
                found = Shape(self.text)
                _family(found.text).add(found.pieces)
                self._shape = found

    def first(self, value: Any, zone: str = "UTC", now: float | None = None) -> Any:
        """The first output for a JSON value; `now` (seconds since 1970) stands in for the clock.

        Raises InternalError if the program fails or gives nothing: programs of depgen are total.
        """
        with zone_of_process(zone):
            if now is not None:
                return self.first_of_text(json.dumps(value), zone, now)
            self._plain = self._plain or jq.compile(self.text)
            return _first(self._plain.input_value(value))

    def first_of_text(self, text: str, zone: str, now: float) -> Any:
        """As `first`, for a value that is JSON already. Leaves the process in that zone: call it within `zone_kept`."""
        _enter(zone)
        shape = self.shape
        if shape is None:
            return _first(self._alone.input_text(_input(0, now, "[]", text)))
        family = _family(shape.text)
        found = family.program(shape.pieces)
        return _first(found.jq.input_text(_input(found.number, now, family.arguments(shape.pieces), text)))


class Question(NamedTuple):
    """To be asked of a program of that shape: a variant of it, with numbers that are the variant's ARGUMENT."""

    variant: str
    shape: Shape
    argument: Sequence[int]


def acquaint(programs: Iterable[Program]) -> None:
    """Programs that will all be run know each other, and are compiled together where they can be."""
    programs = list(programs)
    for program in programs:
        program.meet()
    shapes = [program._shape for program in programs if program._shape is not None]
    with suppress(ValueError):  # one of them is no program: each is compiled when it is asked for
        _compile([(_family(shape.text), shape.pieces, "") for shape in shapes], _clocked)


def answers(questions: Sequence[Question], text: str, zone: str) -> list[Any]:
    """What is said to questions about one value, a JSON `text`: to each the first output, None if the variant fails or gives
    nothing. They see no clock. To be called within `zone_kept`.
    """
    _enter(zone)
    families = [_family(question.shape.text) for question in questions]
    wanted = [(f, q.shape.pieces, q.variant) for f, q in zip(families, questions, strict=True)]
    _compile(wanted, _asked)
    runs: dict[Any, dict[int, str]] = {}
    for place, (family, pieces, variant) in enumerate(wanted):
        program = family.program(pieces, variant)
        asking = f"[{program.number},{list(questions[place].argument)},{family.arguments(pieces)}]"
        runs.setdefault(program.jq, {})[place] = asking
    found: dict[int, Any] = {}
    for jq_program, places in runs.items():
        told = _first(jq_program.input_text(f'{{"value":{text},"asked":[{",".join(places.values())}]}}'))
        found.update(zip(places, told, strict=True))
    return [found[place] for place in range(len(questions))]


def _input(number: int, now: float, literals: str, text: str) -> str:
    return f'{{"program":{number},"now":{now!r},"literals":{literals},"value":{text}}}'


class _Compiled(NamedTuple):
    """One of the programs that were compiled together, by its number."""

    jq: Any
    number: int


class _Family:
    """The programs of one shape: compiled once for all, with what differs among them as an argument; if that is much, a
    table of names, each is compiled by itself, because jq would make the table anew at each run.
    """

    def __init__(self, shape: str) -> None:
        self._shape = shape
        self._first: tuple[str, ...] | None = None
        self._variable: frozenset[int] = frozenset()
        self._known: set[tuple[str, ...]] = set()
        self._arguments: dict[tuple[str, ...], str] = {}
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def add(self, pieces: tuple[str, ...]) -> None:
        """One more; it may differ in what was the same so far."""
        if pieces in self._known:
            return
        if self._first is None:
            self._first = pieces
        self._known.add(pieces)
        variable = self._variable | differences(pieces, self._first)
        if variable != self._variable:
            if self.is_alike:
                self._compiled.clear()
            self._arguments.clear()
            self._variable = variable

    def program(self, pieces: tuple[str, ...], variant: str = "") -> _Compiled:
        """What to run for one of them, or for a variant of it."""
        self.add(pieces)
        found = self._compiled.get(self.key(pieces, variant))
        if found is None:
            _compile([(self, pieces, variant)], _asked if variant else _clocked)
            found = self._compiled[self.key(pieces, variant)]
        return found

    def key(self, pieces: tuple[str, ...], variant: str) -> tuple[str, tuple[str, ...]]:
        """The same for all that one program does for."""
        return variant, () if self.is_alike else pieces

    def has(self, pieces: tuple[str, ...], variant: str) -> bool:
        """Whether it is compiled."""
        return self.key(pieces, variant) in self._compiled

    def keep(self, pieces: tuple[str, ...], variant: str, compiled: _Compiled) -> None:
        """Run this from now on."""
        self._compiled[self.key(pieces, variant)] = compiled

    def text(self, pieces: tuple[str, ...], variant: str) -> str:
        """What to compile."""
        return with_variable(variant or self._shape, pieces, self._variable if self.is_alike else ())

    @property
    def is_alike(self) -> bool:
        """Whether one program does for all."""
        return len(self._variable) <= _MOST_VARIABLE

    def arguments(self, pieces: tuple[str, ...]) -> str:
        """The literals of one of them that was added, as JSON."""
        found = self._arguments.get(pieces)
        if found is None:
            last = max(self._variable, default=-1) if self.is_alike else -1
            mine = (f'"{pieces[number]}"' if number in self._variable else "0" for number in range(last + 1))
            found = self._arguments[pieces] = f"[{','.join(mine)}]"
        return found


@lru_cache(maxsize=1024)
def _family(shape: str) -> _Family:
    return _Family(shape)


Wanted = tuple[_Family, tuple[str, ...], str]


def _compile(wanted: Iterable[Wanted], made: Callable[[Sequence[str]], Any]) -> None:
    """Those that are not compiled yet, together: jq's own functions, which it compiles with each, take most of the time."""
    new: dict[tuple[int, tuple[str, tuple[str, ...]]], Wanted] = {}
    for family, pieces, variant in wanted:
        family.add(pieces)
        if not family.has(pieces, variant):
            new[id(family), family.key(pieces, variant)] = family, pieces, variant
    if new:
        together = made([family.text(pieces, variant) for family, pieces, variant in new.values()])
        for number, (family, pieces, variant) in enumerate(new.values()):
            family.keep(pieces, variant, _Compiled(together, number))


def _clocked(texts: Sequence[str]) -> Any:
    # The moment travels with the value, so that a program is compiled once and not once for each moment. Argo Events
    # shows programs no environment.
    names = f".program as {_NUMBER} | .now as $depgen_now | .literals as {LITERALS} | {{}} as $ENV"
    return jq.compile(f"{names} | def env: {{}}; def now: $depgen_now; .value | {_chosen(texts)}")


def _asked(texts: Sequence[str]) -> Any:
    names = (
        f".value as $depgen_value | .asked[] | .[0] as {_NUMBER} | .[1] as {ARGUMENT} | .[2] as {LITERALS}"
    )
    answer = f"[$depgen_value | try {_chosen(texts)} catch null][0]"
    return jq.compile(f"def env: {{}}; def now: error; {{}} as $ENV | [{names} | {answer}]")


def _chosen(texts: Sequence[str], first: int = 0) -> str:
    """jq: the program of a number, of those whose numbers begin with `first`."""
    if len(texts) == 1:
        return f"({texts[0]}\n)"
    half = len(texts) // 2
    then, other = _chosen(texts[:half], first), _chosen(texts[half:], first + half)
    return f"(if {_NUMBER} < {first + half} then {then} else {other} end)"


_IN_USE: WeakValueDictionary[str, Program] = WeakValueDictionary()


@lru_cache(maxsize=1024)
def compiled(text: str) -> Program:
    """The program of this text, the same one as long as somebody has it."""
    return _IN_USE.setdefault(text, Program(text))


def check(text: str) -> None:
    """Raises ValueError, in jq's words, if the text is no program."""
    jq.compile(text)


def _first(results: Any) -> Any:
    try:
        return results.first()
    except (ValueError, StopIteration) as error:
        raise InternalError(f"a jq program failed: {error}") from error


@contextmanager
def zone_of_process(zone: str) -> Iterator[None]:
    """What `TZ` in a Sensor's container does: libjq's `localtime` follows it."""
    with zone_kept():
        _enter(zone)
        yield


@contextmanager
def zone_kept() -> Iterator[None]:
    """The process's zone is afterwards what it was. A change costs more than a small program, so many runs share one."""
    before = os.environ.get("TZ")
    try:
        yield
    finally:
        _enter(before)


def _enter(zone: str | None) -> None:
    if os.environ.get("TZ") == zone:
        return
    if zone is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = zone
    time.tzset()
