"""Plays the days: sources start as expected, what Sensors submit takes as long as supposed, and time goes on.

It ends when every clock of the keys that are shown has struck and nothing more is submitted: a night that belongs to
the last day is played to its end, and no queue is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from depgen.cluster import keytimes
from depgen.cluster.api import CRON_WORKFLOWS, ClusterError
from depgen.cluster.states import Subject, is_active, strikes_at
from depgen.manifests import Manifests
from depgen.model import Node
from depgen.pipeline import Checked
from depgen.play import Ending, Submitted, World
from depgen.simulate.dates import Dates
from depgen.simulate.expected import Expected, Start
from depgen.simulate.supposing import Supposition

HOUR = 3600
# How much is played at a time, and how long nothing may be submitted before it is over.
_SLICE = 2 * HOUR
_QUIET = HOUR / 4
_SWEEP = 6 * HOUR
_LONGEST_CLOSED = timedelta(days=100)
_LAST_SWEEPS = 5

Progress = Callable[[float, float, int], None]


class Did(NamedTuple):
    """A Workflow, from its beginning to its end. `submitted` is when it was created, `cause` why."""

    graph: str
    node: str
    key: str
    workflow: str
    submitted: float
    begin: float
    end: float
    phase: str
    supposed: str = ""
    late_by: int = 0
    cause: str = ""


class Played(NamedTuple):
    """The world after the days, and every Workflow that began there, for each node that it is one of."""

    world: World
    did: list[Did]


class Plan(NamedTuple):
    """What is played of one graph: its days, what its sources do, and the CronWorkflows that were given."""

    dates: Dates
    expected: Expected
    given: Manifests


def play(
    checked: Checked,
    plans: Mapping[str, Plan],
    supposition: Supposition,
    progress: Progress = lambda done, now, number: None,
) -> Played:
    """Everything that happens. `progress` is told how much of it is done, the virtual time, and of how many Workflows."""
    starts = sorted((s for plan in plans.values() for s in plan.expected.starts), key=lambda start: start.at)
    begin = min([*(plan.dates.begin for plan in plans.values()), *(start.at for start in starts)]) - HOUR
    stage = _Stage(checked, plans, begin, supposition)
    stage.install()
    stage.suppose_pasts(begin)
    for shared in _shared(checked, starts):
        stage.expect(shared)
    stage.run(begin, progress)
    return stage.played


def _shared(checked: Checked, starts: Iterable[Start]) -> Iterable[list[Start]]:
    """The starts, those of one Workflow together."""
    graphs = {graph.name: graph for graph in checked.graphs}
    found: dict[tuple[object, ...], list[Start]] = {}
    for start in starts:
        source = graphs[start.graph].nodes[start.node].source
        assert source
        what = source.kind, source.namespace, source.name, source.labels, source.node
        found.setdefault((*what, start.at), []).append(start)
    return found.values()


def _before(subject: Subject, node: Node, first: date) -> str:
    """The node's last open key before the first one that is played; "" if it is not active then."""
    every, calendar = subject.every(node.id), subject.graph.calendar(node.id)
    day = first - timedelta(days=1)
    while (
        calendar
        and every.kind not in ("week", "month")
        and not calendar.is_open(day)
        and day > first - _LONGEST_CLOSED
    ):
        day -= timedelta(days=1)
    key = keytimes.moved(every.key(day + timedelta(days=1)), every, -1)
    return key if is_active(subject, node, key) else ""


class _Stage:
    """The world, and what is known of what will happen in it."""

    def __init__(
        self, checked: Checked, plans: Mapping[str, Plan], begin: float, supposition: Supposition
    ) -> None:
        self._plans = plans
        self._supposition = supposition
        # Without a sweeper in the graph there is none in its world either.
        sweepers = [graph.sweeper.every for graph in checked.graphs if graph.sweeper]
        self._sweep_every = min(sweepers, default=0)
        world = World(checked, start=begin, ending=self._ending, sweep_every=None, is_logged=False)
        self.played = Played(world, [])
        self._last_end = begin
        strikes = set(self._clocks(world.subjects.values()))
        self._strikes = max(strikes, default=begin)
        if sweepers:
            self._plan_sweeps(begin, strikes)

    def install(self) -> None:
        """The CronWorkflows are there to be asked about; nothing starts them but this simulation."""
        for plan in self._plans.values():
            for (namespace, _), body in plan.given.cron_workflows.items():
                try:
                    self.played.world.emulator.api.create(CRON_WORKFLOWS, namespace, body)
                except ClusterError as error:
                    if not error.already_exists:
                        raise

    def expect(self, starts: Sequence[Start]) -> None:
        """Sources will start: nodes, maybe of several graphs, that listen to one and the same Workflow."""
        world, first = self.played.world, starts[0]
        how = self._supposition.together(starts)
        if how is None:
            return
        end = first.at + how.takes
        name = world.begin(f"{first.graph}/{first.node}", at=first.at, key=first.key, scheduled=first.at)
        world.end(name, at=end, phase=how.phase, outputs=how.outputs)
        self._last_end = max(self._last_end, end)
        for start in starts:
            did = Did(start.graph, start.node, start.key, name, start.at, start.at, end, how.phase)
            self.played.did.append(did._replace(supposed=how.words, late_by=how.late_by))

    def suppose_pasts(self, begin: float) -> None:
        """The first key of a node with `dependsOnPast` finds that the one before has succeeded."""
        world = self.played.world
        for subject in world.subjects.values():
            first = self._plans[subject.graph.name].expected.first
            for node in subject.graph.nodes.values():
                key = _before(subject, node, first) if node.depends_on_past else ""
                if key:
                    name = world.begin(f"{subject.graph.name}/{node.id}", at=begin + 1, key=key)
                    world.end(name, at=begin + 2)

    def run(self, begin: float, progress: Progress) -> None:
        """Time goes on, until nothing more will happen."""
        world = self.played.world
        while world.now < self._horizon or self._goes_on():
            if world.now < self._horizon:
                world.run_until(min(world.now + _SLICE, self._horizon))
            done = (world.now - begin) / max(1.0, self._horizon - begin)
            progress(min(0.99, done), world.now, len(self.played.did))
        progress(1.0, world.now, len(self.played.did))

    def _goes_on(self) -> bool:
        """Whether anything is submitted in a while after what is known to happen: a Sensor may have a queue."""
        world = self.played.world
        before = len(world.submitted)
        if self._sweep_every:
            # Enough of them to ask three times for a run that was refused, and then to reject it.
            for number in range(1, 1 + _LAST_SWEEPS):
                world.at(world.now + number * _QUIET, self._sweep)
            world.run_until(world.now + _LAST_SWEEPS * _QUIET)
        world.run_until(world.now + _QUIET)
        return len(world.submitted) > before

    @property
    def _horizon(self) -> float:
        """When the last clock has struck, the last Workflow has ended, and a sweep has seen both."""
        return max(self._strikes, self._last_end) + self._sweep_every + 1

    def _plan_sweeps(self, begin: float, strikes: Iterable[float]) -> None:
        """Only passes that may find something: no event is lost here, so these are those after a clock has struck.

        One every few hours besides sees what has no clock, such as a day that a calendar closes.
        """
        world, end = self.played.world, max(plan.dates.end for plan in self._plans.values())
        regular = range(int(begin), int(end), _SWEEP)
        for moment in sorted({begin, *regular, *(strike + self._sweep_every for strike in strikes)}):
            world.at(moment, self._sweep)

    def _sweep(self) -> None:
        self.played.world.sweep()

    def _ending(self, submitted: Submitted) -> Ending | None:
        """How a Workflow ends that starts now; asked when its mutexes are free."""
        now = self.played.world.now
        is_shown = self._is_shown(submitted)
        how = self._supposition.of(submitted.graph, submitted.node, submitted.key, is_shown)
        assert how, "a run is never missing"
        end = now + how.takes
        self._last_end = max(self._last_end, end)
        graph, node, key, name = submitted.graph, submitted.node, submitted.key, submitted.name
        did = Did(graph, node, key, name, submitted.at, now, end, how.phase, how.words, how.late_by)
        self.played.did.append(did._replace(cause=submitted.cause))
        return Ending(how.takes, how.phase, how.outputs)

    def _is_shown(self, submitted: Submitted) -> bool:
        subject = self.played.world.subjects[submitted.graph]
        if submitted.node not in subject.graph.nodes:
            return False
        try:
            return self._plans[submitted.graph].dates.has_key(submitted.key, subject.every(submitted.node))
        except ValueError:  # somebody else's: it is no key of the node
            return False

    def _clocks(self, subjects: Iterable[Subject]) -> Iterator[float]:
        for subject in subjects:
            for node in subject.graph.nodes.values():
                dates = self._plans[subject.graph.name].dates
                keys = dates.keys(subject.every(node.id)) if node.clocks else ()
                for key in keys:
                    yield from (strikes_at(subject, node, name, key) or 0 for name in node.clocks)
