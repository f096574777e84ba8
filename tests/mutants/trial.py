"""Scenarios as trials of mutants: each is made ready once, and played by a child process for each mutant.

A child has what its parent has already compiled, so that a trial costs little more than what happens in the story; and
a mutant that never ends takes only the child with it.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depgen.cli.inputs import read_graphs
from depgen.cluster.states import Subject
from depgen.pipeline import Checked, InputFile
from depgen.play.compiled import compiled
from depgen.runnable import runnable
from depgen.scenario.emulated import Emulated
from depgen.scenario.playing import play
from depgen.scenario.reading import read
from depgen.scenario.story import Story
from tests.mutants.breaking import broken, changes

Manifest = dict[str, Any]
# Which template a dependency of a Sensor comes from, by the Sensor's name and the program.
KINDS = ("decide", "failed", "record", "claim", "clock", "relay")
# Processor seconds after which a mutant counts as one that never ends.
PATIENCE = 20


class Broken(Emulated):
    """The World with a rule broken in all programs of some kind, from the start and after each edit."""

    def __init__(self, story: Story, checked: Checked) -> None:
        super().__init__(story, checked)
        self.objects = list(compiled(checked).objects.values())
        self.mutant: tuple[str, str] | None = None

    def smash(self, kind: str, rule: str) -> None:
        """Break it now."""
        self.mutant = kind, rule
        self._smash(self.objects)

    def edit(self, files: Any) -> None:
        """What is built anew is broken anew."""
        super().edit(files)
        self._smash(list(compiled(self.world.checked).objects.values()))

    def _smash(self, objects: list[Manifest]) -> None:
        if self.mutant is None:
            return
        for program in programs(objects, names_of(self.world.checked)):
            if program.kind == self.mutant[0]:
                program.place["jq"] = broken(program.text, self.mutant[1], program.names)
        self.world.emulator.apply(objects)
        for name, programs_of in runnable(objects).items():
            old = self.world.subjects[name]
            self.world.subjects[name] = Subject(old.graph, old.analysis, programs_of)


@dataclass(frozen=True)
class Program:
    """One dependency's program; `place` is the mapping that holds it, `names` are ids in it."""

    kind: str
    text: str
    place: Manifest
    names: frozenset[str]


def programs(objects: list[Manifest], names: frozenset[str]) -> Iterator[Program]:
    """All programs of some manifests."""
    for sensor in objects:
        for dependency in sensor["spec"]["dependencies"] if sensor["kind"] == "Sensor" else ():
            place = dependency["transform"]
            yield Program(_kind(sensor["metadata"]["name"], place["jq"]), place["jq"], place, names)


def names_of(checked: Checked) -> frozenset[str]:
    """The names that an author chose: of graphs, nodes, and what sources listen to."""
    nodes = {node for graph in checked.graphs for node in graph.nodes}
    found = nodes | {f"{node}-{alert}" for node in nodes for alert in ("late", "missed")} | {"on-failure"}
    found |= {graph.name for graph in checked.graphs}
    found |= {node.source.name for graph in checked.graphs for node in graph.nodes.values() if node.source}
    return frozenset(found)


def _kind(sensor: str, text: str) -> str:
    if "-submit" in sensor:
        return "failed" if "def failures:" in text else "decide"
    if "-claim" in sensor:
        return "claim"
    if ".eventTime" in text:
        return "clock"
    return "relay" if "$p[2] == $key" in text else "record"


@dataclass
class Trial:
    """One scenario, ready to be played; `rules` are all mutants it has something to say about."""

    name: str
    story: Story
    stage: Broken
    rules: frozenset[tuple[str, str]]
    seconds: float = 0.0

    def survives(self, kind: str, rule: str) -> bool:
        """Whether all comes as told although the rule is broken."""
        child = os.fork()
        if child == 0:
            os._exit(self._play(kind, rule))
        _, status = os.waitpid(child, 0)
        return status == 0

    def _play(self, kind: str, rule: str) -> int:
        """In the child: 0 if it survives, anything else if not."""
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 2)
        try:
            self.stage.smash(kind, rule)
            return 1 if play(self.story, lambda *_: self.stage).failures else 0
        except Exception:
            return 2


def trials(folder: Path) -> list[Trial]:
    """Every scenario of a folder and those in it that compiles, quickest first; each has to pass as it is."""
    found = []
    for path in sorted(folder.rglob("*.scenario.yaml")):
        trial = _trial(path)
        if trial:
            found.append(trial)
    gc.freeze()
    return sorted(found, key=lambda one: (one.seconds, one.name))


def _trial(path: Path) -> Trial | None:
    story, findings = read(
        InputFile(str(path), path.read_bytes()), lambda name: read_graphs([name], recursive=False).files
    )
    assert story, [f.text for f in findings]
    if story.expect.findings:
        return None
    stages: list[Broken] = []

    def build(told: Story, checked: Checked) -> Broken:
        stages.append(Broken(told, checked))
        return stages[-1]

    # Played once as it is: to be sure that it passes, and to have its programs compiled.
    begun = time.monotonic()
    failures = play(story, build).failures
    assert not failures, (path.name, failures)
    seconds = time.monotonic() - begun
    checked = stages[0].world.checked
    stage = Broken(story, checked)
    rules = {
        (program.kind, change.rule)
        for program in programs(stage.objects, names_of(checked))
        for change in changes(program.text, program.names)
    }
    return Trial(path.name.removesuffix(".scenario.yaml"), story, stage, frozenset(rules), seconds)
