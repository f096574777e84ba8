"""How large the output is: bytes of the submit Sensors as Go writes them, and pods."""

from __future__ import annotations

import yaml

from depgen import pipeline
from depgen.gojson import go_size
from tests.bench.measure import Figure
from tests.graphs import layered

NODES, EDGES = 1_000, 2_600
# Bytes a node and an edge may take, and what they should.
BOUND, AIM = (1600, 250), (1200, 150)


def figures() -> list[Figure]:
    """Of a graph of 1,000 nodes and 2,600 edges."""
    text = layered(NODES, EDGES, partitions=12)
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    files = pipeline.build(checked).files
    sizes = {
        name: go_size(yaml.load(text, yaml.CSafeLoader))
        for name, text in files.items()
        if "-rbac" not in name
    }
    submit = sum(size for name, size in sizes.items() if "-submit" in name)
    pods = sum(name.startswith("big-") for name in sizes)
    aim = AIM[0] * NODES + AIM[1] * EDGES
    return [
        Figure(
            "bytes of the submit Sensors", submit, BOUND[0] * NODES + BOUND[1] * EDGES, " B", f"aim {aim:,}"
        ),
        Figure("the largest Sensor", max(sizes.values()), 64 * 1024, " B"),
        Figure("pods of that graph", pods, 50),
    ]
