"""Holds what must have come of a story against what did.

An expected run takes one that was submitted, the best there is, and what it has wrong is told of that one: a run that
is late is late, and not one missing and one too many. What nobody expected is a failure too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from depgen import naming
from depgen.cluster import entries
from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.explain import explain
from depgen.cluster.states import Subject, cell, read_ledgers
from depgen.errors import InputError
from depgen.play import Submitted
from depgen.scenario.moments import Clock, expanded, key_of
from depgen.scenario.stage import Stage
from depgen.scenario.story import Expectation, ExpectedLedger, ExpectedRun, ExpectedState
from depgen.scenario.verdict import Failure, Mark, Moment
from depgen.times import DAILY, Period

_KINDS = ("late", "missed", "failed")


class Wanted(NamedTuple):
    """One run of one key that must be there."""

    of: ExpectedRun
    graph: str
    node: str
    key: str

    @property
    def shown(self) -> str:
        """`report 20261121 at 20:00`."""
        return " ".join(filter(None, (self.node, self.key, self.of.shown_time)))


@dataclass
class Judgement:
    """What is wrong, the lines of the timeline that it adds, and the keys of which the ledgers are worth a look."""

    failures: list[Failure] = field(default_factory=list)
    missing: list[Moment] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def fail(self, line: int, text: str, key: str = "") -> None:
        """Something is not as expected."""
        self.failures.append(Failure(line, text))
        if key:
            self.keys.add(key)


def judged(stage: Stage, clock: Clock, expectation: Expectation) -> Judgement:
    """Everything of an expectation that does not hold now."""
    found = Judgement()
    judge = _Judge(stage, clock, expectation, found)
    ours = [(n, one) for n, one in enumerate(stage.submitted) if judge.is_looked_at(one)]
    if expectation.runs is not None:
        judge.runs(expectation.runs, [(n, one) for n, one in ours if not judge.is_alert(one)])
    if expectation.alerts is not None:
        judge.runs(expectation.alerts, [(n, one) for n, one in ours if judge.is_alert(one)])
    for state in expectation.states:
        judge.guarded(state.line, partial(judge.state, state))
    for ledger in expectation.ledgers:
        judge.guarded(ledger.line, partial(judge.ledger, ledger))
    judge.rest()
    return found


def default_key(stage: Stage, clock: Clock, node: str, given: str) -> str:
    """The key that is told, else the node's key on the scenario's date; InputError if there is not one."""
    if given:
        return given
    subject, found = stage.find(node)
    return key_of(subject.every(found.id), clock.zone, clock.day)


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

    # ---- runs and alerts ----

    def is_alert(self, one: Submitted) -> bool:
        """Whether it tells of another node."""
        subject = self.stage.subjects.get(one.graph)
        is_node = subject is not None and one.node in subject.graph.nodes
        return not is_node and one.node.rpartition("-")[2] in _KINDS

    def is_looked_at(self, one: Submitted) -> bool:
        """Whether `only` lets it count."""
        only = self.expectation.only
        about = one.node.rpartition("-")[0] if self.is_alert(one) else one.node
        return not only or about in only or f"{one.graph}/{about}" in only

    def runs(self, expected: Sequence[ExpectedRun], there: list[tuple[int, Submitted]]) -> None:
        """Every expected run, then what is left over."""
        for run in expected:
            if run.count is not None:
                there = self._counted(run, there)
                continue
            try:
                wanted = list(self._wanted(run))
            except InputError as error:
                self.found.fail(run.line, f'"{run.node}": {error}')
                continue
            for each in wanted:
                there = self._matched(each, there)
        for number, one in there:
            self.found.marks[number] = "unexpected"
            at = self.clock.shown(one.at)
            self.found.fail(
                self.expectation.line, f"nobody expected {one.node} {one.key}, submitted at {at}", one.key
            )

    def _wanted(self, run: ExpectedRun) -> Iterator[Wanted]:
        graph, _, id_ = run.node.rpartition("/")
        every = self._every(run.node)
        key = run.key or key_of(every, self.clock.zone, self.clock.day)
        node = f"{id_}-{run.kind}" if run.kind else id_
        for each in expanded(key, every, self._zone(run.node)):
            yield Wanted(run, graph, node, each)

    def _every(self, node: str) -> Period:
        """The period of a node; of one that an edit removed, a day."""
        try:
            subject, found = self.stage.find(node)
        except InputError:
            return DAILY
        return subject.every(found.id)

    def _zone(self, node: str) -> str:
        try:
            return self.stage.find(node)[0].graph.zone
        except InputError:
            return self.clock.zone

    def _counted(self, run: ExpectedRun, there: list[tuple[int, Submitted]]) -> list[tuple[int, Submitted]]:
        graph, _, id_ = run.node.rpartition("/")
        own = [(n, one) for n, one in there if one.node == id_ and graph in ("", one.graph)]
        if len(own) != run.count:
            self.found.fail(run.line, f"expected {run.count} runs of {run.node}, there were {len(own)}")
        for number, one in own:
            self._hold(Wanted(run, graph, id_, one.key), number, one)
        return [entry for entry in there if entry not in own]

    def _matched(self, wanted: Wanted, there: list[tuple[int, Submitted]]) -> list[tuple[int, Submitted]]:
        fits = [
            (number, one)
            for number, one in there
            if (one.node, one.key) == (wanted.node, wanted.key)
            and wanted.graph in ("", one.graph)
            and wanted.of.name in ("", one.name)
        ]
        if not fits:
            self._miss(wanted)
            return there
        best = next((entry for entry in fits if not list(self._wrong(wanted, entry[1]))), fits[0])
        self._hold(wanted, *best)
        return [entry for entry in there if entry != best]

    def _miss(self, wanted: Wanted) -> None:
        subject = next(iter(self.stage.subjects.values()), None)
        why = self._why(wanted) if subject else ""
        self.found.fail(wanted.of.line, f"expected {wanted.shown}, there was none{why}", wanted.key)
        at = wanted.of.earliest if wanted.of.earliest is not None else self.stage.now
        self.found.missing.append(Moment(at, "missing", f"{wanted.node} {wanted.key} is expected"))

    def _why(self, wanted: Wanted) -> str:
        """What keeps it from running, in the words of `depgen why`."""
        try:
            subject, node = self.stage.find(wanted.of.node)
        except InputError:
            return ""
        if node.run is None or not subject.is_key(node.id, wanted.key) or wanted.of.kind:
            return ""
        told = explain(
            self.stage.cluster,
            subject,
            read_ledgers(self.stage.cluster, subject),
            node,
            wanted.key,
            self.stage.now,
        )
        reasons = "; ".join(f"{one.reason}: {one.text}" for one in told.findings)
        return f"; it is {told.state}" + (f" ({reasons})" if reasons else "")

    def _hold(self, wanted: Wanted, number: int, one: Submitted) -> None:
        wrong = list(self._wrong(wanted, one))
        self.found.marks[number] = "wrong" if wrong else "run"
        for text in wrong:
            self.found.fail(wanted.of.line, f"expected {wanted.node} {one.key} {text}", one.key)

    def _wrong(self, wanted: Wanted, one: Submitted) -> Iterator[str]:
        first, last = wanted.of.earliest, wanted.of.latest
        if (first is not None and one.at < first) or (last is not None and one.at > last):
            yield f"{wanted.of.shown_time}, it was submitted at {self.clock.shown(one.at)}"
        for name, text in wanted.of.params.items():
            there = one.params.get(name)
            if there != text:
                found = "there is none" if there is None else f'it is "{there}"'
                yield f'with {name} "{text}", {found}'

    # ---- states, ledgers and the rest ----

    def state(self, wanted: ExpectedState) -> None:
        """One state, and its reasons."""
        cluster, now = self.stage.cluster, self.stage.now
        subject, node = self.stage.find(wanted.node)
        key = default_key(self.stage, self.clock, wanted.node, wanted.key)
        ledgers = read_ledgers(cluster, subject)
        own = cell(subject, node, ledgers.of(subject, node.id, key), now)
        told = str(own.state) if own else "none"
        if wanted.state and told != wanted.state:
            self.found.fail(wanted.line, f"expected {node.id} {key} to be {wanted.state}, it is {told}", key)
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
