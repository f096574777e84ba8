"""A field of `key` says nothing, or one that `from` needs is missing.

`label`, `parameter` and `jq` say what `from: label`, `from: parameter` and `from: jq` read. What those give is the key
as it stands: `dayStart` and `offset` move times only. A key with a period below a day has no day to start. And a node
of another graph brings its key along, so that only its period is to be told.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}, key: {parameter: day}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}, key: {from: parameter, parameter: day}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Node, Source

SEVERITY = Severity.ERROR

_READ_AS_IT_IS = ("label", "parameter", "jq")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such field."""
    for node in subject.graph.nodes.values():
        if node.source:
            yield from _source(node, node.source)


def _source(node: Node, source: Source) -> Iterator[Diagnostic]:
    rule = source.key
    for name in source.idle:
        message, hint = _idle(name, source)
        yield Diagnostic(spot(node, "key", name, at_key=True), "key-field", message, hint)
    if rule.origin in ("parameter", "jq") and not rule.name:
        hint = "write parameter: NAME" if rule.origin == "parameter" else "write the expression"
        message = f'"from: {rule.origin}" without "{rule.origin}"'
        yield Diagnostic(spot(node, "key", "from"), "key-field", message, hint)
    if rule.every.kind == "slot" and rule.day_start and "dayStart" not in source.idle:
        message = f'"dayStart" with a key every {rule.every.text}, which has no day to start'
        hint = 'remove it, or write "00:00" to overrule the defaults'
        yield Diagnostic(spot(node, "key", "dayStart", at_key=True), "key-field", message, hint)


def _idle(name: str, source: Source) -> tuple[str, str]:
    if source.kind == "graph":
        return (
            f'"{name}" on a node of another graph, which brings its key along',
            'only "every" can be written',
        )
    if name in _READ_AS_IT_IS:
        return f'"{name}" without "from: {name}"', f'write "from: {name}", or remove it'
    origin = source.key.origin
    return f'"{name}" with "from: {origin}", which is read as it is', "remove it, or take the key from a time"
