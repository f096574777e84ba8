"""A parameter of an alert asks for what an alert does not have.

An alert is about one run of one node: `{from: $trigger, field: node}`, `workflow` and `phase` tell of it. It has no upstreams
to take an output from. In a graph whose runs have different periods, the key of `onFailure` has no one format. The
body of a webhook can also have `key` (as it is), `graph`, `what` and `text`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report:
        run: {workflowTemplate: report}
        dependsOn: [load]
        deadline: "22:00"
        onMiss: {run: {workflowTemplate: page, params: {who: {from: load, field: workflow}}}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report:
        run: {workflowTemplate: report}
        dependsOn: [load]
        deadline: "22:00"
        onMiss: {run: {workflowTemplate: page, params: {who: {from: $trigger, field: node}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Started, Subject
from depgen.model import TRIGGER, Border, FromUpstream, KeyFormat, Telling
from depgen.webhooks import FIELDS, strays

SEVERITY = Severity.ERROR

_FIELDS = ("node", "workflow", "phase")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such parameter."""
    graph = subject.graph
    periods = {subject.analysis.every[node.id] for node in graph.nodes.values() if node.run}
    for item in subject.started:
        if len(item.steps) > 1:
            yield from _foreign(item)
            yield from _untold(item)
        if item.steps[0] == "onFailure" and len(periods) > 1:
            yield from _keys(item)


def _foreign(item: Started) -> Iterator[Diagnostic]:
    for name, param in item.run.params:
        if isinstance(param, FromUpstream) and not (param.node == TRIGGER and param.field in _FIELDS):
            field = "from" if param.node != TRIGGER else "output" if param.output else "field"
            yield Diagnostic(
                item.spot("params", name, field),
                "alert-param",
                f'parameter "{name}" of an alert is not about the run it tells of',
                "write {from: $trigger, field: node}, workflow or phase",
            )


def _untold(item: Started) -> Iterator[Diagnostic]:
    for _, param in item.run.params:
        if isinstance(param, Telling):
            for steps in strays(param):
                yield Diagnostic(
                    item.spot("body", *steps),
                    "alert-param",
                    'this part of a webhook\'s body has "from", but is no value that an alert tells',
                    f"write {{from: $trigger, field: NAME}} with one of {', '.join(FIELDS)}",
                )


def _keys(item: Started) -> Iterator[Diagnostic]:
    for name, param in item.run.params:
        if isinstance(param, KeyFormat | Border):
            yield Diagnostic(
                item.spot("params", name),
                "alert-param",
                f'parameter "{name}" reads the key, but the runs of this graph have different periods',
                "take the Workflow's name with {from: $trigger, field: workflow}",
            )
