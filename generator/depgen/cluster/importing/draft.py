"""A graph in the making: nodes with the reasons for them, of which some are only told of in comments.

A remark begins with how sure the guess is: high (the manifests say so), medium (they make it likely), low.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from depgen.cluster.importing.conditions import Combined
from depgen.naming import EXPRESSION_WORDS, NAME_LIMIT, stable_hash

LONGEST_ID = 53
LONGEST_KEY = 14
STATUSES = {
    frozenset({"Succeeded"}): "success",
    frozenset({"Failed", "Error"}): "failure",
    frozenset({"Succeeded", "Failed", "Error"}): "done",
}


class Edge(NamedTuple):
    """A node's id, and in which phases its Workflow may end."""

    node: str
    phases: frozenset[str] = frozenset({"Succeeded"})


Wait = Edge | Combined[Edge]


@dataclass
class Node:
    """A node as it is written: `body` is what stands under its id, `remarks` above it.

    `asleep` says why it is commented out, `instead` is what takes its place if it does not hold. `stands_for` is what
    starts its Workflows so far, other than by the clock of a source: ("delete Sensor", its name).
    """

    id: str
    body: dict[str, object]
    remarks: list[str] = field(default_factory=list)
    edges: frozenset[str] = frozenset()
    wait: Wait | None = None
    asleep: str = ""
    instead: Node | None = None
    stands_for: tuple[str, str] | None = None


@dataclass
class Draft:
    """The graph: `leftovers` are sentences about what it does not hold, `suggestions` about what it might."""

    graph: str
    namespace: str
    zone: str
    origin: str
    nodes: dict[str, Node] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    partitions: int = 1

    def downstream(self, id_: str) -> Iterator[Node]:
        """Every live node that waits for this one, directly or not."""
        waiting, seen = [id_], {id_}
        while waiting:
            upstream = waiting.pop()
            for node in self.nodes.values():
                if upstream in node.edges and node.id not in seen and not node.asleep:
                    seen.add(node.id)
                    waiting.append(node.id)
                    yield node


class Ids:
    """Hands out node ids, each once; the graph's name decides how long that of a run may be."""

    def __init__(self, graph: str) -> None:
        self._longest_of_run = min(LONGEST_ID, NAME_LIMIT - len(graph) - 2 - LONGEST_KEY)
        self._taken: set[str] = set()

    def take(self, name: str, is_run: bool) -> str:
        """An id as near to the name as can be."""
        longest = self._longest_of_run if is_run else LONGEST_ID
        base = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
        if not base or not base[0].isalpha() or (is_run and base in EXPRESSION_WORDS):
            base = f"run-{base}" if is_run else f"source-{base}"
        found, number = _cut(base.strip("-"), longest), 1
        while found in self._taken:
            number += 1
            found = f"{_cut(base, longest - len(str(number)) - 1)}-{number}"
        self._taken.add(found)
        return found


def _cut(base: str, longest: int) -> str:
    """The name, or its beginning and a hash of it."""
    if len(base) <= longest:
        return base
    return f"{base[: longest - 5].rstrip('-')}-{stable_hash(base) >> 48:04x}"
