"""All mutants against all scenarios, and the figure: how many of each kind of program are noticed.

A mutant that no scenario notices is either listed in `equivalent.yaml`, with the reason why nobody could, or it says which
scenario is missing.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.mutants.trial import Trial, trials

HERE = Path(__file__).parent
SCENARIOS = HERE.parent / "scenarios"
EQUIVALENT = HERE / "equivalent.yaml"
# The programs that decide whether something is submitted, of which this share has to be noticed at least.
DECIDING = ("decide", "failed")
LEAST = 0.95


class Mutant(NamedTuple):
    """A rule that is broken in all programs of a kind."""

    kind: str
    rule: str


@dataclass
class Tally:
    """Who noticed what; "" is nobody."""

    noticed: dict[Mutant, str] = field(default_factory=dict)

    def survivors(self, kinds: Iterable[str]) -> list[Mutant]:
        """The mutants of some kinds that nobody noticed, in order."""
        return sorted(mutant for mutant, by in self.noticed.items() if not by and mutant.kind in kinds)

    def share(self, kinds: Sequence[str]) -> float:
        """How many of the mutants of some kinds were noticed."""
        here = [by for mutant, by in self.noticed.items() if mutant.kind in kinds]
        return sum(map(bool, here)) / len(here) if here else 1.0


def equivalents() -> dict[Mutant, str]:
    """The mutants that do what the original does, and why."""
    listed = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []
    return {
        Mutant(kind, rule): each["because"]
        for each in listed
        for kind in each["in"]
        for rule in each["rules"]
    }


def mutants(ready: Iterable[Trial]) -> list[Mutant]:
    """Every mutant that is not known to be equivalent, in order."""
    known = equivalents()
    found = {Mutant(*rule) for trial in ready for rule in trial.rules}
    return sorted(found - known.keys())


def sample(found: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """Some of them, the same for the same seed."""
    return sorted(random.Random(seed).sample(list(found), min(size, len(found))))


def judge(ready: Sequence[Trial], chosen: Iterable[Mutant]) -> Tally:
    """Play scenarios until one notices. One that noticed much before is asked first."""
    tally = Tally()
    merits: Counter[str] = Counter()
    for mutant in chosen:
        asked = [trial for trial in ready if mutant in trial.rules]
        asked.sort(
            key=lambda trial: (
                -(merits[trial.name] + 1) * len(trial.rules) / (trial.seconds + 0.1),
                trial.name,
            )
        )
        tally.noticed[mutant] = next((trial.name for trial in asked if not trial.survives(mutant)), "")
        merits[tally.noticed[mutant]] += 1
    return tally


def judge_all(kinds: Collection[str], like: str = "", workers: int | None = None) -> Tally:
    """All mutants of some kinds whose rule holds a text, on all processors, against all scenarios."""
    ready = trials(SCENARIOS)
    found = [one for one in mutants(ready) if one.kind in kinds and like in one.rule]
    # Neighbours are broken alike: each part gets some of everything.
    count = workers or os.cpu_count() or 1
    parts = [found[start::count] for start in range(count)]
    whole = Tally()
    _Ready.trials = ready
    with ProcessPoolExecutor(count, get_context("fork")) as pool:
        for tally in pool.map(_part, parts):
            whole.noticed |= tally.noticed
    return whole


class _Ready:
    """What workers get by being forked: it cannot be pickled."""

    trials: Sequence[Trial] = ()


def _part(chosen: list[Mutant]) -> Tally:
    return judge(_Ready.trials, chosen)
