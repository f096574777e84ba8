"""What a scenario file cannot say: a process that dies in the middle of its work, ledgers that somebody wrote.

All else is played from files by `test_scenario_files.py`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed
from tests.stack.namespace import Namespace
from tests.stack.readiness import durables
from tests.stack.services import Service

Ledger = dict[str, str]


def ago(seconds: int) -> datetime:
    """So long before now; completions of a test are put in order with it."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def fact(node: str, key: str, phase: str, finished: datetime, uid: str = "u", name: str = "w") -> Ledger:
    """The ledger's entry for a completion of a node whose zone is UTC."""
    at = finished.replace(microsecond=0, tzinfo=None).isoformat()
    value = {"finishedAt": f"{at}Z", "phase": phase, "wall": at, "workflow": name}
    return {f"run.{node}.{key}.{uid}.{int(finished.timestamp())}": json.dumps(value)}


def write_ledger(graph: Deployed, day: int, data: Ledger) -> None:
    """Makes a ledger as the record Sensor would have, had it seen the completions."""
    labels = {"depgen.io/graph": graph.namespace.graph, "depgen.io/key": graph.key(day)}
    metadata = {"name": graph.ledger(day), "labels": labels}
    graph.namespace.apply([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}])


def test_s16_a_submit_sensor_that_was_killed_submits_every_run_with_its_own_key(
    namespace: Namespace, local: LocalStack
) -> None:
    """Twelve days are ready at once, and it dies in the middle of its work, which gets two more days meanwhile.

    The events in its hands come again after 30 s. One of their runs is there by then, as if it had died between
    the creation and its acknowledgement: that one is refused and logged.
    """
    nodes = """
        a: {source: {cronWorkflow: a}}
        b: {source: {cronWorkflow: a}}
        report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
        made: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [b]}
    """
    graph = Deployed(namespace, nodes)
    submit = namespace.service(f"{namespace.graph}-submit")
    for day in range(12):
        key = graph.key(day)
        write_ledger(graph, day, fact("a", key, "Succeeded", ago(1)) | fact("b", key, "Succeeded", ago(1)))
    namespace.wait_for(lambda: len(namespace.runs()) >= 14, 30, "fourteen of the runs")
    submit.kill()
    assert _unacknowledged(local, submit) > 0
    before = namespace.runs()
    twin = next(day for day in range(12) if graph.run("made", day) not in before)
    graph.create("made", twin)
    for day in (12, 13):
        graph.cron("a", day)
        graph.wait_for_facts("a Succeeded", "b Succeeded", day=day)
    assert namespace.runs() == sorted([*before, graph.run("made", twin)])
    submit.start()
    days = {graph.run(node, day): day for node in ("made", "report") for day in range(14)}
    graph.wait_for_runs(days, timeout=60)
    for run, day in days.items():
        if run != graph.run("made", twin):
            assert graph.params(run) == {"day": f"{graph.date(day):%Y-%m-%d}"}
    graph.assert_only_a_twin_was_refused(graph.run("made", twin))


def _unacknowledged(local: LocalStack, service: Service) -> int:
    consumers = local.consumers()
    return sum(consumers[name].unacknowledged for name in durables(service))
