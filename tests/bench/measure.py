"""What a process costs: wall time, CPU time and peak memory, several commands in turn so that noise hits all alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

PYTHON = sys.executable
Command = Sequence[str]


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and CPU time, and the peak resident set in MiB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Figure:
    """A measured number beside the bound it must not exceed; a `bound` of None is for information."""

    name: str
    measured: float
    bound: float | None
    unit: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.bound is None or self.measured <= self.bound


def cost(command: Command, codes: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end; its exit code must be one of `codes`."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(runs: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Each of the runs once, then again, `rounds` times."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            costs[name].append(run())
    return costs


def ratio(costs: Mapping[str, list[Cost]], over: str, under: str, of: str = "wall") -> float:
    """The median, over the rounds, of one run's cost over another's in the same round."""
    pairs = zip(costs[over], costs[under], strict=True)
    return float(median(getattr(a, of) / getattr(b, of) for a, b in pairs))


def middle(costs: list[Cost], of: str = "wall") -> float:
    """The median of one kind of cost."""
    return float(median(getattr(one, of) for one in costs))
