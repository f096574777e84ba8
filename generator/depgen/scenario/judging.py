"""Holds what must have come of a story against what did: runs and alerts, states, ledgers, and what went astray."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from depgen import naming
from depgen.cluster import entries
from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.explain import explain
from depgen.cluster.states import Subject, cell, read_ledgers
from depgen.errors import InputError
from depgen.scenario.matching import Judgement, Matcher
from depgen.scenario.moments import Clock, expanded, key_of
from depgen.scenario.stage import Stage
from depgen.scenario.story import Expectation, ExpectedLedger, ExpectedState
from depgen.times import DAILY


def judged(stage: Stage, clock: Clock, expectation: Expectation) -> Judgement:
    """Everything of an expectation that does not hold now."""
    found = Judgement()
    judge = _Judge(stage, clock, expectation, found)
    matcher = Matcher(stage, clock, expectation, found)
    ours = [(n, one) for n, one in enumerate(stage.submitted) if matcher.is_looked_at(one)]
    if expectation.runs is not None:
        matcher.runs(expectation.runs, [(n, one) for n, one in ours if not matcher.is_alert(one)])
    if expectation.alerts is not None:
        matcher.runs(expectation.alerts, [(n, one) for n, one in ours if matcher.is_alert(one)])
    for state in expectation.states:
        judge.guarded(state.line, partial(judge.states, state))
    for ledger in expectation.ledgers:
        judge.guarded(ledger.line, partial(judge.ledger, ledger))
    judge.rest()
    return found


def keys_told(stage: Stage, clock: Clock, node: str, given: str) -> list[str]:
    """The key or the range of keys that is told, else the node's key on the scenario's date; InputError if it is none."""
    if given and ".." not in given:
        return [given]
    subject, found = stage.find(node)
    every = subject.every(found.id)
    if not given:
        return [key_of(every, clock.zone, clock.day)]
    return list(expanded(given, every, found.source.key.zone if found.source else subject.graph.zone))


@dataclass
class _Judge:
    stage: Stage
    clock: Clock
    expectation: Expectation
    found: Judgement

    def guarded(self, line: int, judge: Callable[[], None]) -> None:
        """What cannot be asked is a failure."""
        try:
            judge()
        except InputError as error:
            self.found.fail(line, str(error))

    def states(self, wanted: ExpectedState) -> None:
        """The state of a node, and its reasons, at each of the keys."""
        for key in keys_told(self.stage, self.clock, wanted.node, wanted.key):
            self._state(wanted, key)

    def _state(self, wanted: ExpectedState, key: str) -> None:
        cluster, now = self.stage.cluster, self.stage.now
        subject, node = self.stage.find(wanted.node)
        ledgers = read_ledgers(cluster, subject)
        own = cell(subject, node, ledgers.of(subject, node.id, key), now)
        if wanted.state and (own is None or own.state != wanted.state):
            there = f"it is {own.state}" if own else "it has no state"
            self.found.fail(wanted.line, f"expected {node.id} {key} to be {wanted.state}, {there}", key)
        if wanted.reasons is not None:
            reasons = self._reasons(subject, node.id, key)
            if reasons != wanted.reasons:
                texts = (", ".join(one) or "none" for one in (wanted.reasons, reasons))
                expected, there = texts
                self.found.fail(
                    wanted.line,
                    f"expected the reasons of {node.id} {key} to be {expected}; found {there}",
                    key,
                )

    def _reasons(self, subject: Subject, node: str, key: str) -> tuple[str, ...]:
        cluster = self.stage.cluster
        told = explain(
            cluster,
            subject,
            read_ledgers(cluster, subject),
            subject.graph.nodes[node],
            key,
            self.stage.now,
        )
        return tuple(sorted({str(one.reason) for one in told.findings}))

    def ledger(self, wanted: ExpectedLedger) -> None:
        """All facts of a key."""
        subjects = self.stage.subjects
        name = wanted.graph or next(iter(subjects))
        if name not in subjects:
            raise InputError(f'there is no graph "{name}"')
        key = wanted.key or DAILY.key(self.clock.day)
        found = read_ledgers(self.stage.cluster, subjects[name])
        facts = tuple(
            sorted(
                f"{parts[1]} {entries.told(text).get('phase')}"
                for (_, each), ledger in found.items()
                if each == key
                for entry, text in ledger.data.items()
                if len(parts := entry.split(".")) == 5 and parts[0] == "run" and parts[2] == key
            )
        )
        if facts != wanted.facts:
            expected, there = (", ".join(one) or "nothing" for one in (wanted.facts, facts))
            self.found.fail(
                wanted.line, f"expected the ledger of {key} to say {expected}; it says {there}", key
            )

    def rest(self) -> None:
        """Completions without a key, and refused creations."""
        expectation = self.expectation
        if expectation.invalid is not None:
            lost = tuple(sorted(self._lost()))
            if lost != expectation.invalid:
                expected, there = (", ".join(one) or "none" for one in (expectation.invalid, lost))
                self.found.fail(
                    expectation.line, f"expected completions without a key of: {expected}; found {there}"
                )
        refusals = self.stage.refusals()
        if expectation.refused is not None and len(refusals) != expectation.refused:
            named = "; ".join(one.text for one in refusals[:3])
            text = f"expected {expectation.refused} refused creations, there were {len(refusals)}"
            self.found.fail(expectation.line, f"{text} ({named})" if named else text)

    def _lost(self) -> Iterable[str]:
        for subject in self.stage.subjects.values():
            graph = subject.graph
            heap = self.stage.cluster.get(CONFIG_MAPS, graph.namespace, f"{graph.name}-invalid")
            yield from (one.node for one in entries.invalid(heap))


def ledgers_of(stage: Stage, keys: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """What stands in the ledgers of these keys, by name."""
    wanted = set(keys)
    found: dict[str, dict[str, str]] = {}
    for subject in stage.subjects.values():
        graph = subject.graph
        for one in stage.cluster.list(CONFIG_MAPS, graph.namespace, f"{naming.LABEL_GRAPH}={graph.name}"):
            if one["metadata"]["labels"].get(naming.LABEL_KEY) in wanted:
                found[one["metadata"]["name"]] = dict(one.get("data") or {})
    return found
