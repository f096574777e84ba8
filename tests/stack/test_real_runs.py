"""Runs that the real Workflows controller completes: a diamond from a real CronWorkflow, and real failures.

Everywhere else a test writes the outcome of a Workflow itself. Here nobody does, so these tests tell whether the
labels, names, annotations and outputs that the programs read are what the controller really writes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.stack.api import Manifest
from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace
from tests.stack.workflows import API_VERSION, suspend_template

DIAMOND = """
    top: {source: {cronWorkflow: top}}
    left:
      run: {workflowTemplate: counts, params: {day: {key: "%Y-%m-%d"}, after: {from: top, field: workflow}}}
      dependsOn: [top]
    right: {run: {workflowTemplate: nap, params: {day: {interval: end}}}, dependsOn: [top]}
    bottom:
      run:
        workflowTemplate: nap
        params:
          day: {key: "%d.%m.%Y"}
          rows: {from: left, output: rows}
          left: {from: left, field: workflow}
          phase: {from: right, field: phase}
      dependsOn: [left, right]
"""

FAILURES = """
    top: {source: {cronWorkflow: top}}
    good: {run: {workflowTemplate: nap, params: {day: {key: "%d"}}}, dependsOn: [top]}
    late: {run: {workflowTemplate: late}, dependsOn: [top]}
    gone: {run: {workflowTemplate: no-such-template}, dependsOn: [top]}
    after-success: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [late]}
    after-failure:
      run: {workflowTemplate: held, params: {day: {from: $trigger, field: phase}}}
      dependsOn: [{node: late, status: failure}]
    after-both-failures:
      run: {workflowTemplate: held, params: {day: {from: gone, field: phase}}}
      dependsOn: [{node: late, status: failure}, {node: gone, status: failure}]
    after-good-failure: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: good, status: failure}]}
    after-all:
      run: {workflowTemplate: held, params: {day: "1"}}
      dependsOn: [{node: good, status: done}, {node: late, status: done}, {node: gone, status: done}]
"""


def cron_workflow(name: str, template: str) -> Manifest:
    """One that starts once, within five seconds."""
    arguments = {"parameters": [{"name": "day", "value": "-"}]}
    return {
        "apiVersion": API_VERSION,
        "kind": "CronWorkflow",
        "metadata": {"name": name},
        "spec": {
            "schedules": ["@every 5s"],
            "stopStrategy": {"expression": "cronworkflow.succeeded >= 1"},
            "concurrencyPolicy": "Forbid",
            "workflowSpec": {"workflowTemplateRef": {"name": template}, "arguments": arguments},
        },
    }


def counting_template() -> Manifest:
    """Naps in a step, and then has a global output `rows`."""
    template = suspend_template("counts", "1s", parameters=("day", "after"))
    rows = {"name": "rows", "globalName": "rows", "valueFrom": {"expression": "string(6 * 7)"}}
    count = {
        "name": "count",
        "steps": [[{"name": "nap", "template": "nap"}]],
        "outputs": {"parameters": [rows]},
    }
    template["spec"]["templates"].append(count)
    template["spec"]["entrypoint"] = "count"
    return template


def test_a_diamond_runs_from_its_cron_workflow_to_its_last_run(namespace: Namespace) -> None:
    graph = Deployed(namespace, DIAMOND, zone="Asia/Tokyo")
    namespace.apply([suspend_template("nap", "1s", parameters=("day",)), counting_template()])
    namespace.apply([cron_workflow("top", "nap")])
    ended = namespace.wait_for(lambda: _phases(namespace, 4), 60, "four Workflows to end")
    (child,) = namespace.workflows("workflows.argoproj.io/cron-workflow=top")
    scheduled = datetime.fromisoformat(
        child["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
    )
    date = scheduled.astimezone(ZoneInfo("Asia/Tokyo"))
    key = date.strftime("%Y%m%d")
    left, right, bottom = (f"{namespace.graph}-{node}-{key}" for node in ("left", "right", "bottom"))
    graph.wait_for_runs([left, right, bottom])
    assert ended == dict.fromkeys((child["metadata"]["name"], left, right, bottom), "Succeeded")
    assert graph.params(left) == {"day": f"{date:%Y-%m-%d}", "after": child["metadata"]["name"]}
    assert graph.params(right) == {"day": f"{date + timedelta(days=1):%Y-%m-%d}T00:00:00+09:00"}
    assert graph.params(bottom) == {
        "day": f"{date:%d.%m.%Y}",
        "rows": "42",
        "left": left,
        "phase": "Succeeded",
    }
    graph.assert_no_errors()


def test_failures_that_really_happened_are_failures_and_done(namespace: Namespace) -> None:
    """`late` passes its deadline, `gone` has no template, and the other three end as their edges ask."""
    graph = Deployed(namespace, FAILURES)
    namespace.apply([suspend_template("nap", "1s", parameters=("day",))])
    namespace.apply([suspend_template("late", "1h", deadline=1)])
    graph.cron("top")
    expected = ("good", "late", "gone", "after-failure", "after-both-failures", "after-all")
    graph.wait_for_runs([graph.run(node) for node in expected], timeout=60)
    assert {fact for fact in graph.facts() if "Submitted" not in fact} == {
        "top Succeeded",
        "good Succeeded",
        "late Failed",
        "gone Error",
    }
    assert graph.params(graph.run("after-failure")) == {"day": "Failed"}
    assert graph.params(graph.run("after-both-failures")) == {"day": "Error"}
    graph.assert_no_errors()


def _phases(namespace: Namespace, count: int) -> dict[str, str] | None:
    """The phases of the Workflows that have ended, once there are that many."""
    ended = namespace.workflows("workflows.argoproj.io/completed=true")
    return {w["metadata"]["name"]: w["status"]["phase"] for w in ended} if len(ended) >= count else None
