"""Runs jq programs as Argo Events does: the first output, in a time zone, at a given moment.

Two things of a program's surroundings decide its result: the zone of its process, for `localtime`, and the clock,
for `now`. Both are arguments here. The engine is libjq; Argo Events has gojq, and a test on the real one holds that
they agree on every program depgen writes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import jq

from depgen.errors import InternalError
from depgen.jqshapes import LITERALS, Shape, differences, with_variable

_MOST_VARIABLE = 64


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
                self._alone = _clocked(self.text)
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
            return _first(self._alone.input_text(_input(text, now, "[]")))
        family = _family(shape.text)
        program = family.program(shape.pieces)
        return _first(program.input_text(_input(text, now, family.arguments(shape.pieces))))


def first_of_variant(variant: str, shape: Shape, text: str, zone: str, now: float) -> Any:
    """As `Program.first_of_text`, for a shape made of that one, which has its literals."""
    _enter(zone)
    family = _family(shape.text)
    program = family.program(shape.pieces, variant)
    return _first(program.input_text(_input(text, now, family.arguments(shape.pieces))))


def _input(text: str, now: float, literals: str) -> str:
    return f'{{"now":{now!r},"literals":{literals},"value":{text}}}'


class _Family:
    """The programs of one shape: compiled once for all, with what differs among them as an argument; if that is much, a
    table of names, each is compiled by itself, because jq would make the table anew at each run.
    """

    def __init__(self, shape: str) -> None:
        self._shape = shape
        self._first: tuple[str, ...] | None = None
        self._variable: frozenset[int] = frozenset()
        self._known: set[tuple[str, ...]] = set()
        self._compiled: dict[tuple[str, tuple[str, ...]], Any] = {}

    def add(self, pieces: tuple[str, ...]) -> None:
        """One more; it may differ in what was the same so far."""
        if pieces in self._known:
            return
        if self._first is None:
            self._first = pieces
        self._known.add(pieces)
        variable = self._variable | differences(pieces, self._first)
        if variable != self._variable:
            if self._is_alike:
                self._compiled.clear()
            self._variable = variable

    def program(self, pieces: tuple[str, ...], variant: str = "") -> Any:
        """What to run for one of them, or for a variant of it."""
        self.add(pieces)
        of = (variant, () if self._is_alike else pieces)
        found = self._compiled.get(of)
        if found is None:
            variable = self._variable if self._is_alike else ()
            found = self._compiled[of] = _clocked(with_variable(variant or self._shape, pieces, variable))
        return found

    @property
    def _is_alike(self) -> bool:
        return len(self._variable) <= _MOST_VARIABLE

    def arguments(self, pieces: tuple[str, ...]) -> str:
        """The literals of one of them that was added, as JSON."""
        if not self._is_alike:
            return "[]"
        last = max(self._variable, default=-1)
        mine = (f'"{pieces[number]}"' if number in self._variable else "0" for number in range(last + 1))
        return f"[{','.join(mine)}]"


@lru_cache(maxsize=1024)
def _family(shape: str) -> _Family:
    return _Family(shape)


def _clocked(text: str) -> Any:
    # The moment travels with the value, so that a program is compiled once and not once for each moment. Argo Events
    # shows programs no environment.
    names = (
        f".now as $depgen_now | .literals as {LITERALS} | {{}} as $ENV | def env: {{}}; def now: $depgen_now;"
    )
    return jq.compile(f"{names} .value | ({text}\n)")


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
