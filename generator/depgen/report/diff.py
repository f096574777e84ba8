"""What an edit of a graph means: for a terminal, for programs, for a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from depgen.diff import Change, Difference, Effect, ObjectChange, Timing
from depgen.diff.timing import shown
from depgen.report.display import count, visible

VERSION = 1
_RESET, _BOLD, _GREY = "\x1b[0m", "\x1b[1m", "\x1b[90m"
_COLOURS = {
    Effect.SAFE: "\x1b[32m",
    Effect.SWEEP: "\x1b[33m",
    Effect.LATE: "\x1b[33m",
    Effect.AGAIN: "\x1b[31m",
    Effect.NEVER: "\x1b[31m",
}
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_LONGEST = 100
_UNSWEPT = "no sweeper in the graph: after applying this, run depgen reconcile yourself"


def text(found: Difference, colour: bool) -> str:
    """A line for each change below its node, with its effect, and why below that; then the objects and the counts."""
    paint = _Paint(colour)
    lines: list[str] = []
    for graph, members in groupby(found.changes, lambda change: change.graph):
        lines.append(paint(_BOLD, f"graph {graph}"))
        for node, changes in groupby(members, lambda change: change.node):
            lines += _node(node, list(changes), paint)
    if found.objects:
        lines.append(paint(_BOLD, "objects"))
        lines += [line for change in found.objects for line in _object(change, paint)]
    if found.timings:
        lines.append(paint(_BOLD, "next firings of sources"))
        lines += [line for timing in found.timings for line in _timing(timing)]
    lines += _ending(found, paint)
    return "".join(f"{line}\n" for line in lines)


def as_json(found: Difference) -> str:
    """`{version, changes, objects, timings, effects, unswept}`; instants in seconds since 1970."""
    report = {
        "version": VERSION,
        "changes": [
            {**change._asdict(), "how": change.how, "effect": change.effect.value} for change in found.changes
        ],
        "objects": [{**change._asdict(), "effect": change.effect.value} for change in found.objects],
        "timings": [
            {
                "graph": timing.graph,
                "node": timing.node,
                "before": [firing._asdict() for firing in timing.before],
                "after": [firing._asdict() for firing in timing.after],
            }
            for timing in found.timings
        ],
        "effects": {effect.value: number for effect, number in found.effects.items()},
        "unswept": list(found.unswept),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def markdown(found: Difference) -> str:
    """A table for each graph, one of the objects and one of the firings, for a comment on a pull request."""
    if not found:
        return "No difference.\n"
    lines = [f"**{_counted(found)}**", ""]
    for graph, changes in groupby(found.changes, lambda change: change.graph):
        lines += [f"### Graph `{graph}`", "", "| | what | before | after | effect |", "|---|---|---|---|---|"]
        for change in changes:
            effect = f"**{change.effect.words}**" + (f": {_cell(change.note)}" if change.note else "")
            cells = (
                _SIGNS[change.how],
                _code(_what(change)),
                _code(change.before),
                _code(change.after),
                effect,
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    if found.objects:
        lines += ["### Objects", "", "| | object | queues lost | effect |", "|---|---|---|---|"]
        for one in found.objects:
            effect = f"**{one.effect.words}**" + (f": {_cell(one.note)}" if one.note else "")
            lost = ", ".join(map(_code, one.lost))
            lines.append(f"| {_SIGNS[one.how]} | {_code(_name(one))} | {lost} | {effect} |")
        lines.append("")
    if found.timings:
        lines += ["### Next firings of sources", "", "| source | before | after |", "|---|---|---|"]
        for timing in found.timings:
            sides = ["<br>".join(map(shown, side)) or "-" for side in (timing.before, timing.after)]
            lines.append(f"| {_code(f'{timing.graph}/{timing.node}')} | {' | '.join(sides)} |")
        lines.append("")
    lines += [f"Graph `{graph}`: {_UNSWEPT}." for graph in _unswept(found)]
    return "\n".join(lines).rstrip("\n") + "\n"


class _Paint:
    """Colours text, or leaves it."""

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on

    def __call__(self, colour: str, words: str) -> str:
        return f"{colour}{words}{_RESET}" if self._is_on else words


def _node(node: str, changes: list[Change], paint: _Paint) -> Iterator[str]:
    margin = "  "
    if node and any(change.field or change.upstream for change in changes):
        yield f"  node {node}"
        margin = "    "
    for change in changes:
        values = _values(change)
        yield f"{margin}{_line(change.how, _label(change), values, change.effect, paint)}"
        if change.note:
            yield paint(_GREY, f"{margin}    {visible(change.note)}")


def _line(how: str, label: str, values: str, effect: Effect, paint: _Paint) -> str:
    told = f"{label}: {values}" if values else label
    return f"{_SIGNS[how]} {visible(told)}  {paint(_COLOURS[effect], f'[{effect.words}]')}"


def _label(change: Change) -> str:
    """What a line is about, below the name of its node."""
    if change.upstream:
        return f"edge on {change.upstream}" + (f", {change.field}" if change.field else "")
    if change.field:
        return change.field
    return f"node {change.node}" if change.node else "the whole graph"


def _what(change: Change) -> str:
    """What a change is about, with its node."""
    if not change.node or not (change.field or change.upstream):
        return _label(change)
    return f"{change.node}: {_label(change)}"


def _values(change: Change) -> str:
    values = [_cut(value) for value in (change.before, change.after) if value is not None]
    return " -> ".join(values)


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"


def _name(change: ObjectChange) -> str:
    return (
        f"{change.kind} {change.namespace}/{change.name}"
        if change.namespace
        else f"{change.kind} {change.name}"
    )


def _object(change: ObjectChange, paint: _Paint) -> Iterator[str]:
    yield f"  {_line(change.how, _name(change), ', '.join(change.fields), change.effect, paint)}"
    if change.lost:
        yield paint(_GREY, f"      queues lost: {', '.join(change.lost)}")
    if change.note:
        yield paint(_GREY, f"      {change.note}")


def _timing(timing: Timing) -> Iterator[str]:
    yield f"  {timing.graph}/{timing.node}"
    for sign, side in (("-", timing.before), ("+", timing.after)):
        yield from (f"    {sign} {shown(firing)}" for firing in side)


def _ending(found: Difference, paint: _Paint) -> Iterator[str]:
    yield _counted(found) if found else "no difference"
    yield from (paint(_GREY, f"graph {graph}: {_UNSWEPT}") for graph in _unswept(found))


def _unswept(found: Difference) -> list[str]:
    """The graphs to which a loss matters and that have no sweep of their own."""
    is_lossy = any(effect is not Effect.SAFE for effect in found.effects)
    return list(found.unswept) if is_lossy else []


def _counted(found: Difference) -> str:
    """`3 differences (never runs: 1, safe: 2)`."""
    total = len(found.changes) + len(found.objects) + len(found.timings)
    told = ", ".join(f"{effect.words}: {number}" for effect, number in found.effects.items())
    return count(total, "difference") + (f" ({told})" if told else "")


def _cell(value: str) -> str:
    return visible(value).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _code(value: str | None) -> str:
    """Inline code in a table: with a fence longer than any in it."""
    if not value:
        return ""
    shown_ = visible(_cut(value)).replace("|", "\\|")
    fence = "``" if "`" in shown_ else "`"
    return f"{fence} {shown_} {fence}" if fence == "``" else f"`{shown_}`"
