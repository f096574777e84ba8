"""Programs of the same shape are written once: the nodes of a graph differ in their names and in little else.

Thousands of nodes have as many edges of the same kinds and the same params. So a program is written with holes in
place of names, and each node of that shape only fills them. Whatever else a program depends on has to be part of its
shape; a test compares both ways of writing it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple

from jinja2 import Environment

from depgen.decide import decide, metadata
from depgen.gojson import go_size
from depgen.model import Edge, FromUpstream, Group, Literally
from depgen.plan import Decision

_AFTER_PLACE = Edge._fields.index("place") + 1
# A hole: no program holds a NUL, for user text is escaped JSON or an expression of visible characters.
_HOLE = re.compile("\0([0-9]+)\0")


class Program(NamedTuple):
    """A program's text and how many bytes it takes in the JSON of its Sensor."""

    text: str
    size: int


class Programs:
    """The programs of a run, by shape."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._by_shape: dict[Hashable, _Text] = {}

    def program(self, decision: Decision) -> Program:
        """One node's: the ledger to `{metadata, params, fire}`."""
        if decision.renames:  # which name ids in their own right
            return _Text(decide(decision, self._environment, metadata(decision))).filled([""])
        names: dict[str, int] = {}
        shape = _shape(decision, names)
        text = self._by_shape.get(shape)
        if text is None:
            program = decide(_with_holes(decision, names), self._environment, _hole(len(names)))
            text = self._by_shape[shape] = _Text(program)
        return text.filled([*names, metadata(decision)])


class _Text:
    """A program with holes."""

    def __init__(self, text: str) -> None:
        fixed = _HOLE.split(text)
        self._numbers = [int(number) for number in fixed[1::2]]
        self._format = "%s".join(part.replace("%", "%%") for part in fixed[::2])
        plain = "".join(fixed[::2])
        # Names are of characters that JSON does not escape; the metadata, which comes last, is not.
        self._escapes = go_size(plain) - len(plain)

    def filled(self, names: Sequence[str]) -> Program:
        """With names in the holes of their numbers."""
        text = self._format % tuple([names[number] for number in self._numbers])
        return Program(text, len(text) + self._escapes + _escapes(names[-1]))


def _escapes(text: str) -> int:
    """Bytes that a text takes as JSON beside its characters and the quotes."""
    return go_size(text) - len(text) - len('""')


# ---- shapes ----


def _shape(decision: Decision, names: dict[str, int]) -> Hashable:
    """All that a program depends on beside names; the names in it are numbered into `names`."""
    node = decision.node
    names[node.id] = 0
    edges = _group_shape(node.edges, names)
    params = [
        (name, names[p.node], p.output, p.field, p.default)
        if isinstance(p, FromUpstream) and p.node in names
        else (name, p)
        for name, p in (node.run.params if node.run else ())
        if not isinstance(p, Literally)
    ]
    dates = (node.active_from, node.active_until, node.is_suspended, node.is_queued, bool(node.replaces))
    times = (node.not_before, node.cutoff, node.on_cutoff, node.on_late, node.on_rerun, node.depends_on_past)
    ends = tuple([(s.mine, s.theirs, s.my_calendar, s.their_calendar) for s in decision.servings])
    keys = (ends, decision.calendar)
    alert = decision.alert and (
        decision.alert.kind,
        names.setdefault(decision.alert.of, len(names)),
        decision.alert.others,
    )
    shadow = decision.is_shadow and (decision.is_shadow, decision.partition)
    graph = (decision.graph, decision.zone, decision.every, decision.fresh, shadow)
    return graph, dates, times, keys, alert, edges, tuple(params)


def _group_shape(group: Group, names: dict[str, int]) -> Hashable:
    parts: list[Hashable] = [group.need]
    for m in group.members:
        if isinstance(m, Edge):
            number = names.setdefault(m.upstream, len(names))
            parts.append((number, *m[_AFTER_PLACE:]))
        else:
            parts.append(_group_shape(m, names))
    return tuple(parts)


def _hole(number: int) -> str:
    return f"\0{number}\0"


def _with_holes(decision: Decision, names: dict[str, int]) -> Decision:
    """The same decision with a hole for every name."""
    holes = {name: _hole(number) for name, number in names.items()}
    node, run = decision.node, decision.node.run
    if run is not None:
        params = tuple(
            (name, replace(p, node=holes.get(p.node, p.node)) if isinstance(p, FromUpstream) else p)
            for name, p in run.params
        )
        run = run._replace(params=params)
    edges = _group_with_holes(node.edges, holes)
    alert = decision.alert and decision.alert._replace(of=holes[decision.alert.of])
    return decision._replace(node=node._replace(id=holes[node.id], edges=edges, run=run), alert=alert)


def _group_with_holes(group: Group, holes: dict[str, str]) -> Group:
    return Group(
        tuple(
            m._replace(upstream=holes[m.upstream]) if isinstance(m, Edge) else _group_with_holes(m, holes)
            for m in group.members
        ),
        group.need,
    )
