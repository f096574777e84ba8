"""How long builds and lints of large graphs take, beside a plain read of the same file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.bench.measure import PYTHON, Cost, Figure, cost, in_turn, middle, ratio
from tests.graphs import layered

BROKEN = 1000


def figures(work: Path, rounds: int) -> list[Figure]:
    """Ratios of whole processes, each round one of every kind."""
    large, small = work / "large.yaml", work / "small.yaml"
    large.write_text(layered(10_000, 26_000, partitions=128))
    small.write_text(layered(1_000, 2_600, partitions=12))
    misspelt, malformed = _broken(work, large.read_text())
    kept = work / "kept"
    cost(_depgen("build", str(large), "--output-dir", str(kept)))
    costs = in_turn(
        {
            "read": lambda: cost(
                [PYTHON, "-c", f"import yaml; yaml.load(open({str(large)!r}), yaml.CSafeLoader)"]
            ),
            "build": _building(work, large),
            "small": _building(work, small),
            "check": lambda: cost(_depgen("build", str(large), "--output-dir", str(kept), "--check")),
            "lint": lambda: cost(_depgen("lint", str(large))),
            "misspelt": lambda: cost(_depgen("lint", str(misspelt)), codes=(1,)),
            "malformed": lambda: cost(_depgen("lint", str(malformed)), codes=(1,)),
        },
        rounds,
    )
    return [
        Figure(
            "build of 10,000 nodes / CSafeLoader of the file",
            ratio(costs, "build", "read"),
            0.6,
            note="aim 0.4",
        ),
        Figure("the same in CPU time", ratio(costs, "build", "read", "cpu"), None),
        Figure("peak memory of that build", max(c.peak for c in costs["build"]), 300, " MiB"),
        Figure("build of 10,000 nodes / of 1,000", ratio(costs, "build", "small"), 11),
        Figure("--check with nothing changed / build", ratio(costs, "check", "build"), 0.7),
        Figure("lint of 1,000 misspelt upstreams / clean lint", ratio(costs, "misspelt", "lint"), 1.3),
        Figure("lint of 1,000 unknown fields / clean lint", ratio(costs, "malformed", "lint"), 1.3),
        Figure("build of 10,000 nodes", middle(costs["build"]), None, " s"),
        Figure("CSafeLoader of the file", middle(costs["read"]), None, " s"),
    ]


def _depgen(*arguments: str) -> list[str]:
    return [PYTHON, "-m", "depgen", *arguments]


def _building(work: Path, graph: Path) -> Callable[[], Cost]:
    out = work / f"{graph.stem}-out"

    def run() -> Cost:
        shutil.rmtree(out, ignore_errors=True)
        return cost(_depgen("build", str(graph), "--output-dir", str(out)))

    return run


def _broken(work: Path, text: str) -> tuple[Path, Path]:
    """The graph with 1,000 upstreams misspelt, and with 1,000 fields that do not exist."""
    misspelt, malformed = work / "misspelt.yaml", work / "malformed.yaml"
    misspelt.write_text(text.replace("      - {node: job-0", "      - {node: jbo-0", BROKEN))
    malformed.write_text(text.replace("      workflowTemplate:", "      workflowTemplte:", BROKEN))
    return misspelt, malformed
