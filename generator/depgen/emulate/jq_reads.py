"""Which entries of an object's `data` a program can depend on, when it is run on an ADD or UPDATE of that object.

A walk over the program with what is known of each value instead of the value: whether it is the event, its body, the
body's data, or a text that begins in a known way. All that is not known to read less is taken to read everything, so the
answer may be too much and never too little. A program that looks at more of an object than its labels, annotations,
name, namespace, uid, creation and data has no answer (UnreadableError), nor has one that cannot be parsed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from depgen import engine
from depgen.emulate.jq_known import EVENT, Scope, Start
from depgen.emulate.jq_still import never
from depgen.emulate.jq_syntax import UnreadableError, tree
from depgen.emulate.jq_walk import Walk

_TYPES = ("ADD", "UPDATE")


class Entries(NamedTuple):
    """Names of entries, and what names begin with."""

    names: frozenset[str]
    starts: tuple[str, ...]

    def touched(self, changed: Iterable[str]) -> bool:
        """Whether one of these entries is among those that changed."""
        names, starts = self
        # `any` would take twice the time, and this is asked for every node about every change.
        for name in changed:  # noqa: SIM110
            if name in names or name.startswith(starts):
                return True
        return False


class Reads(NamedTuple):
    """Names of entries, and what names begin with; `everything` instead of both. `clock`: whether it asks for the time
    on an UPDATE. `metadata`: of which fields. `never`: the fields of its answer that are false on an UPDATE that changes
    nothing of the entries.
    """

    names: frozenset[str]
    starts: tuple[str, ...]
    everything: bool
    clock: bool
    metadata: frozenset[str]
    never: frozenset[str]

    @property
    def entries(self) -> Entries:
        """The names, and the beginnings of names."""
        return Entries(self.names, self.starts)


def reads(program: engine.Program) -> Reads | None:
    """What a program can depend on; None if that cannot be told."""
    shape = program.shape
    known = _known(shape.text) if shape is not None else None
    if known is None or shape is None:
        return None
    starts = tuple(sorted(set(map(shape.filled, known.starts))))
    return Reads(
        frozenset(map(shape.filled, known.names)),
        starts,
        known.everything or "" in starts,
        known.clock,
        known.metadata,
        frozenset(map(shape.filled, known.never)),
    )


class _Known(NamedTuple):
    """Reads of a shape."""

    names: frozenset[Start]
    starts: frozenset[Start]
    everything: bool
    clock: bool
    metadata: frozenset[str]
    never: tuple[Start, ...]


def _never(text: str) -> tuple[Start, ...]:
    try:
        return never(text)
    except (UnreadableError, RecursionError):
        return ()


@lru_cache(maxsize=1024)
def _known(text: str) -> _Known | None:
    walks = tuple(map(Walk, _TYPES))
    try:
        program = tree(text)
        for walk in walks:
            walk.plain(walk.of(program, EVENT, Scope(), 0))
    except (UnreadableError, RecursionError):
        return None
    return _Known(
        frozenset(name for walk in walks for name in walk.names),
        frozenset(start for walk in walks for start in walk.starts),
        any(walk.everything for walk in walks),
        walks[-1].clock,
        frozenset(name for walk in walks for name in walk.metadata),
        _never(text),
    )
