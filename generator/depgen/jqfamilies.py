"""Programs of one shape: what of them is compiled, and how each is run.

What they differ in is an argument of the one program that is compiled for all, as long as that is not much.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from depgen.jqshapes import differences, with_variable

_MOST_VARIABLE = 64
# What is compiled holds the literals of so many programs; of more, only those of which one has more characters. What it
# does not hold jq reads anew at each run, and what it does takes memory.
_FEW = 1000
_LONG = 512


class Compiled(NamedTuple):
    """One of the programs that were compiled together, by its number. `held`: which literals it has of its own."""

    jq: Any
    number: int
    held: Mapping[tuple[str, ...], int]


class Run:
    """What to run, as which of the programs that were compiled together, with which literals, as JSON; while it `is_valid`."""

    __slots__ = ("is_valid", "jq", "literals", "number")

    def __init__(self, compiled: Compiled, literals: str) -> None:
        self.jq = compiled.jq
        self.number = compiled.number
        self.literals = literals
        self.is_valid = True


class Family:
    """The programs of one shape: compiled once for all, with what differs among them as an argument; if that is much, a
    table of names, each is compiled by itself, because jq would make the table anew at each run.
    """

    def __init__(self, shape: str) -> None:
        self._shape = shape
        self._first: tuple[str, ...] | None = None
        self._variable: frozenset[int] = frozenset()
        self._known: set[tuple[str, ...]] = set()
        self._compiled: dict[tuple[str, tuple[str, ...]], Compiled] = {}
        self._runs: dict[tuple[str, tuple[str, ...]], Run] = {}
        self._arguments: dict[tuple[str, ...], str] = {}

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
            for run in self._runs.values():
                run.is_valid = False
            self._runs.clear()
            self._arguments.clear()
            self._variable = variable

    def run(self, pieces: tuple[str, ...], variant: str = "") -> Run:
        """One of them that is compiled, or a variant of it."""
        found = self._runs.get((variant, pieces))
        if found is None:
            compiled = self._compiled[self.key(pieces, variant)]
            held = compiled.held.get(pieces)
            literals = self._literals(pieces) if held is None else str(held)
            found = self._runs[variant, pieces] = Run(compiled, literals)
        return found

    def key(self, pieces: tuple[str, ...], variant: str) -> tuple[str, tuple[str, ...]]:
        """The same for all that one program does for."""
        return variant, () if self.is_alike else pieces

    def has(self, pieces: tuple[str, ...], variant: str) -> bool:
        """Whether it is compiled."""
        return self.key(pieces, variant) in self._compiled

    def keep(self, pieces: tuple[str, ...], variant: str, compiled: Compiled) -> None:
        """Run this from now on."""
        self._compiled[self.key(pieces, variant)] = compiled

    def text(self, pieces: tuple[str, ...], variant: str) -> str:
        """What to compile."""
        return with_variable(variant or self._shape, pieces, self._variable if self.is_alike else ())

    @property
    def is_alike(self) -> bool:
        """Whether one program does for all."""
        return len(self._variable) <= _MOST_VARIABLE

    @property
    def to_hold(self) -> dict[tuple[str, ...], str]:
        """The literals that what is compiled should have, as JSON."""
        if not self.is_alike:
            return {}
        chosen = self._known
        if len(chosen) > _FEW:
            chosen = {each for each in chosen if any(len(each[number]) > _LONG for number in self._variable)}
        return {pieces: self._literals(pieces) for pieces in chosen}

    def _literals(self, pieces: tuple[str, ...]) -> str:
        found = self._arguments.get(pieces)
        if found is None:
            last = max(self._variable, default=-1) if self.is_alike else -1
            mine = (f'"{pieces[number]}"' if number in self._variable else "0" for number in range(last + 1))
            found = self._arguments[pieces] = f"[{','.join(mine)}]"
        return found
