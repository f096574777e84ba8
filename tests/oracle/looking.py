"""Which facts an edge wants, which of them it has, and whether they are enough."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.oracle import moments
from tests.oracle.known import Fact, Known
from tests.oracle.reading import Json, edges
from tests.oracle.story import Story

FAILURES = ("Failed", "Error", "Expired", "Rejected")
ENDS = ("Succeeded", "Skipped", *FAILURES)


class One(NamedTuple):
    """One of the upstream's keys that an edge wants: the newest fact of it that counts, and whether it is as it should be."""

    key: str
    fact: Fact | None
    is_ok: bool

    @property
    def finished(self) -> int:
        """When it finished, 0 if it did not."""
        return self.fact.finished if self.fact else 0


class Seen(NamedTuple):
    """An edge at a moment: the keys it wants, and whether it is satisfied."""

    edge: Json
    each: list[One]
    is_ok: bool

    @property
    def used(self) -> list[Fact]:
        """The facts it rests on."""
        return [one.fact for one in self.each if one.is_ok and one.fact]


class Edges(Known):
    """Looks at edges of runs. `served` are keys that were found before."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self.served: dict[tuple[int, str, str], list[str]] = {}

    def seen(self, id_: str, key: str) -> list[Seen]:
        """The edges of a run at a key, with lookbacks: the newest fact in use is the moment they count from."""
        looks = [self.look(edge, id_, key) for edge in edges(self.graph.nodes[id_]["tree"])]
        used = [one.finished for _, each in looks for one in each if one.is_ok]
        if self.has_struck(id_, "notBefore", key):
            used.append(self.clock(id_, "notBefore", key))
        found = []
        for edge, each in looks:
            if edge.get("lookback") == "sinceLastRun":
                claims = self.claims.get((id_, self.open_key(id_, key, -1)), [])
                since = max((claim.used for claim in claims), default=0) + 1
            elif "lookback" in edge and used:
                since = moments.before(max(used), edge["lookback"], self.graph.zone)
            else:
                since = 0
            young = [one._replace(is_ok=one.is_ok and one.finished >= since) for one in each]
            found.append(Seen(edge, young, self.is_enough(edge, young, id_, key)))
        return found

    def is_enough(self, edge: Json, each: list[One], id_: str, key: str) -> bool:
        """All keys are there, or after `settle` as many as `require` asks for; a closed upstream may be as good."""
        if edge.get("ifNotScheduled") == "satisfy" and not self.open_wanted(edge, id_, key):
            return all(one.is_ok or one.fact is None for one in each)
        count = sum(one.is_ok for one in each)
        if each and count == len(each):
            return True
        if "require" not in edge or not each or not self.has_struck(id_, f"settle-{edge['node']}", key):
            return False
        least: int = edge["require"] if edge["require"] > 0 else len(each) + edge["require"]
        return count >= least

    def look(self, edge: Json, id_: str, key: str) -> tuple[Json, list[One]]:
        """An edge without its lookback."""
        node, every, upstream = self.graph.nodes[id_], self.graph.every(id_), edge["node"]
        zone = self.graph.zone_of(upstream)
        tests = []
        if "window" in edge:
            opens, closes = moments.window(edge["window"], key, every)
            tests.append(lambda f: opens <= moments.wall(f.finished, zone) < closes)
        if "cutoff" in node and node.get("onLate", "drop") == "drop":
            tests.append(lambda f: f.finished < self.clock(id_, "cutoff", key))
        found = []
        for theirs in self.wanted(edge, id_, key):
            fact = self.latest(upstream, theirs, *tests)
            found.append(
                One(theirs, fact, fact is not None and self.has_status(edge, fact) and self.holds(edge, fact))
            )
        return edge, found

    def wanted(self, edge: Json, id_: str, key: str) -> list[str]:
        """The upstream's keys that serve mine; of one key also a closed one, which somebody may have run by hand."""
        return [key] if edge["match"] == "same" else self.open_wanted(edge, id_, key)

    def open_wanted(self, edge: Json, id_: str, key: str) -> list[str]:
        """The upstream's open keys that serve mine, in order."""
        asked = id(edge), id_, key
        if asked not in self.served:
            self.served[asked] = self.serving(edge, id_, key)
        return self.served[asked]

    def serving(self, edge: Json, id_: str, key: str) -> list[str]:
        """The same, found out."""
        upstream, match = edge["node"], edge["match"]
        every, theirs, zone = (
            self.graph.every(id_),
            self.graph.every(edge["node"]),
            self.graph.zone_of(upstream),
        )
        if match == "same":
            found = [key]
        elif match == "containing":
            found = [moments.key_at(moments.start(key, every, zone), theirs, zone)]
        elif "offset" in match:
            found = [self.open_key(upstream, key, match["offset"])]
        elif "last" in match:
            newest = key if self.graph.is_open(upstream, key) else self.open_key(upstream, key, -1)
            found = [newest]
            while len(found) < match["last"]:
                found.insert(0, self.open_key(upstream, found[0], -1))
        elif "within" in match:
            found = self.between(moments.start(key, every, zone), moments.end(key, every, zone), theirs, zone)
        else:
            previous = self.open_key(id_, key, -1)
            found = self.between(
                moments.start(previous, every, zone), moments.start(key, every, zone), theirs, zone
            )
        found = [each for each in found if self.graph.is_open(upstream, each)]
        return found[-1:] if isinstance(match, dict) and match.get("pick") == "last" else found

    def between(self, first: int, end: int, every: str, zone: str) -> list[str]:
        """The keys whose periods begin in `[first, end)`."""
        key = moments.key_at(first, every, zone)
        if moments.start(key, every, zone) < first:
            key = moments.neighbour(key, every, zone, 1)
        found = []
        while moments.start(key, every, zone) < end:
            found.append(key)
            key = moments.neighbour(key, every, zone, 1)
        return found

    def has_status(self, edge: Json, fact: Fact) -> bool:
        status = edge["status"]
        named = {"success": ("Succeeded",), "failure": FAILURES, "done": ENDS}
        return fact.phase in (named[status] if isinstance(status, str) else status)

    def holds(self, edge: Json, fact: Fact) -> bool:
        """`when`: a comparison of an output with a number or a text, which are all the oracle understands."""
        if "when" not in edge:
            return True
        numeric = re.fullmatch(r"\(\.outputs\.(\w+) \| tonumber\) (>=|>|<|==) (\d+)", edge["when"])
        textual = re.fullmatch(r'\.outputs\.(\w+) (==|!=) "(\w*)"', edge["when"])
        if textual:
            name, operator, value = textual.groups()
            return (fact.outputs.get(name) == value) == (operator == "==")
        assert numeric, edge["when"]
        name, operator, value = numeric.groups()
        text = fact.outputs.get(name, "")
        if not re.fullmatch(r"-?\d+", text):
            return False
        number, other = int(text), int(value)
        return {">=": number >= other, ">": number > other, "<": number < other, "==": number == other}[
            operator
        ]
