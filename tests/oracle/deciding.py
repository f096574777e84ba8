"""Whether a run is due at a key, by all that its node asks for."""

from __future__ import annotations

from tests.oracle import moments
from tests.oracle.known import Fact
from tests.oracle.looking import Edges, Seen
from tests.oracle.reading import Json, edges

# How many keys away from a fact's a run may be that it serves: a week of closed days, and some.
REACH = 10


class Deciding(Edges):
    """Decides for every run and key."""

    def keys_of_interest(self, id_: str) -> set[str]:
        """The keys around those of the facts and of the clocks that may make a run ready."""
        every, zone = self.graph.every(id_), self.graph.zone
        upstreams = {edge["node"] for edge in edges(self.graph.nodes[id_]["tree"])}
        keys = {
            key for node, name, key in self.strokes if node == id_ and name not in ("startBy", "deadline")
        }
        for fact in self.facts:
            if fact.node in upstreams or fact.node == id_:
                keys |= self.near(fact, every, zone)
        return keys

    def near(self, fact: Fact, every: str, zone: str) -> set[str]:
        theirs = self.graph.every(fact.node)
        middle = fact.key
        if theirs != every:
            middle = moments.key_at(moments.start(fact.key, theirs, zone), every, zone)
        found = {moments.neighbour(middle, every, zone, steps) for steps in range(-REACH, REACH + 1)}
        end = moments.end(fact.key, theirs, zone) if theirs != every else 0
        while moments.start(middle, every, zone) < end:
            found.add(middle)
            middle = moments.neighbour(middle, every, zone, 1)
        return found

    def is_due(self, id_: str, key: str) -> bool:
        """Active, open, not submitted or given up yet, the gate is open, and its edges are satisfied."""
        node = self.graph.nodes[id_]
        if not self.is_active(id_, key) or not self.graph.is_open(id_, key) or self.is_left_out(id_, key):
            return False
        if "notBefore" in node and not self.has_opened(id_, key):
            return False
        return not self.is_answered(id_, key) and self.is_ready(id_, key)

    def has_opened(self, id_: str, key: str) -> bool:
        """The gate's time has come. Of a time before the story nobody heard, but of what came after it."""
        if self.has_struck(id_, "notBefore", key) or self.runs_anyway(id_, key):
            return True
        used = [fact.finished for each in self.seen(id_, key) if each.is_ok for fact in each.used]
        return max(used, default=0) >= self.clock(id_, "notBefore", key)

    def runs_anyway(self, id_: str, key: str) -> bool:
        """Whether its cutoff has come, and it runs then with what is there."""
        return self.graph.nodes[id_].get("onCutoff") == "run" and self.has_struck(id_, "cutoff", key)

    def is_answered(self, id_: str, key: str) -> bool:
        """A claim or an outcome, unless the node runs again: for late upstreams, or when upstreams did."""
        node = self.graph.nodes[id_]
        claims = self.claims.get((id_, key), [])
        if not claims:
            outcomes = [f for f in self.facts if f.node == id_ and f.key == key]
            return any(not (f.is_cutoff and node.get("onLate") == "run") for f in outcomes)
        used = max(claim.used for claim in claims)
        finishes = [[fact.finished for fact in each.used] for each in self.seen(id_, key)]
        match node.get("onRerun", "ignore"):
            case "refresh":
                return max((at for each in finishes for at in each), default=0) <= used
            case "hold":
                return any(max(each, default=0) <= used for each in finishes)
        return True

    def is_ready(self, id_: str, key: str) -> bool:
        node = self.graph.nodes[id_]
        if node.get("dependsOnPast") and not self.has_past(id_, key):
            return False
        return self.runs_anyway(id_, key) or self.is_satisfied(node["tree"], self.seen(id_, key))

    def has_past(self, id_: str, key: str) -> bool:
        """The node's previous open key succeeded or was skipped; that of activeFrom has none."""
        first = self.border(id_, "activeFrom")
        latest = self.latest(id_, self.open_key(id_, key, -1))
        return moments.day_of(key).isoformat() == first or (
            latest is not None and latest.phase in ("Succeeded", "Skipped")
        )

    def is_satisfied(self, tree: Json, seen: list[Seen]) -> bool:
        if "of" not in tree:
            return any(each.is_ok for each in seen if each.edge is tree)
        yes = [self.is_satisfied(member, seen) for member in tree["of"]]
        return all(yes) if tree["need"] == 0 else sum(yes) >= tree["need"]

    def is_left_out(self, id_: str, key: str) -> bool:
        """Whether calendars of upstreams skip the node: one that says so, or all of them are closed and none matters."""
        members = edges(self.graph.nodes[id_]["tree"])
        closed = [edge for edge in members if not self.open_wanted(edge, id_, key)]
        is_skipped = any(edge.get("ifNotScheduled") == "skip" for edge in closed)
        return is_skipped or (
            len(closed) == len(members) and all(edge.get("ifNotScheduled") == "satisfy" for edge in closed)
        )
