"""A unified diff of two texts that differ in few places.

difflib compares each line with all that are like it, which takes minutes where 10,000 nodes have the same lines. Here both
texts are walked side by side, and where they part, the nearest spot is looked for at which they go on alike. That need
not be the shortest diff, but it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_NEWLINE = "\n\\ No newline at end of file\n"
_CONTEXT = 3
# How far apart two texts may go on, and how many lines have to be alike there.
_FARTHEST = 60
_ALIKE = 3


class _Change(NamedTuple):
    """Lines `[start, end)` of the old text, and those of the new one that stand for them."""

    start: int
    end: int
    new_start: int
    new_end: int


def unified(name: str, before: str, after: str) -> Iterator[str]:
    """The lines of the diff, each with its line break; none if the texts are the same."""
    old, new = _LINE.findall(before), _LINE.findall(after)
    changes = list(_changes(old, new))
    if changes:
        yield f"--- {name}\n"
        yield f"+++ {name}\n"
    for hunk in _hunks(changes):
        yield from map(_whole, _hunk(old, new, hunk))


def _whole(line: str) -> str:
    return line if line.endswith("\n") else line + _NO_NEWLINE


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    at, new_at = 0, 0
    while at < len(old) or new_at < len(new):
        if at < len(old) and new_at < len(new) and old[at] == new[new_at]:
            at, new_at = at + 1, new_at + 1
            continue
        gone, come = _parting(old[at : at + _FARTHEST + _ALIKE], new[new_at : new_at + _FARTHEST + _ALIKE])
        if gone is None or come is None:
            gone, come = len(old) - at, len(new) - new_at
        yield _Change(at, at + gone, new_at, new_at + come)
        at, new_at = at + gone, new_at + come


def _parting(old: Sequence[str], new: Sequence[str]) -> tuple[int, int] | tuple[None, None]:
    """After how many lines of each the two are alike again."""
    for total in range(1, 2 * _FARTHEST):
        for gone in range(max(0, total - _FARTHEST), min(total, _FARTHEST) + 1):
            come = total - gone
            rest = old[gone : gone + _ALIKE]
            if gone <= len(old) and come <= len(new) and rest == new[come : come + _ALIKE]:
                return gone, come
    return None, None


def _hunks(changes: Sequence[_Change]) -> Iterator[list[_Change]]:
    """Changes whose contexts meet are one hunk."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _hunk(old: Sequence[str], new: Sequence[str], changes: Sequence[_Change]) -> Iterator[str]:
    first, last = changes[0], changes[-1]
    before = min(_CONTEXT, first.start)
    after = min(_CONTEXT, len(old) - last.end)
    start, end = first.start - before, last.end + after
    new_start, new_end = first.new_start - before, last.new_end + after
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
    at = start
    for change in changes:
        yield from (f" {line}" for line in old[at : change.start])
        yield from (f"-{line}" for line in old[change.start : change.end])
        yield from (f"+{line}" for line in new[change.new_start : change.new_end])
        at = change.end
    yield from (f" {line}" for line in old[at:end])


def _range(start: int, end: int) -> str:
    """As `patch` counts: from 1, without a length of 1, and of no lines the one before."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"
