"""Which runs a graph should start: every rule of the language as a loop over everything that is known.

It plays the story second by second that matters: completions, clocks, passes of the sweep, ends of its own runs. After
each of them it asks of every run and key whether it is due. It is told nothing of ledgers, events or jq.
"""

from __future__ import annotations

import heapq
import re
from itertools import count
from typing import Any

from tests.oracle import moments
from tests.oracle.known import Claim, Fact
from tests.oracle.parameters import Parameters
from tests.oracle.reading import Json
from tests.oracle.story import Completion, Started, Story

# How long after its cutoff the sweep leaves a node in peace.
PATIENCE = 60


def expected(story: Story, clocks_first: bool = True) -> list[Started]:
    """Every Workflow that the graph should submit, in order.

    `clocks_first`: what is told first of a completion and a clock of the same second, on which the language says nothing.
    """
    return _Oracle(story, clocks_first).play()


class _Oracle(Parameters):
    """Plays the story. What is to come is told in the order of time, then of kind."""

    def __init__(self, story: Story, clocks_first: bool) -> None:
        super().__init__(story)
        self.rank = {"clock": 0 if clocks_first else 2, "end": 1, "sweep": 0 if clocks_first else 2}
        self.alerts: set[str] = set()
        self._todo: list[tuple[int, int, int, Any]] = []
        self._order = count()

    def play(self) -> list[Started]:
        for completion in self.story.completions:
            self.later(completion.finished, "end", lambda c=completion: self.complete(c))
        for node, name, key in self.strokes:
            self.later(
                self.clock(node, name, key), "clock", lambda n=node, c=name, k=key: self.strike(n, c, k)
            )
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

    def complete(self, completion: Completion) -> None:
        key = completion.key or self.key_of(completion)
        fact = Fact(
            completion.node,
            key,
            completion.finished,
            completion.phase,
            completion.name,
            dict(completion.outputs),
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

    def strike(self, id_: str, name: str, key: str) -> None:
        """A clock's time has come: `onMiss`, if what it stands for has not happened."""
        node = self.graph.nodes[id_]
        if "onMiss" not in node or name not in ("startBy", "deadline") or not self.is_active(id_, key):
            return
        facts = [f for f in self.facts if f.node == id_ and f.key == key]
        if name == "startBy":
            is_met = (id_, key) in self.claims or bool(facts)
        else:
            is_met = any(f.phase in ("Succeeded", "Skipped") and f.finished <= self.now for f in facts)
        if not is_met:
            latest = self.latest(id_, key)
            values = {"node": id_, "workflow": "", "phase": "", "finishedAt": moments.utc(self.now)}
            if latest or (id_, key) in self.claims:
                values["workflow"] = latest.workflow if latest else self.workflow(id_, key)
                values["phase"] = latest.phase if latest else "Submitted"
            self.alert(
                f"{id_}-{'late' if name == 'startBy' else 'missed'}", key, node["onMiss"]["run"], values
            )

    def decide(self) -> None:
        for id_ in self.graph.runs():
            for key in sorted(self.keys_of_interest(id_)):
                if self.is_due(id_, key):
                    self.submit(id_, key)
        for id_ in self.graph.runs() if self.graph.on_failure else ():
            for key in sorted({fact.key for fact in self.facts if fact.node == id_}):
                self.tell_of_failure(id_, key)

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
