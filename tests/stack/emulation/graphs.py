"""Cases of whole graphs, compiled by depgen: completions go in, ledgers and Workflows come out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.deployed import manifests
from tests.stack.emulation.stage import Case, Names, Stage
from tests.stack.workflows import LABEL

JOIN = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    report: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
    after: {run: {workflowTemplate: held, params: {day: {from: report, field: workflow}}}, dependsOn: [report]}
"""
CHOICES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    many:
      run: {workflowTemplate: held, params: {day: {from: a, output: rows}, by: {from: a, field: workflow}}}
      dependsOn: [{node: a, when: "(.outputs.rows | tonumber) > 1"}]
    failed: {run: {workflowTemplate: held, params: {day: {from: $trigger, field: phase}}}, dependsOn: [{node: a, status: failure}]}
    either: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [{anyOf: [{node: a, status: done}, b]}]}
    both-days: {run: {workflowTemplate: held, params: {day: "1"}}, dependsOn: [b, {node: b, match: {offset: -1}}]}
"""


def graph(nodes: str, head: str = "") -> Callable[[Names], Iterator[Manifest]]:
    def objects(names: Names) -> Iterator[Manifest]:
        yield workflows.suspend_template("held", None, parameters=("day",))
        yield from manifests(text(names, nodes, head))

    return objects


def text(names: Names, nodes: str, head: str = "") -> str:
    """The graph file of a case."""
    frame = f"apiVersion: depgen.io/v1\ngraph: {names.prefix}\nnamespace: {names.namespace}\ntimezone: UTC\n"
    return frame + head + "nodes:\n" + textwrap.indent(textwrap.dedent(nodes), "  ")


def completion(
    names: Names, cron: str, day: int, phase: str = "Succeeded", *, after: int = 0, **more: Any
) -> Manifest:
    """A CronWorkflow's child of so many days ago that ended `after` seconds after the case began."""
    scheduled = names.start.replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=day)
    labels, annotations = workflows.cron_child_marks(cron, scheduled)
    labels[f"{LABEL}controller-instanceid"] = "nobody"  # or the controller takes it up when it runs again
    return workflows.completed(
        workflows.cron_child_name(cron, scheduled),
        labels=labels,
        annotations=annotations,
        phase=phase,
        finished_at=names.start + timedelta(seconds=after),
        **more,
    )


def finish(stage: Stage, name: str, phase: str = "Succeeded", after: int = 0) -> None:
    """A submitted run ends."""
    labels, status = workflows.outcome(phase, stage.names.start + timedelta(seconds=after), None)
    stage.patch("Workflow", name, {"metadata": {"labels": labels}, "status": status})


def run(names: Names, node: str, day: int) -> str:
    """The name of a node's Workflow."""
    return f"{names.prefix}-{node}-{names.start - timedelta(days=day):%Y%m%d}"


def _a_week(stage: Stage) -> None:
    names = stage.names
    for day in (3, 1, 2):
        stage.create(completion(names, "a", day))
    stage.settle()
    stage.create(completion(names, "b", 2), completion(names, "b", 1, "Failed"))
    stage.settle()
    finish(stage, run(names, "report", 2), after=5)
    again = {f"{LABEL}completed": "false", f"{LABEL}phase": "Running"}
    failed = completion(names, "b", 1)["metadata"]["name"]
    stage.patch("Workflow", failed, {"metadata": {"labels": again}, "status": {"phase": "Running"}})
    finish(stage, failed, after=9)
    stage.settle()
    finish(stage, run(names, "report", 1), "Error", after=12)


def _restarts(stage: Stage) -> None:
    names = stage.names
    stage.create(completion(names, "a", 1), completion(names, "a", 2))
    stage.settle()
    stage.stop("eventsource/")
    # A ledger that was there might be listed before or after what comes is recorded: as it was, or as it is then.
    stage.create(completion(names, "b", 3))
    stage.start("eventsource/")
    stage.settle()
    stage.create(completion(names, "b", 1), completion(names, "a", 3))
    stage.settle()
    stage.stop("sensor/submit")
    stage.create(completion(names, "b", 2))
    finish(stage, run(names, "report", 1), after=3)
    stage.settle()
    stage.stop("sensor/record")
    stage.start("sensor/submit", "sensor/record")
    stage.settle()
    stage.stop("eventsource/")
    stage.start("eventsource/")  # everything comes again and changes nothing


def _outputs(stage: Stage) -> None:
    names = stage.names
    stage.create(completion(names, "a", 1, outputs={"rows": "12"}))
    stage.create(completion(names, "a", 2, outputs={"rows": "1"}), completion(names, "a", 3, "Failed"))
    stage.create(completion(names, "b", 2), completion(names, "b", 4), completion(names, "b", 3))
    stage.settle()
    odd = completion(names, "a", 5, outputs={"rows": "<&> many"})
    odd["metadata"]["annotations"] = {}
    stage.create(odd)


def _edit(stage: Stage) -> None:
    """What waits for a Sensor whose programs change is lost, and found again when the ledgers are replayed."""
    names = stage.names
    stage.create(completion(names, "a", 1), completion(names, "b", 1))
    stage.settle()
    stage.stop("sensor/submit")
    stage.create(completion(names, "a", 2), completion(names, "b", 2))
    stage.settle()
    changed = JOIN.replace("dependsOn: [a, b]", 'dependsOn: [a, b], activeFrom: "2020-01-01"')
    stage.apply(*(m for m in manifests(text(names, changed)) if m["kind"] == "Sensor"))
    stage.start("sensor/submit")
    stage.settle()
    stage.create(completion(names, "a", 3), completion(names, "b", 3))
    stage.settle()
    stage.stop("eventsource/")
    stage.start("eventsource/")


def _gate(names: Names) -> datetime:
    """A full minute, far enough away for all to listen by then."""
    return (names.start + timedelta(seconds=90)).replace(second=0, microsecond=0)


def _gated(names: Names) -> Iterator[Manifest]:
    nodes = f"""
        a: {{source: {{cronWorkflow: a}}}}
        gated: {{run: {{workflowTemplate: held, params: {{day: "1"}}}}, dependsOn: [a], notBefore: "{_gate(names):%H:%M}"}}
        free: {{run: {{workflowTemplate: held, params: {{day: "1"}}}}, dependsOn: [a]}}
    """
    yield from graph(nodes)(names)


def _at_the_gate(stage: Stage) -> None:
    stage.create(completion(stage.names, "a", 0))
    stage.wait_until(_gate(stage.names) + timedelta(seconds=0.5))
    stage.settle()
    stage.create(completion(stage.names, "a", 1))


CASES = (
    Case("graph-gate", _gated, _at_the_gate),
    Case("graph-join", graph(JOIN), _a_week),
    Case("graph-restarts", graph(JOIN), _restarts),
    Case("graph-choices", graph(CHOICES), _outputs, ignored=("failed",)),
    Case("graph-edit", graph(JOIN), _edit),
)
