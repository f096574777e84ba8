"""A story as a scenario file, so that whatever plays those can play it: the real stack, or you, with `depgen test`.

Only still stories are told: those in which no clock has a part.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle.oracle import expected
from tests.oracle.reading import Graph
from tests.oracle.story import End, Started, Story
from tests.oracle.strategies import stories

# Graphs that are drawn for a sample, and how many runs each of those taken has, at least and at most.
DRAWN = 120
RUNS = (3, 12)


def scenario(story: Story, title: str) -> str:
    """The text of a scenario file that expects what the oracle says."""
    graph = Graph(story.graph)
    told = {
        "scenario": title,
        "graph": json.loads(story.graph),
        "timezone": "UTC",
        "start": _time(story.start)[:-1].replace("T", " "),
        "end": _time(story.until),
        "sweep": "never",
        "runs": {node: _ending(ends[0]) for node, ends in story.ends.items()},
        "steps": [
            {
                "at": _time(one.finished),
                "complete": {
                    "node": one.node,
                    "key": one.key,
                    "manual": True,
                    "phase": one.phase,
                    "outputs": dict(one.outputs),
                },
            }
            for one in story.completions
        ],
        "expect": {"runs": [_run(graph, started) for started in expected(story)]},
    }
    return json.dumps(told, indent=1)


def sample(size: int, is_wide: bool) -> list[Story]:
    """So many stories in which something happens, and no clock has a part; the same each time."""
    found: list[Story] = []

    @settings(
        max_examples=DRAWN,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(stories(is_wide, is_still=True))
    def collect(story: Story) -> None:
        if len(found) < size and len(expected(story)) in range(*RUNS):
            found.append(story)

    collect()
    return found


def _ending(end: End | None) -> dict[str, Any]:
    if end is None:
        return {"takes": "forever"}
    return {"takes": f"{end.after}s", "phase": end.phase, "outputs": dict(end.outputs)}


def _run(graph: Graph, started: Started) -> dict[str, Any]:
    rest = started.name.removeprefix(f"{graph.name}-")
    node = next(id_ for id_ in sorted(graph.runs(), key=len, reverse=True) if rest.startswith(f"{id_}-"))
    key = rest.removeprefix(f"{node}-").partition("-")[0]
    return {"node": node, "key": key, "name": started.name, "params": dict(started.params)}


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
