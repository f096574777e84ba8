"""The scenarios of the language that are marked for the real stack."""

from __future__ import annotations

from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace

JOIN = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
"""


def test_s1_a_success_that_became_a_failure_does_not_fire(namespace: Namespace) -> None:
    graph = Deployed(namespace, JOIN)
    graph.cron("a")
    namespace.quiet()
    graph.cron("a", phase="Failed", suffix="again")
    namespace.quiet()
    graph.cron("b")
    graph.wait_for_runs([])
    graph.assert_no_errors()


def test_s2_a_failure_that_was_retried_fires_once(namespace: Namespace) -> None:
    graph = Deployed(namespace, JOIN)
    failed = graph.cron("a", phase="Failed")
    namespace.quiet()
    namespace.retry(failed["metadata"]["name"])
    namespace.finish(failed["metadata"]["name"])
    graph.cron("b")
    graph.wait_for_runs([graph.run("report")])
    (run,) = [w for w in namespace.workflows() if w["metadata"]["name"] == graph.run("report")]
    assert run["spec"]["arguments"]["parameters"] == [{"name": "day", "value": "2026-11-20"}]
    assert run["metadata"]["labels"]["depgen.io/key"] == graph.key()
    graph.assert_no_errors()
