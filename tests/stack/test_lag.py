"""Services that lag behind, die or lose events: what is late happens late, and what is lost is swept up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, deployed
from tests.stack.services import Stack
from tests.stack.workflows import random_suffix

JOIN = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
    audit: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: report, status: done}]}
"""


@pytest.fixture(scope="module")
def deployment(stack: Stack) -> Iterator[Deployed]:
    with deployed(stack, JOIN) as graph:
        yield graph


@pytest.fixture
def graph(deployment: Deployed) -> Deployed:
    return deployment.begin()


def rerun(graph: Deployed, node: str, day: int, *phases: str) -> None:
    """Reruns of a source in this order; the second of its finish decides which of two facts is newer."""
    for number, phase in enumerate(phases, start=1):
        finished = datetime.now(UTC) + timedelta(seconds=number)
        graph.cron(node, day, phase=phase, suffix=random_suffix(), finished_at=finished)
        graph.namespace.quiet(0.5)


def test_claims_that_come_late_change_nothing(graph: Deployed, local: LocalStack) -> None:
    """The downstream is submitted, its upstreams succeed again, and it ends, all before its claim is there."""
    claim = graph.namespace.service(f"{graph.namespace.graph}-claim")
    claim.pause()
    for day in range(3):
        graph.cron("a", day)
        graph.cron("b", day)
    reports = [graph.run("report", day) for day in range(3)]
    graph.wait_for_runs(reports)
    rerun(graph, "a", 1, "Succeeded")
    graph.namespace.finish(reports[2])
    graph.wait_for_runs([*reports, graph.run("audit", 2)])
    assert graph.facts(1) == ["a Succeeded", "a Succeeded", "b Succeeded"]
    claim.resume()
    graph.wait_for_facts("a Succeeded", "a Succeeded", "b Succeeded", "report Submitted", day=1)
    graph.wait_for_runs([*reports, graph.run("audit", 2)])
    graph.assert_no_errors()


def test_an_upstream_that_toggles_before_the_claim_is_there_gives_a_refused_twin(
    graph: Deployed, local: LocalStack
) -> None:
    claim = graph.namespace.service(f"{graph.namespace.graph}-claim")
    claim.pause()
    graph.cron("a")
    graph.cron("b")
    graph.wait_for_runs([graph.run("report")])
    rerun(graph, "a", 0, "Failed", "Succeeded")
    graph.wait_for_runs([graph.run("report")])
    graph.assert_only_a_twin_was_refused(graph.run("report"))
    claim.resume()
    graph.wait_for_runs([graph.run("report")])
    graph.forget()
    rerun(graph, "a", 0, "Failed", "Succeeded")
    graph.wait_for_runs([])
    graph.assert_no_errors()


def test_an_event_lost_to_an_edit_is_swept_up_once(graph: Deployed, local: LocalStack) -> None:
    """An edited dependency makes Argo Events drop its queue, and with it the event that would have fired."""
    submit = graph.namespace.service(f"{graph.namespace.graph}-submit")
    graph.cron("a")
    graph.wait_for_facts("a Succeeded")
    graph.namespace.quiet(0.5)
    submit.kill()
    graph.cron("b")
    graph.wait_for_facts("a Succeeded", "b Succeeded")
    graph.edit(JOIN.replace("[a, b]", "[b, a]"))
    submit.start()
    graph.namespace.wait_ready()
    graph.wait_for_runs([])
    graph.patch({"sweep.report": "1"})
    graph.wait_for_runs([graph.run("report")])
    graph.patch({"sweep.report": "2"})
    graph.wait_for_runs([graph.run("report")])
    graph.assert_no_errors()


def test_a_service_may_be_restarted_at_any_moment(graph: Deployed, local: LocalStack) -> None:
    """Each service once, between the two completions of a day. A twin of a run may be refused, nothing else."""
    services = graph.namespace.services()
    for day, service in enumerate(services):
        graph.cron("a", day)
        service.restart()
        graph.cron("b", day)
        graph.namespace.wait_ready()
    reports = [graph.run("report", day) for day in range(len(services))]
    graph.wait_for_runs(reports, timeout=60)
    assert graph.errors(except_twins_of=reports) == []
