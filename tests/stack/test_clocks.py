"""Cutoffs and outcomes with the ticks of a real EventSource; gates and deadlines are in the scenario files.

Its clock cannot be set, so the times of these graphs lie in the next minute or in the last ones, in a zone where it
is the middle of the day. What the sweep does at a cutoff is written into the ledger by hand here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.stack.deployed import Deployed
from tests.stack.moving import DAYTIME
from tests.stack.namespace import Namespace


def zone() -> str:
    """One in which today's date holds for some hours before and after now."""
    return DAYTIME.get(datetime.now(UTC).hour, "UTC")


def clock(minutes: float) -> tuple[str, datetime]:
    """A minute at least so far from now, as a graph has it, and its instant."""
    there = datetime.now(ZoneInfo(zone())) + timedelta(minutes=minutes)
    whole = there.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return whole.strftime("%H:%M"), whole.astimezone(UTC)


def today() -> str:
    return datetime.now(ZoneInfo(zone())).strftime("%Y%m%d")


def ends(graph: Deployed, name: str, seconds_ago: float = 0, phase: str = "Succeeded") -> None:
    now = datetime.now(UTC)
    graph.namespace.complete_cron(name, now, phase, finished_at=now - timedelta(seconds=seconds_ago))


def entries(graph: Deployed) -> dict[str, str]:
    return graph.namespace.ledger(f"{graph.namespace.graph}-{today()}") or {}


def run(graph: Deployed, node: str) -> str:
    return f"{graph.namespace.graph}-{node}-{today()}"


def test_a_node_runs_at_its_cutoff_with_what_is_there(namespace: Namespace) -> None:
    text, _ = clock(0.2)
    graph = Deployed(
        namespace,
        f"""
        a: {{source: {{cronWorkflow: a}}}}
        b: {{source: {{cronWorkflow: b}}}}
        report:
          run: {{workflowTemplate: held, params: {{day: {{from: b, field: missing}}}}}}
          dependsOn: [a, b]
          cutoff: "{text}"
          onCutoff: run
        strict: {{run: {{workflowTemplate: held, params: {{day: "1"}}}}, dependsOn: [a, b], cutoff: "{text}"}}
        """,
        zone(),
    )
    ends(graph, "a")
    graph.wait_for_runs([run(graph, "report")], timeout=120)
    assert graph.params(run(graph, "report")) == {"day": f'["{today()}"]'}
    ends(graph, "b")
    graph.wait_for_runs([run(graph, "report")])
    graph.assert_no_errors()


def test_s29_outcomes_are_facts_for_downstreams(namespace: Namespace) -> None:
    graph = Deployed(
        namespace,
        """
        a: {source: {cronWorkflow: a}}
        up: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
        on-done: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: up, status: done}]}
        on-failure: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{node: up, status: failure}]}
        on-success: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [up]}
        """,
    )
    expected = []
    for day, (kind, downstreams) in enumerate(
        {
            "skipped": ["on-done"],
            "expired": ["on-done", "on-failure"],
            "rejected": ["on-done", "on-failure"],
        }.items()
    ):
        graph.cron("unrelated", day)
        at = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        labels = {"depgen.io/graph": namespace.graph, "depgen.io/key": graph.key(day)}
        ledger = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": graph.ledger(day), "labels": labels},
        }
        graph.namespace.apply([ledger])
        value = {
            "finishedAt": f"{at.isoformat()}Z",
            "phase": kind.title(),
            "reason": "told",
            "wall": at.isoformat(),
        }
        graph.patch({f"run.up.{graph.key(day)}.{kind}.{int(at.timestamp())}": json.dumps(value)}, day)
        expected += [graph.run(node, day) for node in downstreams]
        graph.wait_for_runs(expected)
    graph.assert_no_errors()


def test_every_run_that_fails_is_told_of(namespace: Namespace) -> None:
    graph = Deployed(
        namespace,
        """
        a: {source: {cronWorkflow: a}}
        one: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
        two: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
        three: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [a]}
        """,
        head="onFailure: {run: {workflowTemplate: held, params: {day: {from: $trigger, field: workflow}}}}\n",
    )
    graph.cron("a")
    runs = [graph.run(node) for node in ("one", "three", "two")]
    graph.wait_for_runs(runs)
    for name, phase in zip(runs, ("Failed", "Succeeded", "Error"), strict=True):
        graph.namespace.finish(name, phase)
    alerts = [graph.run("one-failed"), graph.run("two-failed")]
    graph.wait_for_runs([*runs, *alerts])
    assert [graph.params(name)["day"] for name in alerts] == [runs[0], runs[2]]
    graph.assert_no_errors()
