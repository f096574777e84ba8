"""What is known at a moment of a story: facts, claims and clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from tests.oracle import moments
from tests.oracle.reading import Graph, Json, edges
from tests.oracle.story import Started, Story

CLOCKS = ("notBefore", "startBy", "deadline", "cutoff")
# How far before the story the keys begin whose clocks may strike in it.
REACH = 40


@dataclass(frozen=True)
class Fact:
    """What a node did at a key. `finished` is the second it ended at; `is_cutoff`: its waiting ended, it never ran."""

    node: str
    key: str
    finished: int
    phase: str
    workflow: str = ""
    outputs: Json = field(default_factory=dict)
    is_cutoff: bool = False


class Claim(NamedTuple):
    """A submission: when, and the newest finish among the facts it was made on, 0 if there was none."""

    at: int
    used: int


class Known:
    """The graph of a story, and what has happened so far. A key is claimed once for each time its run was submitted."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.graph = Graph(story.graph)
        self.now = story.start
        self.facts: list[Fact] = []
        self.claims: dict[tuple[str, str], list[Claim]] = {}
        self.started: list[Started] = []

    def latest(self, node: str, key: str, *tests: Any) -> Fact | None:
        """The fact of a node and key that finished last, of those that pass; a success wins a tie."""
        found = [f for f in self.facts if f.node == node and f.key == key and all(test(f) for test in tests)]
        return max(found, key=lambda f: (f.finished, f.phase == "Succeeded"), default=None)

    @cached_property
    def strokes(self) -> list[tuple[str, str, str]]:
        """Every clock of every run that strikes during the story."""
        found: list[tuple[str, str, str]] = []
        for id_ in self.graph.runs():
            node, every = self.graph.nodes[id_], self.graph.every(id_)
            names: list[str] = [name for name in CLOCKS if name in node]
            names += [f"settle-{edge['node']}" for edge in edges(node["tree"]) if "settle" in edge]
            for key in self.keys_around(self.story.start, self.story.until, every) if names else ():
                for name in names:
                    if self.story.start < self.clock(id_, name, key) <= self.story.until:
                        found.append((id_, name, key))
        return found

    def keys_around(self, first: int, last: int, every: str) -> list[str]:
        zone = self.graph.zone
        key = moments.neighbour(moments.key_at(first, every, zone), every, zone, -REACH)
        keys = [key]
        while moments.start(key, every, zone) <= last:
            key = moments.neighbour(key, every, zone, 1)
            keys.append(key)
        return keys

    def clock(self, id_: str, name: str, key: str) -> int:
        """The instant of a clock: of a time that comes twice the first for a start, the last for an end."""
        node = self.graph.nodes[id_]
        upstream = name.removeprefix("settle-")
        texts = [
            edge["settle"] for edge in edges(node["tree"]) if "settle" in edge and edge["node"] == upstream
        ]
        shown = moments.clock(texts[0] if upstream != name else node[name], key, self.graph.every(id_))
        find = moments.first_instant if name == "notBefore" else moments.last_instant
        return find(shown, self.graph.zone)

    def has_struck(self, id_: str, name: str, key: str) -> bool:
        return (id_, name, key) in self.strokes and self.clock(id_, name, key) <= self.now

    def open_key(self, id_: str, key: str, steps: int) -> str:
        """So many of a node's open keys later or earlier."""
        every, zone = self.graph.every(id_), self.graph.zone_of(id_)
        left = abs(steps)
        while left:
            key = moments.neighbour(key, every, zone, 1 if steps > 0 else -1)
            left -= self.graph.is_open(id_, key)
        return key

    def is_active(self, id_: str, key: str) -> bool:
        node = self.graph.nodes[id_]
        day = moments.day_of(key).isoformat()
        first, end = (self.border(id_, name) for name in ("activeFrom", "activeUntil"))
        return not node.get("suspend") and (not first or day >= first) and (not end or day < end)

    def border(self, id_: str, name: str) -> str:
        """The date on which the period that holds `activeFrom` or `activeUntil` begins."""
        text = self.graph.nodes[id_].get(name)
        if not text:
            return ""
        noon = moments.first_instant(datetime.fromisoformat(text), self.graph.zone)
        every = self.graph.every(id_)
        return moments.day_of(
            moments.key_at(noon, "day" if moments.is_slot(every) else every, self.graph.zone)
        ).isoformat()

    def workflow(self, id_: str, key: str) -> str:
        return f"{self.graph.name}-{id_}-{key}"
