"""The emulator as a stage: a World, and the faults of the story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from depgen.cluster.api import Cluster
from depgen.cluster.states import Subject
from depgen.emulate import Fault
from depgen.errors import InputError
from depgen.model import Node
from depgen.pipeline import Checked, InputFile
from depgen.play import Submitted, World
from depgen.play.compiled import Compiled
from depgen.scenario import events
from depgen.scenario.stage import Beginning, Refusal
from depgen.scenario.story import Break, Fill, Handle, Publish, Story

# What befalls events, in the emulator's words.
_OF_EVENTS: Mapping[str, Literal["drop", "duplicate", "delay"]] = {
    "drop": "drop",
    "duplicate": "duplicate",
    "delay": "delay",
}
_PARTS = ("bus", "eventsource", "record", "claim", "submit")


class Emulated:
    """The World as a stage."""

    def __init__(self, story: Story, graphs: Checked | Compiled) -> None:
        actions = [step.action for step in story.steps]
        self._foreign = [events.Named(one.source, one.event) for one in actions if isinstance(one, Publish)]
        self.world = World(
            graphs,
            start=story.start,
            ending=lambda submitted: story.ending(submitted.graph, submitted.node),
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
        """A foreign event, of which a node has to hear: else it proves nothing."""
        events.heard(source, event, (subject.graph for subject in self.subjects.values()))
        self.world.publish(source, event, payload)

    def fault(self, what: Break) -> None:
        """A part stops or starts; what befalls events was said at the start, and they have to be there."""
        emulator = self.world.emulator
        if what.what in _OF_EVENTS:
            events.named(what.subject, self.world.objects, self._foreign)
            return
        for part in _parts(self.subjects, what.subject):
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
            event = f"*/{events.pattern(step.action.subject)}"
            end = step.at + step.action.lasts
            kind = _OF_EVENTS[step.action.what]
            yield Fault(kind, event, seconds=step.action.by, begin=step.at, end=end)


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
        raise InputError(f'the graph has no part "{name}"; there are {", ".join(_PARTS)}')
    return sorted(set(found))
