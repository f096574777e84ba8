"""What a story is played on: a Protocol, because the emulator is not the only one.

Whatever takes a moment is given none that is over; the player lets time go on with `run_until` before each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from depgen.cluster.api import Cluster
from depgen.cluster.states import Subject
from depgen.emulate import Fault
from depgen.errors import InputError
from depgen.model import Node
from depgen.pipeline import Checked, InputFile
from depgen.play import Submitted, World
from depgen.scenario.story import Break, Fill, Handle, Story


class Beginning(NamedTuple):
    """How a Workflow begins."""

    node: str
    key: str | None = None
    scheduled: float | None = None
    started: float | None = None
    is_manual: bool = False
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}


class Refusal(NamedTuple):
    """A creation that the API refused each time it was tried."""

    at: float
    text: str


class Stage(Protocol):
    """A cluster with the graphs of a story."""

    @property
    def now(self) -> float:
        """Its clock."""
        ...

    @property
    def cluster(self) -> Cluster:
        """Its API."""
        ...

    @property
    def subjects(self) -> Mapping[str, Subject]:
        """Its graphs by name."""
        ...

    @property
    def submitted(self) -> Sequence[Submitted]:
        """Every Workflow that a Sensor created, in order."""
        ...

    def find(self, node: str) -> tuple[Subject, Node]:
        """The graph and node of `node` or `graph/node`; InputError if there is none."""
        ...

    def refusals(self) -> Sequence[Refusal]:
        """Every creation that the API refused for good."""
        ...

    def run_until(self, moment: float) -> None:
        """All that happens up to and including a moment."""
        ...

    def begin(self, how: Beginning) -> str:
        """A Workflow begins now; its name."""
        ...

    def end(self, name: str, phase: str, outputs: Mapping[str, str]) -> None:
        """It ends now."""
        ...

    def retry(self, name: str) -> None:
        """`argo retry`, now."""
        ...

    def resubmit(self, name: str) -> str:
        """`argo resubmit`, now; the new one's name."""
        ...

    def edit(self, files: Sequence[InputFile]) -> None:
        """The graph files are these now, built and synced."""
        ...

    def order(self, what: Handle, key: str) -> None:
        """What an operator does."""
        ...

    def sweep(self, since: float | None) -> None:
        """One pass; `since` is a moment."""
        ...

    def backfill(self, what: Fill) -> None:
        """Until nothing more of it runs."""
        ...

    def publish(self, source: str, event: str, payload: object) -> None:
        """An event of somebody else."""
        ...

    def fault(self, what: Break) -> None:
        """Something breaks, or is mended."""
        ...


# What befalls events, in the emulator's words.
_OF_EVENTS: Mapping[str, Literal["drop", "duplicate", "delay"]] = {
    "drop": "drop",
    "duplicate": "duplicate",
    "delay": "delay",
}
_TICKS = "at-*"

Build = Callable[[Story, Checked], Stage]


class Emulated:
    """The World as a stage."""

    def __init__(self, story: Story, checked: Checked) -> None:
        self.world = World(
            checked,
            start=story.start,
            ending=lambda submitted: story.ending(submitted.node),
            sweep_every=story.sweep_every,
            seed=story.seed,
            faults=[*_faults(story)],
        )

    @property
    def now(self) -> float:
        """The virtual clock."""
        return self.world.now

    @property
    def cluster(self) -> Cluster:
        """The API in memory."""
        return self.world.emulator.api

    @property
    def subjects(self) -> Mapping[str, Subject]:
        """The graphs."""
        return self.world.subjects

    @property
    def submitted(self) -> Sequence[Submitted]:
        """What the Sensors created."""
        return self.world.submitted

    def find(self, node: str) -> tuple[Subject, Node]:
        """The graph and node."""
        return self.world.find(node)

    def refusals(self) -> Sequence[Refusal]:
        """What was given up after its last try."""
        told: dict[str, str] = {}
        found = []
        for one in self.world.emulator.log:
            if one.kind == "refused":
                told[one.who] = one.detail
            elif one.kind in ("failed", "dlq") and "create Workflow" in told.get(one.who, ""):
                found.append(Refusal(one.at, told[one.who]))
        return found

    def run_until(self, moment: float) -> None:
        """Time goes on."""
        if moment > self.world.now:
            self.world.run_until(moment)

    def begin(self, how: Beginning) -> str:
        """A Workflow begins."""
        return self.world.begin(
            how.node,
            at=self.now,
            key=how.key,
            scheduled=how.scheduled,
            started=how.started,
            manual=how.is_manual,
            labels=how.labels,
            annotations=how.annotations,
            parameters=how.parameters,
        )

    def end(self, name: str, phase: str, outputs: Mapping[str, str]) -> None:
        """A Workflow ends."""
        self.world.end(name, at=self.now, phase=phase, outputs=outputs)

    def retry(self, name: str) -> None:
        """A Workflow runs again."""
        self.world.retry(name, at=self.now)

    def resubmit(self, name: str) -> str:
        """Another one begins."""
        return self.world.resubmit(name, at=self.now)

    def edit(self, files: Sequence[InputFile]) -> None:
        """The graph changes."""
        self.world.edit(files)

    def order(self, what: Handle, key: str) -> None:
        """An operator's hand."""
        self.world.order(what.verb, what.node, key, why=what.why, upstream=what.upstream)

    def sweep(self, since: float | None) -> None:
        """One pass."""
        self.world.sweep(since)

    def backfill(self, what: Fill) -> None:
        """Keys that never ran."""
        self.world.backfill(
            what.first,
            what.last,
            graph=what.graph,
            nodes=what.nodes,
            assumed=what.assumed,
            at_once=what.at_once,
            rerun=what.rerun,
        )

    def publish(self, source: str, event: str, payload: object) -> None:
        """A foreign event."""
        self.world.publish(source, event, payload)

    def fault(self, what: Break) -> None:
        """A part stops or starts; what befalls events was said at the start."""
        emulator = self.world.emulator
        for part in _parts(self.subjects, what.subject) if what.what not in _OF_EVENTS else ():
            if what.what == "stop":
                emulator.stop(part)
            elif what.what == "start":
                emulator.start(part)
            else:
                emulator.restart(part, what.down)


def _faults(story: Story) -> Iterator[Fault]:
    """The steps that lose, double or delay events."""
    for step in story.steps:
        if isinstance(step.action, Break) and step.action.what in _OF_EVENTS:
            event = _TICKS if step.action.subject == "ticks" else step.action.subject
            end = step.at + step.action.lasts
            kind = _OF_EVENTS[step.action.what]
            yield Fault(kind, f"*/{event}", seconds=step.action.by, begin=step.at, end=end)


def _parts(subjects: Mapping[str, Subject], name: str) -> list[str]:
    """The parts that `submit`, `eventsource` and so on stand for; one that is named in full, and the bus."""
    if "/" in name or name == "bus":
        return [name]
    found = []
    for subject in subjects.values():
        programs, graph = subject.programs, subject.graph.name
        if name == "eventsource":
            found.append(f"eventsource/{graph}")
        sensors = [one.sensor for one in (*programs.recorders, *programs.claimers)]
        sensors += [one.sensor for one in programs.clocks]
        sensors += [one.sensor for one in programs.deciders.values()]
        found += [f"sensor/{sensor}" for sensor in sensors if sensor.startswith(f"{graph}-{name}")]
    if not found:
        raise InputError(f'the graph has no part "{name}"')
    return sorted(set(found))
