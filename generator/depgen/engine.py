"""Runs jq programs as Argo Events does: the first output, in a time zone, at a given moment.

Two things of a program's surroundings decide its result: the zone of its process, for `localtime`, and the clock,
for `now`. Both are arguments here. The engine is libjq; Argo Events has gojq, and a test on the real one holds that
they agree on every program depgen writes.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import jq

from depgen.errors import InternalError


class Program:
    """A jq program; it is compiled when it is first run, which takes a few milliseconds."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _compiled(self) -> Any:
        return jq.compile(self.text)

    @cached_property
    def shape(self) -> Shape:
        """The program with its literals apart; raises ValueError, in jq's words, if it is no program."""
        found = lifted(self.text)
        try:
            _clocked(found.text, len(found.literals))
        except ValueError:
            found = Shape(self.text, ())
            _clocked(found.text, 0)
        return found

    @cached_property
    def _head(self) -> tuple[Any, str]:
        shape = self.shape
        return _clocked(shape.text, len(shape.literals)), json.dumps(shape.literals)

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
        program, literals = self._head
        return _first(program.input_text(f'{{"now":{now!r},"literals":{literals},"value":{text}}}'))


class Shape(NamedTuple):
    """A program in which `LITERALS[0]` and so on stand for the texts of its strings.

    The programs of a graph's nodes differ in names and little else. Compiling one takes milliseconds and some hundred
    kilobytes, so that thousands of them have to share.
    """

    text: str
    literals: tuple[str, ...]


LITERALS = "$depgen_literals"
_CODE = re.compile(r'[^"()#]*')
_PIECE = re.compile(r'(?:[^"\\]|\\[^(])*', re.DOTALL)
_FORMAT = re.compile(r"@\w+\s*$")
# What a program compares the type of an event with: whoever reads a shape wants to see these.
_LEFT_ALONE = ("ADD", "UPDATE", "DELETE")


def lifted(text: str) -> Shape:
    """The shape of a program, whose strings are each `"\\($depgen_literals[0])"`, the same for the same text."""
    parts: list[str] = []
    literals: dict[str, int] = {}
    inside: list[bool] = []  # for each "(" that is open, whether it is in a string
    place = 0
    while place < len(text):
        match = _CODE.match(text, place)
        assert match is not None
        parts.append(match[0])
        symbol = text[match.end() : match.end() + 1]
        place = match.end() + 1
        if symbol == "#":
            place = text.find("\n", place) % (len(text) + 1)
            continue
        parts.append(symbol)
        if symbol == "(":
            inside.append(False)
        elif symbol == '"' or (symbol == ")" and inside and inside.pop()):
            is_plain = symbol == '"' and _FORMAT.search(match[0]) is not None
            place = _string(text, place, parts, None if is_plain else literals, inside)
    return Shape("".join(parts), tuple(json.loads(f'"{piece}"') for piece in literals))


def _string(
    text: str, place: int, parts: list[str], literals: dict[str, int] | None, inside: list[bool]
) -> int:
    """A string from a place on, up to its end or the next interpolation; the place after that."""
    match = _PIECE.match(text, place)
    assert match is not None
    piece = match[0]
    if not piece or literals is None or piece in _LEFT_ALONE:
        parts.append(piece)
    else:
        parts.append(f"\\({LITERALS}[{literals.setdefault(piece, len(literals))}])")
    end = match.end()
    if text[end : end + 1] == '"':
        parts.append('"')
        return end + 1
    parts.append(text[end : end + 2])
    inside.append(True)
    return end + 2


@lru_cache(maxsize=1024)
def _clocked(text: str, count: int) -> Any:
    # The moment travels with the value, so that a program is compiled once and not once for each moment. Argo Events
    # shows programs no environment.
    literals = f".literals as {LITERALS} | " if count else ""
    head = f"{literals}.now as $depgen_now | {{}} as $ENV | def env: {{}}; def now: $depgen_now;"
    return jq.compile(f"{head} .value | ({text}\n)")


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
