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
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

import jq

from depgen.errors import InternalError
from depgen.jqshapes import LITERALS, Shape


class Program:
    """A jq program; it is compiled when it is first run, which takes a few milliseconds."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _compiled(self) -> Any:
        return jq.compile(self.text)

    @cached_property
    def shape(self) -> Shape | None:
        """The program with its literals apart; None if they cannot be. Raises ValueError, in jq's words, if it is no program."""
        try:
            found = Shape(self.text)
            _family(found.text).add(found)
        except ValueError:
            check(self.text)
            return None
        return found

    @cached_property
    def _alone(self) -> Any:
        return _clocked(self.text)

    def first(self, value: Any, zone: str = "UTC", now: float | None = None) -> Any:
        """The first output for a JSON value; `now` (seconds since 1970) stands in for the clock.

        Raises InternalError if the program fails or gives nothing: programs of depgen are total.
        """
        with zone_of_process(zone):
            if now is not None:
                return self.first_of_text(json.dumps(value), zone, now)
            return _first(self._compiled.input_value(value))

    def first_of_text(self, text: str, zone: str, now: float) -> Any:
        """As `first`, for a value that is JSON already. Leaves the process in that zone: call it within `zone_kept`."""
        _enter(zone)
        shape = self.shape
        program, literals = (self._alone, "[]") if shape is None else _family(shape.text).of(shape)
        return _first(program.input_text(f'{{"now":{now!r},"literals":{literals},"value":{text}}}'))


class _Family:
    """The programs of one shape: compiled once for all, with what differs among them as an argument."""

    def __init__(self) -> None:
        self.first: Shape | None = None
        self.variable: frozenset[int] = frozenset()
        self.compiled: Any = None
        self._arguments: dict[tuple[str, ...], str] = {}

    def add(self, shape: Shape) -> None:
        """One more; compiled anew if it differs in what was the same so far."""
        if self.first is None:
            self.first = shape
        variable = self.variable | shape.differences(self.first.pieces)
        if self.compiled is None or variable != self.variable:
            self.compiled = _clocked(self.first.with_variable(variable))
            self.variable = variable
            self._arguments.clear()

    def of(self, shape: Shape) -> tuple[Any, str]:
        """What to run for one of them, and its literals as JSON."""
        found = self._arguments.get(shape.pieces)
        if found is None:
            self.add(shape)
            mine = [text if number in self.variable else None for number, text in enumerate(shape.literals)]
            last = max(self.variable, default=-1)
            found = self._arguments[shape.pieces] = json.dumps(mine[: last + 1])
        return self.compiled, found


@lru_cache(maxsize=1024)
def _family(shape: str) -> _Family:
    return _Family()


def _clocked(text: str) -> Any:
    # The moment travels with the value, so that a program is compiled once and not once for each moment. Argo Events
    # shows programs no environment.
    names = (
        f".now as $depgen_now | .literals as {LITERALS} | {{}} as $ENV | def env: {{}}; def now: $depgen_now;"
    )
    return jq.compile(f"{names} .value | ({text}\n)")


@lru_cache(maxsize=1024)
def compiled(text: str) -> Program:
    """The program of this text, the same one each time."""
    return Program(text)


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
