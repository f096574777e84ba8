"""What a simulated day costs: beside a build of the same graph, and how it grows with the graph.

A completion is the end of a Workflow, of a source or of a run; each node has one in a day.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.measure import PYTHON, Cost, Figure, cost, in_turn, middle
from tests.graphs import layered

SMALL, MIDDLE, LARGE = 200, 1_000, 10_000
# Nodes to a partition, about, and edges to a node, as in the other figures.
OF_A_PARTITION, EDGES = 80, 2.6
# What a day of the small graph may take: so many builds, and so much for each completion.
BUILDS, SECONDS = 1.5, 0.002


def figures(work: Path, rounds: int) -> list[Figure]:
    """The small graph in every round, the two large ones once: a day of 10,000 nodes takes its time."""
    graphs = {nodes: _graph(work, nodes) for nodes in (SMALL, MIDDLE, LARGE)}
    costs = in_turn({"build": _building(work, graphs[SMALL]), "day": _playing(graphs[SMALL])}, rounds)
    # In CPU time: a bound of so many milliseconds a completion is broken by whatever else the machine does.
    shares = [
        day.cpu / (BUILDS * build.cpu + SECONDS * SMALL)
        for build, day in zip(costs["build"], costs["day"], strict=True)
    ]
    middle_day, large_day = _playing(graphs[MIDDLE])(), _playing(graphs[LARGE])()
    growth = (large_day.cpu / LARGE) / (middle_day.cpu / MIDDLE)
    return [
        Figure("CPU time, day of 200 nodes / 1.5 builds and 2 ms a completion", float(median(shares)), 1),
        Figure("day of 200 nodes", middle(costs["day"]), None, " s"),
        Figure("build of 200 nodes", middle(costs["build"]), None, " s"),
        Figure("day of 1,000 nodes", middle_day.wall, None, " s"),
        Figure("day of 10,000 nodes", large_day.wall, None, " s"),
        Figure("peak memory of that day", large_day.peak, 400, " MiB"),
        Figure("CPU time a completion, of 10,000 nodes / of 1,000", growth, 1.5),
    ]


def _graph(work: Path, nodes: int) -> Path:
    path = work / f"day-{nodes}.yaml"
    path.write_text(layered(nodes, int(nodes * EDGES), partitions=-(-nodes // OF_A_PARTITION)))
    return path


def _building(work: Path, graph: Path) -> Callable[[], Cost]:
    out = work / f"{graph.stem}-out"

    def run() -> Cost:
        shutil.rmtree(out, ignore_errors=True)
        return cost([PYTHON, "-m", "depgen", "build", str(graph), "--output-dir", str(out)])

    return run


def _playing(graph: Path) -> Callable[[], Cost]:
    # Exit code 0 says that every run ran.
    command = [PYTHON, "-m", "depgen", "simulate", str(graph), "--from", "2026-11-21"]
    return lambda: cost(command)
