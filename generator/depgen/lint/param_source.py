"""A parameter takes its value from a node that is no upstream, or a field that is not there.

Only what a node waits for is known when it starts. `$trigger`, the upstream whose fact came last, has `node`,
`workflow` and `phase`; `node` is for `$trigger` alone, as of any other upstream the name is known.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      clean: {run: {workflowTemplate: clean}, dependsOn: [load]}
      report:
        run: {workflowTemplate: report, params: {rows: {from: load, output: rows}}}
        dependsOn: [clean]

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      clean: {run: {workflowTemplate: clean}, dependsOn: [load]}
      report:
        run: {workflowTemplate: report, params: {rows: {from: load, output: rows}}}
        dependsOn: [clean, load]
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import TRIGGER, FromUpstream, Node, leaves
from depgen.nearest import Names

SEVERITY = Severity.ERROR

_OF_TRIGGER = ("node", "workflow", "phase")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such parameter."""
    for node in subject.graph.nodes.values():
        for name, param in node.run.params if node.run else ():
            if isinstance(param, FromUpstream):
                upstreams = {edge.upstream for edge in leaves(node.edges)}
                if param.node == TRIGGER:
                    yield from _trigger(node, name, param)
                elif upstreams and param.node not in upstreams:
                    yield _stranger(subject, node, name, param.node, upstreams)
                elif param.field == "node":
                    yield _finding(
                        node,
                        name,
                        "field",
                        '"field: node" is for "$trigger" only',
                        f'write the id "{param.node}" itself',
                    )


def _trigger(node: Node, name: str, param: FromUpstream) -> Iterator[Diagnostic]:
    hint = f"its fields are {', '.join(_OF_TRIGGER[:-1])} and {_OF_TRIGGER[-1]}"
    if param.output is not None:
        yield _finding(
            node, name, "output", 'an output cannot be taken from "$trigger"', "name the upstream that has it"
        )
    elif param.field not in _OF_TRIGGER:
        yield _finding(node, name, "field", f'"$trigger" has no field "{param.field}"', hint)


def _stranger(subject: Subject, node: Node, name: str, upstream: str, upstreams: set[str]) -> Diagnostic:
    is_node = upstream in subject.graph.nodes or upstream in subject.graph.broken
    near = None if is_node else Names(upstreams).closest(upstream)
    hint = (
        f'did you mean "{near}"?'
        if near
        else 'add it to "dependsOn"'
        if is_node
        else "name one of its upstreams"
    )
    return _finding(node, name, "from", f'"{upstream}" is no upstream of node "{node.id}"', hint)


def _finding(node: Node, name: str, field: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(spot(node, "run", "params", name, field), "param-source", message, hint)
