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
from typing import Any
from weakref import WeakValueDictionary

import jq

from depgen.errors import InternalError
from depgen.jqfamilies import Compiled, Family, Run
from depgen.jqshapes import LITERALS, Shape

# The variable of a variant by which it is told what to look at.
ARGUMENT = "$depgen_argument"
_NUMBER = "$depgen_program"
_HELD = "depgen_held"


class Program:
    """A jq program; it is compiled when it is first run, which takes a few milliseconds."""

    __slots__ = ("__weakref__", "_alone", "_is_tried", "_plain", "_run", "_shape", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._plain: Any = None
        self._alone: Any = None
        self._shape: Shape | None = None
        self._is_tried = False
        self._run: Run | None = None

    @property
    def shape(self) -> Shape | None:
        """The program with its literals apart; None if they cannot be. Raises ValueError, in jq's words, if it is no program."""
        if not self._is_tried:
            self.meet()
            try:
                if self._shape is not None:
                    _run_of(self._shape)
            except ValueError:
                self._shape = None
            if self._shape is None:
                check(self.text)
                self._alone = _clocked([self.text], [])
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
        if self._run is None or not self._run.is_valid:
            self._run = _run_of(shape)
        run = self._run
        return _first(run.jq.input_text(_input(run.number, now, run.literals, text)))


class Question:
    """To be asked of a program of that shape: a variant of it, with numbers that are the variant's ARGUMENT."""

    __slots__ = ("_run", "argument", "shape", "variant")

    def __init__(self, variant: str, shape: Shape, argument: Sequence[int]) -> None:
        self.variant = variant
        self.shape = shape
        self.argument = list(argument)
        self._run: Run | None = None

    @property
    def wanted(self) -> Wanted | None:
        """What has to be compiled for it; None if it was asked before."""
        is_known = self._run is not None and self._run.is_valid
        return None if is_known else (_family(self.shape.text), self.shape.pieces, self.variant)

    @property
    def run(self) -> Run:
        """How to ask it."""
        if self._run is None or not self._run.is_valid:
            self._run = _run_of(self.shape, self.variant)
        return self._run


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
    _compile([wanted for question in questions if (wanted := question.wanted)], _asked)
    asking: dict[Any, dict[int, str]] = {}
    for place, question in enumerate(questions):
        run = question.run
        asking.setdefault(run.jq, {})[place] = f"[{run.number},{question.argument},{run.literals}]"
    found: dict[int, Any] = {}
    for program, places in asking.items():
        told = _first(program.input_text(f'{{"value":{text},"asked":[{",".join(places.values())}]}}'))
        found.update(zip(places, told, strict=True))
    return [found[place] for place in range(len(questions))]


def _input(number: int, now: float, literals: str, text: str) -> str:
    return f'{{"program":{number},"now":{now!r},"literals":{literals},"value":{text}}}'


@lru_cache(maxsize=1024)
def _family(shape: str) -> Family:
    return Family(shape)


def _run_of(shape: Shape, variant: str = "") -> Run:
    """How to run a program, or a variant of it; it is compiled if it is not yet."""
    family = _family(shape.text)
    _compile([(family, shape.pieces, variant)], _asked if variant else _clocked)
    return family.run(shape.pieces, variant)


Wanted = tuple[Family, tuple[str, ...], str]


def _compile(wanted: Iterable[Wanted], made: Callable[[Sequence[str], Sequence[str]], Any]) -> None:
    """Those that are not compiled yet, together: jq's own functions, which it compiles with each, take most of the time."""
    new: dict[tuple[int, tuple[str, tuple[str, ...]]], Wanted] = {}
    for family, pieces, variant in wanted:
        family.add(pieces)
        if not family.has(pieces, variant):
            new[id(family), family.key(pieces, variant)] = family, pieces, variant
    if not new:
        return
    held: list[str] = []
    places = []
    for family, _, _ in new.values():
        literals = family.to_hold
        places.append({pieces: number for number, pieces in enumerate(literals, len(held))})
        held += literals.values()
    together = made([family.text(pieces, variant) for family, pieces, variant in new.values()], held)
    for number, (family, pieces, variant) in enumerate(new.values()):
        family.keep(pieces, variant, Compiled(together, number, places[number]))


def _clocked(texts: Sequence[str], held: Sequence[str]) -> Any:
    # The moment travels with the value, so that a program is compiled once and not once for each moment. Argo Events
    # shows programs no environment.
    names = f".program as {_NUMBER} | .now as $depgen_now | {_literals('.literals', held)} | {{}} as $ENV"
    return _made(f"{names} | def env: {{}}; def now: $depgen_now; .value | {_chosen(texts)}", held)


def _asked(texts: Sequence[str], held: Sequence[str]) -> Any:
    names = f".value as $depgen_value | .asked[] | .[0] as {_NUMBER} | .[1] as {ARGUMENT} | {_literals('.[2]', held)}"
    answer = f"[$depgen_value | try {_chosen(texts)} catch null][0]"
    return _made(f"def env: {{}}; def now: error; {{}} as $ENV | [{names} | {answer}]", held)


def _literals(given: str, held: Sequence[str]) -> str:
    """jq: the literals, which are given, or a number if they are among those that are held."""
    either = f'({given} | if type == "number" then ${_HELD}[.] else . end)' if held else given
    return f"{either} as {LITERALS}"


def _made(text: str, held: Sequence[str]) -> Any:
    return jq.compile(text, args={_HELD: json.loads(f"[{','.join(held)}]")})


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
