"""What if: `sales=fail`, `sales=late:2h`, `sales=missing`, for all keys that are shown, or with `sales@20261121=fail` for one.

A node that is late takes so much longer, whatever the reason: what others wait for is its end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from depgen.errors import InputError
from depgen.model import Graph
from depgen.nearest import Names
from depgen.times import duration

_FORM = re.compile(
    r"(?P<node>(?:[a-z0-9]+/)?[a-z0-9-]+)(?:@(?P<key>[0-9a-z]+))?"
    r"=(?P<what>fail|missing|late:(?P<by>(?:[1-9][0-9]{0,4}[hms])+))"
)


class Mishap(NamedTuple):
    """What befalls a node. `by` is in seconds; without a key it is for every key."""

    kind: Literal["fail", "late", "missing"]
    by: int = 0
    key: str = ""


@dataclass(frozen=True)
class Mishaps:
    """The mishaps of nodes, by graph and node."""

    given: tuple[tuple[str, str, Mishap], ...] = ()

    def of(self, graph: str, node: str, key: str) -> tuple[Mishap, ...]:
        """What befalls a node at a key."""
        return tuple(m for g, n, m in self.given if (g, n) == (graph, node) and m.key in ("", key))


def read(texts: Sequence[str], graphs: Sequence[Graph]) -> Mishaps:
    """What the user wrote; InputError, with a way out, if it is none or there is no such node."""
    return Mishaps(tuple(_read(text, graphs) for text in texts))


def _read(text: str, graphs: Sequence[Graph]) -> tuple[str, str, Mishap]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise InputError(f'"{text}" is none of NODE=fail, NODE=late:2h, NODE=missing')
    chosen, _, id_ = match["node"].rpartition("/")
    found = [graph for graph in graphs if chosen in ("", graph.name) and id_ in graph.nodes]
    if not found:
        known = Names(
            [*(n for g in graphs for n in g.nodes), *(f"{g.name}/{n}" for g in graphs for n in g.nodes)]
        )
        guess = known.closest(match["node"])
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise InputError(f'there is no node "{match["node"]}"{hint}')
    if len(found) > 1:
        names = " or ".join(f"{graph.name}/{id_}" for graph in found)
        raise InputError(f'several graphs have a node "{id_}": write {names}')
    if match["what"] == "missing" and found[0].nodes[id_].run:
        raise InputError(f'"{id_}" is a run: what it waits for can be missing, not the run itself')
    return found[0].name, id_, _mishap(match)


def _mishap(match: re.Match[str]) -> Mishap:
    key = match["key"] or ""
    if match["by"]:
        return Mishap("late", duration(match["by"]).seconds, key)
    return Mishap("fail" if match["what"] == "fail" else "missing", 0, key)
