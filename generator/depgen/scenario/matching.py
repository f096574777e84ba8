"""Holds the runs and alerts that must be there against those that were submitted.

An expected run takes one that was submitted, the best there is, and what it has wrong is told of that one: a run that
is late is late, and not one missing and one too many. What nobody expected is a failure too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from depgen.cluster.explain import explain
from depgen.cluster.states import read_ledgers
from depgen.errors import InputError
from depgen.play import Submitted
from depgen.scenario.moments import Clock, expanded, key_of
from depgen.scenario.stage import Stage
from depgen.scenario.story import Expectation, ExpectedRun
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


@dataclass
class Matcher:
    """Judges the runs of one expectation; what is wrong goes to `found`."""

    stage: Stage
    clock: Clock
    expectation: Expectation
    found: Judgement

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
