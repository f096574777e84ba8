"""The scenarios of the language that are marked for the real stack; each is a known bug of a system in this field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.stack.deployed import Deployed, deployed
from tests.stack.services import Stack

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
    asia: {source: {cronWorkflow: asia}, key: {timezone: Asia/Shanghai}}
    asia-report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [asia]}
    d: {source: {cronWorkflow: d}}
    other: {run: {workflowTemplate: held, params: {day: "-"}}, dependsOn: [d]}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, NODES) as graph:
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


def test_s1_a_success_that_became_a_failure_does_not_fire(graph: Deployed) -> None:
    started = datetime.now(UTC)
    graph.cron("a")
    graph.cron("a", phase="Failed", suffix="again", finished_at=started + timedelta(seconds=5))
    graph.wait_for_facts("a Succeeded", "a Failed")
    graph.cron("b")
    graph.wait_for_facts("a Succeeded", "a Failed", "b Succeeded")
    graph.wait_for_runs([])
    graph.assert_no_errors()
