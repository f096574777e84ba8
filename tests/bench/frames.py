"""How long a frame takes while the picture of a large graph is moved, by the clock of Chromium.

Where there is no Chromium, there is no figure of it.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from playwright.sync_api import expect

from tests.bench.measure import PYTHON, Figure, cost
from tests.browser.chromium import BINARY, launched, visiting
from tests.browser.speed import frame
from tests.graphs import layered

NODES, EDGES, PARTITIONS = 2_000, 5_200, 25
FRAMES = 120
# So often larger, names can be read.
STEPS_NEARER = 13


def figures(work: Path, rounds: int) -> list[Figure]:
    """Of 2,000 nodes: all of it in sight, and near enough to read."""
    if not BINARY.exists():
        return []
    graph, page = work / "frames.yaml", work / "frames.html"
    graph.write_text(layered(NODES, EDGES, partitions=PARTITIONS))
    cost([PYTHON, "-m", "depgen", "docs", str(graph), "--output", str(page)])
    with launched() as browser, visiting(browser, page.as_uri()) as seen:
        expect(seen.page.locator("#found")).to_have_text(f"{NODES} nodes")
        far = median(frame(seen, FRAMES) for _ in range(rounds))
        for _ in range(STEPS_NEARER):
            seen.page.locator("#in").click()
        near = median(frame(seen, FRAMES) for _ in range(rounds))
    return [
        Figure("median frame, all of 2,000 nodes moved", far, 50, " ms"),
        Figure("median frame, near enough to read", near, 50, " ms"),
    ]
