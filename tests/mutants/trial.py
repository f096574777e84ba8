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
from collections.abc import Iterator, KeysView, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
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
from tests.mutants.breaking import Change, changes, rewritten

Manifest = dict[str, Any]
# A kind of program, and what is broken in all of that kind.
Rule = tuple[str, str]
# Which template a dependency of a Sensor comes from, by the Sensor's name and the program.
KINDS = ("decide", "failed", "record", "claim", "clock", "relay")
# Processor seconds after which a mutant counts as one that never ends: so many times those of the story as it is, and
# some more, for what has to be compiled anew.
PATIENCE = 5
MORE = 3


class Broken(Emulated):
    """The World with a rule broken in all programs of some kind, from the start and after each edit."""

    def __init__(self, story: Story, checked: Checked) -> None:
        super().__init__(story, checked)
        self.objects = list(compiled(checked).objects.values())
        self.rule: Rule | None = None

    @cached_property
    def breaks(self) -> Mapping[Rule, Sequence[Break]]:
        """All that can be broken in the programs as they are now."""
        return breaks(self.objects, names_of(self.world.checked))

    def smash(self, rule: Rule) -> None:
        """Break it now."""
        self.rule = rule
        self._smash(rule)

    def edit(self, files: Any) -> None:
        """What is built anew is broken anew."""
        super().edit(files)
        self.objects = list(compiled(self.world.checked).objects.values())
        if self.rule:
            self.breaks = breaks(self.objects, names_of(self.world.checked))
            self._smash(self.rule)

    def _smash(self, rule: Rule) -> None:
        for program, chosen in groupby(self.breaks.get(rule, ()), itemgetter(0)):
            program.place["jq"] = rewritten(program.text, [change for _, change in chosen])
        self.world.emulator.apply(self.objects)
        for name, programs_of in runnable(self.objects).items():
            old = self.world.subjects[name]
            self.world.subjects[name] = Subject(old.graph, old.analysis, programs_of)


@dataclass(frozen=True, eq=False)
class Program:
    """One dependency's program; `place` is the mapping that holds it."""

    kind: str
    text: str
    place: Manifest


def programs(objects: list[Manifest]) -> Iterator[Program]:
    """All programs of some manifests."""
    for sensor in objects:
        for dependency in sensor["spec"]["dependencies"] if sensor["kind"] == "Sensor" else ():
            place = dependency["transform"]
            yield Program(_kind(sensor["metadata"]["name"], place["jq"]), place["jq"], place)


Break = tuple[Program, Change]


def breaks(objects: list[Manifest], names: frozenset[str]) -> dict[Rule, list[Break]]:
    """Every rule of some manifests, and where it stands in them."""
    found: dict[Rule, list[Break]] = {}
    for program in programs(objects):
        for change in changes(program.text, names):
            found.setdefault((program.kind, change.rule), []).append((program, change))
    return found


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
    """One scenario, ready to be played; `seconds` are those of a processor."""

    name: str
    story: Story
    stage: Broken
    seconds: float = 0.0

    @property
    def rules(self) -> KeysView[Rule]:
        """All mutants it has something to say about."""
        return self.stage.breaks.keys()

    def survives(self, rule: Rule) -> bool:
        """Whether all comes as told although the rule is broken."""
        child = os.fork()
        if child == 0:
            os._exit(self._play(rule))
        _, status = os.waitpid(child, 0)
        return status == 0

    def _play(self, rule: Rule) -> int:
        """In the child: 0 if it survives, anything else if not."""
        patience = round(PATIENCE * self.seconds) + MORE
        resource.setrlimit(resource.RLIMIT_CPU, (patience, patience))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 2)
        try:
            self.stage.smash(rule)
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
    begun = time.process_time()
    failures = play(story, build).failures
    assert not failures, (path.name, failures)
    seconds = time.process_time() - begun
    return Trial(
        path.name.removesuffix(".scenario.yaml"), story, Broken(story, stages[0].world.checked), seconds
    )
