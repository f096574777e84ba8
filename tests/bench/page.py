"""The page of a large graph: how long the layout takes, and how large the file is."""

from __future__ import annotations

from pathlib import Path

from tests.bench.measure import PYTHON, Figure, cost, in_turn, middle, ratio
from tests.graphs import layered

MOST_BYTES = 3 * 1024 * 1024


def figures(work: Path, rounds: int) -> list[Figure]:
    """Of 2,000 nodes and 5,200 edges, beside a quarter of that; a build of the same graph is the measure of time."""
    large, small = work / "page-large.yaml", work / "page-small.yaml"
    large.write_text(layered(2_000, 5_200, partitions=25))
    small.write_text(layered(500, 1_300, partitions=7))
    page = work / "page.html"
    costs = in_turn(
        {
            "page": lambda: cost(_depgen("docs", str(large), "--output", str(page))),
            "small": lambda: cost(_depgen("docs", str(small), "--output", str(work / "small.html"))),
            "build": lambda: cost(_depgen("build", str(large))),
        },
        rounds,
    )
    return [
        Figure("bytes of the page of 2,000 nodes", page.stat().st_size, MOST_BYTES, " B"),
        Figure("page of 2,000 nodes / build, CPU time", ratio(costs, "page", "build", "cpu"), 5),
        Figure("page of 2,000 nodes / of 500, CPU time", ratio(costs, "page", "small", "cpu"), 6),
        Figure("CPU time of that page", middle(costs["page"], "cpu"), None, " s"),
        Figure("peak memory of that page", max(c.peak for c in costs["page"]), 300, " MiB"),
    ]


def _depgen(*arguments: str) -> list[str]:
    return [PYTHON, "-m", "depgen", *arguments]
