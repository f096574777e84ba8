"""Many completions at once: every run once, with the values of its own day.

A Sensor may ask the API server five times a second, whatever its load: 2.5 facts or 5 runs. So it takes more than a
minute, most of it waiting.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from itertools import product

import pytest
from tests.stack.deployed import Deployed, deployed
from tests.stack.services import Stack

SOURCES = range(10)
DAYS = range(20)
JOINS = {f"join{i}": [i, (i + 1) % 10, (i + 3) % 10] for i in range(8)}


def burst_nodes() -> str:
    """Ten sources and eight joins of three; `which` is a Workflow that only the right day has."""
    sources = [f"s{i}: {{source: {{cronWorkflow: s{i}}}}}" for i in SOURCES]
    joins = [
        f'{join}: {{run: {{workflowTemplate: held, params: {{day: {{key: "%Y-%m-%d"}}, which: {{from: s{last}, field: workflow}}}}}}, '
        f"dependsOn: [s{first}, s{second}, s{last}]}}"
        for join, (first, second, last) in JOINS.items()
    ]
    return "\n".join([*sources, *joins])


@pytest.fixture(scope="module")
def graph(stack: Stack) -> Iterator[Deployed]:
    """The burst's deployment, once everything has been posted."""
    with deployed(stack, burst_nodes()) as burst:
        calls = [partial(burst.cron, f"s{source}", day) for source, day in product(SOURCES, DAYS)]
        random.Random(1).shuffle(calls)
        burst.namespace.at_once(calls)
        yield burst


def test_a_burst_of_200_shuffled_completions_fires_exactly_the_right_runs(graph: Deployed) -> None:
    workflows = {w["metadata"]["name"] for w in graph.namespace.workflows()}
    expected = {}
    for (join, sources), day in product(JOINS.items(), DAYS):
        which = f"s{sources[-1]}-{int(graph.date(day).timestamp())}"
        assert which in workflows
        expected[graph.run(join, day)] = {"day": f"{graph.date(day):%Y-%m-%d}", "which": which}
    assert len(expected) == 160
    graph.wait_for_runs(expected, timeout=180)
    assert {name: graph.params(name) for name in graph.runs()} == expected
    graph.assert_no_errors()
