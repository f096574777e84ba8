"""What the signs of a picture mean, of those that are in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from depgen.page.lineage import Lineage

LETTERS = {"window": "W", "lookback": "L", "keys": "K", "when": "?"}
KINDS = {"source": "source", "node": "run", "external": "node of another graph"}
_MEANINGS = {
    "window": "finished within a window",
    "lookback": "not long before the newest",
    "keys": "other keys than its own",
    "when": "a condition on what it says",
}
_STATUSES = {
    "success": "succeeded",
    "failure": "failed",
    "done": "succeeded or failed",
    "listens": "listens to another graph",
}
_JOINS = {"all": "all of these", "any": "one of these is enough", "atLeast": "some of these are enough"}
_CHANGES = {"added": "added", "removed": "removed", "changed": "changed"}
_ROW, _COLUMN, _LEFT = 24, 216, 24


class Legend(NamedTuple):
    """Elements of an SVG, and the room they take: to `width`, and down to `bottom`."""

    lines: tuple[str, ...]
    width: int
    bottom: int


def legend(lineage: Lineage, changes: Iterable[str], has_critical: bool, top: int) -> Legend:
    """In columns, below `top`."""
    groups = [
        [_box(kind, words) for kind, words in KINDS.items() if any(n.kind == kind for n in lineage.nodes)],
        [
            _line(on, "all", words)
            for on, words in _STATUSES.items()
            if any(e.on == on for e in lineage.edges)
        ],
        [
            _line("success", join, words)
            for join, words in _JOINS.items()
            if any(e.join == join for e in lineage.edges)
        ],
        [*_letters(lineage), *_others(lineage, set(changes), has_critical)],
    ]
    columns = [column for column in groups if column]
    lines = ['<g class="legend" aria-hidden="true">']
    for number, column in enumerate(columns):
        for row, (sign, words) in enumerate(column):
            x, y = _LEFT + number * _COLUMN, top + 12 + row * _ROW
            lines.append(
                f'<g transform="translate({x} {y})">{sign}<text class="sub" x="52" y="11">{words}</text></g>'
            )
    lines.append("</g>")
    bottom = top + 12 + _ROW * max(map(len, columns), default=0)
    return Legend(tuple(lines), _LEFT + _COLUMN * len(columns), bottom)


def _box(kind: str, words: str) -> tuple[str, str]:
    radius = 2 if kind == "node" else 7
    return f'<g class="node {kind}"><rect class="box" width="40" height="15" rx="{radius}"/></g>', words


def _line(on: str, join: str, words: str) -> tuple[str, str]:
    return f'<path class="edge {on} {join}" d="M0 8H40"/>', words


def _letters(lineage: Lineage) -> Iterator[tuple[str, str]]:
    for flag, letter in LETTERS.items():
        if any(flag in edge.flags for edge in lineage.edges):
            yield f'<text class="flags" x="28" y="11">{letter}</text>', _MEANINGS[flag]
    if any(node.has_gate for node in lineage.nodes):
        yield '<path class="barrier" d="M34 0V15"/>', "not before a time"


def _others(lineage: Lineage, changes: set[str], has_critical: bool) -> Iterator[tuple[str, str]]:
    if has_critical:
        yield (
            '<path class="edge success all critical" d="M0 8H40"/>',
            "critical path",
        )
    for how, words in _CHANGES.items():
        if how in changes:
            yield f'<g class="node {how}"><rect class="box" width="40" height="15" rx="2"/></g>', words
