"""Large graphs for tests and benchmarks; `python -m tests.graphs 10000 26000 128` prints one."""

from __future__ import annotations

import random
import sys


def layered(nodes: int, edges: int, partitions: int, layers: int = 20, seed: int = 7) -> str:
    """A graph of `layers` layers: the first one sources, every run with edges to the three layers before it."""
    rng = random.Random(seed)
    size = nodes // layers
    ids = [f"job-{i:05d}" for i in range(nodes)]
    lines = ["apiVersion: depgen.io/v1", "graph: big", "namespace: data", "timezone: Europe/Paris"]
    lines += [f"partitions: {partitions}"] if partitions > 1 else []
    lines += ["", "nodes:"]
    lines += [
        line for i in range(size) for line in (f"  {ids[i]}:", f"    source: {{cronWorkflow: cron-{i:05d}}}")
    ]
    runs = nodes - size
    for i in range(size, nodes):
        count = edges // runs + (i - size < edges % runs)
        layer = min(i // size, layers - 1)
        upstreams = rng.sample(ids[max(0, layer - 3) * size : layer * size], count)
        lines += _run(ids[i], i, upstreams, rng)
    return "\n".join(lines) + "\n"


def _run(id_: str, number: int, upstreams: list[str], rng: random.Random) -> list[str]:
    lines = [f"  {id_}:", "    run:", f"      workflowTemplate: template-{number % 50}", "      params:"]
    lines += ['        day: {key: "%Y-%m-%d"}', "    dependsOn:"]
    for position, upstream in enumerate(upstreams):
        status = "done" if rng.random() < 0.1 else "success"
        lines.append(
            f"      - {upstream}" if position % 2 else f"      - {{node: {upstream}, status: {status}}}"
        )
    return lines


if __name__ == "__main__":
    sys.stdout.write(layered(*(int(argument) for argument in sys.argv[1:4])))
