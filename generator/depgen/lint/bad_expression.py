"""An expression is not one complete jq expression, or not a function of its input alone.

`when`, `key.jq` and the expressions of an `event` run inside a Sensor, and wherever depgen explains what a Sensor did. So they have to give the same
answer each time and in both jq engines: nothing that reads the clock, the zone, the environment or another input, and
no regular expression that looks around itself. `last`, `test`, `capture`, `fromjson`, `tonumber` and most others can
be used, and functions can be defined.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, when: "(.finishedAt | fromdate) > now - 600"}]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [{node: load, when: "(.outputs.rows | tonumber) > 0"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import expressions
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot
from depgen.model import ForeignEvent, Node, leaves

SEVERITY = Severity.ERROR

_EXAMPLES = {
    "when": "(.outputs.rows | tonumber) > 0",
    "jq": ".metadata.labels.day",
    "id": ".body.id",
    "finishedAt": ".body.at",
    "outputs": ".body.path",
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each expression that cannot be used."""
    found = list(_expressions(subject))
    problems = expressions.problems(text for text, _, _ in found) if found else {}
    for text, place, name in found:
        if text in problems:
            yield Diagnostic(
                place, "bad-expression", f'"{name}" {problems[text]}', _hint(name, problems[text])
            )


def _hint(name: str, problem: str) -> str | None:
    if problem.startswith("is not"):
        return "write one expression, such as " + _EXAMPLES[name]
    if '"now"' in problem and name == "when":
        return 'an age is tested by "lookback"'
    return None


def _expressions(subject: Subject) -> Iterator[tuple[str, Place, str]]:
    for node in subject.graph.nodes.values():
        if node.source:
            if node.source.key.origin == "jq" and node.source.key.name:
                yield node.source.key.name, spot(node, "key", "jq"), "jq"
            if node.source.event:
                yield from _of_event(node, node.source.event)
            continue
        for edge in leaves(node.edges):
            if edge.when is not None:
                yield edge.when, Place(edge.place.path, (*edge.place.route, "when")), "when"


def _of_event(node: Node, event: ForeignEvent) -> Iterator[tuple[str, Place, str]]:
    yield event.id, spot(node, "source", "event", "id"), "id"
    yield event.finished_at, spot(node, "source", "event", "finishedAt"), "finishedAt"
    for name, text in event.outputs:
        yield text, spot(node, "source", "event", "outputs", name), "outputs"
