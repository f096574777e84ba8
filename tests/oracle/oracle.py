"""Which runs a graph should start: every rule of the language as a loop over everything that is known.

It plays the story second by second that matters: completions, clocks, passes of the sweep, ends of its own runs. After
each of them it asks of every run and key whether it is due. It is told nothing of ledgers, events or jq.
"""

from __future__ import annotations

import heapq
import json
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, NamedTuple

from tests.oracle import moments
from tests.oracle.reading import Graph, Json, edges
from tests.oracle.story import Completion, Started, Story

FAILURES = ("Failed", "Error", "Expired", "Rejected")
ENDS = ("Succeeded", "Skipped", *FAILURES)
# How long after its cutoff the sweep leaves a node in peace.
PATIENCE = 60
# How far from a fact's key the keys are that it may serve.
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


class One(NamedTuple):
    """One of the upstream's keys that an edge wants: the newest fact of it that counts, and whether it is as it should be."""

    key: str
    fact: Fact | None
    is_ok: bool


class Seen(NamedTuple):
    """An edge at a moment: the keys it wants, and whether it is satisfied."""

    edge: Json
    each: list[One]
    is_ok: bool

    @property
    def used(self) -> list[Fact]:
        """The facts it rests on."""
        return [one.fact for one in self.each if one.is_ok and one.fact]


class Claim(NamedTuple):
    """A submission: when, and the newest finish among the facts it was made on, 0 if there was none."""

    at: int
    used: int


@lru_cache(maxsize=100_000)
def _neighbour(key: str, every: str, zone: str, steps: int) -> str:
    return moments.neighbour(key, every, zone, steps)


def expected(story: Story, clocks_first: bool = True) -> list[Started]:
    """Every Workflow that the graph should submit, in order.

    `clocks_first`: what is told first of a completion and a clock of the same second, on which the language says nothing.
    """
    return _Oracle(story, clocks_first).play()


class _Oracle:
    def __init__(self, story: Story, clocks_first: bool) -> None:
        self.story = story
        self.rank = {"clock": 0 if clocks_first else 2, "end": 1, "sweep": 0 if clocks_first else 2}
        self.graph = Graph(story.graph)
        self.now = story.start
        self.facts: list[Fact] = []
        self.claims: dict[tuple[str, str], list[Claim]] = {}
        self.alerts: set[str] = set()
        self.started: list[Started] = []
        self._todo: list[tuple[int, int, int, Any]] = []
        self._order = count()

    def play(self) -> list[Started]:
        for completion in self.story.completions:
            self.later(completion.finished, "end", lambda c=completion: self.complete(c))
        for node, name, key in self.strokes:
            self.later(self.clock(node, name, key), "clock", lambda n=node, c=name, k=key: self.strike(n, c, k))
        if self.story.sweep_every:
            for at in range(self.story.start, self.story.until + 1, self.story.sweep_every):
                self.later(at, "sweep", self.sweep)
        while self._todo and self._todo[0][0] <= self.story.until:
            self.now, _, _, action = heapq.heappop(self._todo)
            action()
            self.decide()
        return self.started

    def later(self, at: int, kind: str, action: Any) -> None:
        heapq.heappush(self._todo, (at, self.rank[kind], next(self._order), action))

    # ---- facts ----

    def complete(self, completion: Completion) -> None:
        key = completion.key or self.key_of(completion)
        fact = Fact(
            completion.node, key, completion.finished, completion.phase, completion.name, dict(completion.outputs)
        )
        if fact not in self.facts:
            self.facts.append(fact)

    def key_of(self, completion: Completion) -> str:
        """The logical date of a scheduled run: zone, then dayStart, then offset."""
        rule = self.graph.nodes[completion.node].get("key", {})
        zone, every = self.graph.zone_of(completion.node), rule.get("every", "day")
        origin = rule.get("from", "scheduledTime")
        at = completion.finished if origin == "finishedAt" else completion.scheduled
        assert at is not None
        offset = rule.get("offset", "0d")
        sign, number, unit = re.fullmatch(r"(-?)(\d+)(mo|[smhdw])", offset).groups()  # type: ignore[union-attr]
        amount = int(sign + number)
        if unit in "smh":
            at += amount * {"s": 1, "m": 60, "h": 3600}[unit]
        if moments.repeats(every):
            return moments.key_at(at, every, zone)
        shown = moments.wall(at, zone)
        hours, minutes = (int(part) for part in rule.get("dayStart", "00:00").split(":"))
        shown -= moments.MINUTE * (60 * hours + minutes)
        if unit == "mo":
            shown = moments.months_later(shown, amount)
        elif unit in "dw":
            shown += moments.DAY * amount * (7 if unit == "w" else 1)
        return moments.written(moments.begin_of(shown, every), every)

    def latest(self, node: str, key: str, *tests: Any) -> Fact | None:
        """The fact of a node and key that finished last, of those that pass; a success wins a tie."""
        found = [f for f in self.facts if f.node == node and f.key == key and all(test(f) for test in tests)]
        return max(found, key=lambda f: (f.finished, f.phase == "Succeeded"), default=None)

    # ---- clocks ----

    @cached_property
    def strokes(self) -> list[tuple[str, str, str]]:
        """Every clock of every run that strikes during the story."""
        found = []
        for id_ in self.graph.runs():
            node, every = self.graph.nodes[id_], self.graph.every(id_)
            names = [name for name in ("notBefore", "startBy", "deadline", "cutoff") if name in node]
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
        texts = [edge["settle"] for edge in edges(node["tree"]) if "settle" in edge and edge["node"] == upstream]
        shown = moments.clock(texts[0] if upstream != name else node[name], key, self.graph.every(id_))
        find = moments.first_instant if name == "notBefore" else moments.last_instant
        return find(shown, self.graph.zone)

    def has_struck(self, id_: str, name: str, key: str) -> bool:
        return (id_, name, key) in self.strokes and self.clock(id_, name, key) <= self.now

    def strike(self, id_: str, name: str, key: str) -> None:
        """A clock's time has come: `onMiss`, if what it stands for has not happened."""
        node = self.graph.nodes[id_]
        if "onMiss" not in node or name not in ("startBy", "deadline") or not self.is_active(id_, key):
            return
        facts = [f for f in self.facts if f.node == id_ and f.key == key]
        if name == "startBy":
            is_met = (id_, key) in self.claims or facts
        else:
            is_met = any(f.phase in ("Succeeded", "Skipped") and f.finished <= self.now for f in facts)
        if not is_met:
            latest = self.latest(id_, key)
            values = {"node": id_, "workflow": "", "phase": "", "finishedAt": moments.utc(self.now)}
            if latest or (id_, key) in self.claims:
                values["workflow"] = latest.workflow if latest else self.workflow(id_, key)
                values["phase"] = latest.phase if latest else "Submitted"
            self.alert(f"{id_}-{'late' if name == 'startBy' else 'missed'}", key, node["onMiss"]["run"], values)

    # ---- deciding ----

    def decide(self) -> None:
        for id_ in self.graph.runs():
            for key in sorted(self.keys_of_interest(id_)):
                if self.is_due(id_, key):
                    self.submit(id_, key)
        for id_ in self.graph.runs() if self.graph.on_failure else ():
            for key in sorted({fact.key for fact in self.facts if fact.node == id_}):
                self.tell_of_failure(id_, key)

    def keys_of_interest(self, id_: str) -> set[str]:
        """The keys around those of the facts and of the clocks that may make a run ready."""
        every, zone = self.graph.every(id_), self.graph.zone
        upstreams = {edge["node"] for edge in edges(self.graph.nodes[id_]["tree"])}
        keys = {key for node, name, key in self.strokes if node == id_ and name not in ("startBy", "deadline")}
        for fact in self.facts:
            if fact.node in upstreams or fact.node == id_:
                keys |= self.near(fact, every, zone)
        return keys

    def near(self, fact: Fact, every: str, zone: str) -> set[str]:
        theirs = self.graph.every(fact.node)
        middle = fact.key
        if theirs != every:
            middle = moments.key_at(moments.start(fact.key, theirs, zone), every, zone)
        found = {_neighbour(middle, every, zone, steps) for steps in range(-4, 5)}
        end = moments.end(fact.key, theirs, zone) if theirs != every else 0
        while moments.start(middle, every, zone) < end:
            found.add(middle)
            middle = _neighbour(middle, every, zone, 1)
        return found

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
        noon = moments.first_instant(moments.datetime.fromisoformat(text), self.graph.zone)
        every = self.graph.every(id_)
        return moments.day_of(moments.key_at(noon, "day" if moments.is_slot(every) else every, self.graph.zone)).isoformat()

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
        return moments.day_of(key).isoformat() == first or (latest is not None and latest.phase in ("Succeeded", "Skipped"))

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

    # ---- edges ----

    def seen(self, id_: str, key: str) -> list[Seen]:
        """The edges of a run at a key, with lookbacks: the newest fact in use is the moment they count from."""
        looks = [self.look(edge, id_, key) for edge in edges(self.graph.nodes[id_]["tree"])]
        used = [fact.finished for _, each in looks for fact in (one.fact for one in each if one.is_ok) if fact]
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
            each = [one._replace(is_ok=one.is_ok and bool(one.fact) and one.fact.finished >= since) for one in each]  # type: ignore[union-attr]
            found.append(Seen(edge, each, self.is_enough(edge, each, id_, key)))
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
        return count >= (edge["require"] if edge["require"] > 0 else len(each) + edge["require"])

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
            found.append(One(theirs, fact, fact is not None and self.has_status(edge, fact) and self.holds(edge, fact)))
        return edge, found

    def wanted(self, edge: Json, id_: str, key: str) -> list[str]:
        """The upstream's keys that serve mine; of one key also a closed one, which somebody may have run by hand."""
        return [key] if edge["match"] == "same" else self.open_wanted(edge, id_, key)

    def open_wanted(self, edge: Json, id_: str, key: str) -> list[str]:
        """The upstream's open keys that serve mine, in order."""
        upstream, match = edge["node"], edge["match"]
        every, theirs, zone = self.graph.every(id_), self.graph.every(edge["node"]), self.graph.zone_of(upstream)
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
            found = self.between(moments.start(previous, every, zone), moments.start(key, every, zone), theirs, zone)
        found = [each for each in found if self.graph.is_open(upstream, each)]
        return found[-1:] if isinstance(match, dict) and match.get("pick") == "last" else found

    def between(self, first: int, end: int, every: str, zone: str) -> list[str]:
        """The keys whose periods begin in `[first, end)`."""
        key = moments.key_at(first, every, zone)
        if moments.start(key, every, zone) < first:
            key = _neighbour(key, every, zone, 1)
        found = []
        while moments.start(key, every, zone) < end:
            found.append(key)
            key = _neighbour(key, every, zone, 1)
        return found

    def open_key(self, id_: str, key: str, steps: int) -> str:
        """So many of a node's open keys later or earlier."""
        every, zone = self.graph.every(id_), self.graph.zone_of(id_)
        left = abs(steps)
        while left:
            key = _neighbour(key, every, zone, 1 if steps > 0 else -1)
            left -= self.graph.is_open(id_, key)
        return key

    def has_status(self, edge: Json, fact: Fact) -> bool:
        status = edge["status"]
        phases = {"success": ("Succeeded",), "failure": FAILURES, "done": ENDS}.get(
            status if isinstance(status, str) else "", status
        )
        return fact.phase in phases

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
        return {">=": number >= other, ">": number > other, "<": number < other, "==": number == other}[operator]

    # ---- acting ----

    def submit(self, id_: str, key: str) -> None:
        claims = self.claims.setdefault((id_, key), [])
        name = self.workflow(id_, key) + (f"-r{len(claims) + 1}" if claims else "")
        used = [fact.finished for each in self.seen(id_, key) for fact in each.used]
        params = self.params(id_, key)
        claims.append(Claim(self.now, max(used, default=0)))
        self.start(name, params)
        end = self.story.ending(id_, key)
        if end:
            fact = Fact(id_, key, self.now + end.after, end.phase, name, dict(end.outputs))
            self.later(fact.finished, "end", lambda: self.facts.append(fact))

    def start(self, name: str, params: dict[str, str]) -> None:
        self.started.append(Started(self.now, name, tuple(sorted(params.items()))))

    def workflow(self, id_: str, key: str) -> str:
        return f"{self.graph.name}-{id_}-{key}"

    def alert(self, id_: str, key: str, run: Json, values: dict[str, str]) -> None:
        name = self.workflow(id_, key)
        if name in self.alerts:
            return
        self.alerts.add(name)
        params = {}
        for param, value in run.get("params", {}).items():
            if isinstance(value, dict) and "from" in value:
                found = values.get(value["field"]) or value.get("default")
                params[param] = str(found)
            else:
                params[param] = self.literal(value, key, self.graph.every(self.alerted(id_)))
        self.start(name, params)

    def alerted(self, id_: str) -> str:
        return id_.rpartition("-")[0]

    def tell_of_failure(self, id_: str, key: str) -> None:
        fact = self.latest(id_, key)
        assert self.graph.on_failure
        if fact and fact.phase in ("Failed", "Error") and fact.workflow == self.workflow(id_, key):
            values = {"node": id_, "workflow": fact.workflow, "phase": fact.phase}
            self.alert(f"{id_}-failed", key, self.graph.on_failure["run"], values)

    def sweep(self) -> None:
        """What waits although its cutoff passed a while ago is skipped or expires; what is ready stays."""
        over = [
            (self.clock(id_, name, key), id_, key)
            for id_, name, key in self.strokes
            if name == "cutoff" and self.graph.nodes[id_].get("onCutoff", "skip") != "run"
        ]
        for at, id_, key in sorted(over):
            is_answered = (id_, key) in self.claims or any(f.node == id_ and f.key == key for f in self.facts)
            if at > self.now - PATIENCE or is_answered or not self.is_active(id_, key):
                continue
            if not self.graph.is_open(id_, key):
                continue
            if not self.is_ready(id_, key):
                phase = {"skip": "Skipped", "fail": "Expired"}[self.graph.nodes[id_].get("onCutoff", "skip")]
                self.facts.append(Fact(id_, key, at, phase, is_cutoff=True))

    # ---- parameters ----

    def params(self, id_: str, key: str) -> dict[str, str]:
        every, seen = self.graph.every(id_), self.seen(id_, key)
        found = {}
        for name, value in self.graph.nodes[id_]["run"].get("params", {}).items():
            if isinstance(value, dict) and "from" in value:
                found[name] = self.taken(value, seen)
            else:
                found[name] = self.literal(value, key, every)
        return found

    def literal(self, value: Any, key: str, every: str) -> str:
        if not isinstance(value, dict):
            return str(value).lower() if isinstance(value, bool) else str(value)
        if "key" in value:
            return moments.begin(key).strftime(value["key"])
        border = {"start": moments.start, "end": moments.end}[value["interval"]]
        return moments.rfc3339(border(key, every, self.graph.zone), self.graph.zone)

    def taken(self, value: Json, seen: list[Seen]) -> str:
        """From the fact of an upstream, or with `$trigger` from the newest one in use, the last written of equals."""
        if value["from"] == "$trigger":
            used = [fact for each in seen if each.is_ok for fact in each.used]
            newest = max((fact.finished for fact in used), default=None)
            return str(self.value_of(next((f for f in reversed(used) if f.finished == newest), None), value))
        found = next(each for each in seen if each.edge["node"] == value["from"])
        if not self.is_plural(found.edge):
            fact = found.each[0].fact if found.each else None
            if value.get("field") == "missing":
                return json.dumps([one.key for one in found.each if one.fact is None], separators=(",", ":"))
            return str(self.value_of(fact, value))
        if value.get("field") == "missing":
            return json.dumps([one.key for one in found.each if not one.is_ok], separators=(",", ":"))
        values = [{"key": one.key, "value": self.value_of(one.fact, value)} for one in found.each]
        return json.dumps(values, separators=(",", ":"))

    def is_plural(self, edge: Json) -> bool:
        match = edge["match"]
        return isinstance(match, dict) and "offset" not in match and match.get("pick") != "last"

    def value_of(self, fact: Fact | None, value: Json) -> str | None:
        default = value.get("default")
        if fact is None:
            return default
        if "output" in value:
            return fact.outputs.get(value["output"], default)
        fields = {
            "workflow": fact.workflow,
            "phase": fact.phase,
            "finishedAt": moments.utc(fact.finished),
            "node": fact.node,
        }
        return fields[value["field"]]
