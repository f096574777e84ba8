"""An output is read that the upstream's Workflow does not export.

A Workflow's own outputs are the output parameters that have a `globalName`, in any of its templates. Checked where all
those templates are known: with `--manifests`, and for a `workflowSpec`. Those of an `event` stand in its `outputs`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {rows: {from: load, output: row}}}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec:
      schedule: "0 6 * * *"
      startingDeadlineSeconds: 600
      workflowSpec:
        templates:
          - {name: main, outputs: {parameters: [{name: count, globalName: rows, valueFrom: {path: /tmp/rows}}]}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {rows: {from: load, output: rows}}}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec:
      schedule: "0 6 * * *"
      startingDeadlineSeconds: 600
      workflowSpec:
        templates:
          - {name: main, outputs: {parameters: [{name: count, globalName: rows, valueFrom: {path: /tmp/rows}}]}}
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from depgen import expressions, workflows
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot
from depgen.model import FromUpstream, Node, leaves
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such use."""
    exported: dict[str, set[str] | None] = {}
    nodes = subject.graph.nodes.values()
    can_know = subject.manifests.given or any(
        (node.run and node.run.kind == "workflowSpec") or (node.source and node.source.event)
        for node in nodes
    )
    for node in nodes if can_know else ():
        for place, upstream, output in _uses(node):
            if upstream not in exported:
                exported[upstream] = _exported(subject, upstream)
            names = exported[upstream]
            if names is not None and output not in names:
                yield _finding(place, subject.graph.nodes[upstream], output, names)


def _uses(node: Node) -> Iterator[tuple[Place, str, str]]:
    """Where an output is read, of which upstream, and which."""
    for edge in leaves(node.edges):
        if edge.when is not None:
            at = partial(Place, edge.place.path, (*edge.place.route, "when"))
            yield from ((at(), edge.upstream, name) for name in expressions.outputs(edge.when)[0])
    for name, param in node.run.params if node.run else ():
        if isinstance(param, FromUpstream) and param.output is not None:
            yield spot(node, "run", "params", name, "output"), param.node, param.output


def _exported(subject: Subject, upstream: str) -> set[str] | None:
    node = subject.graph.nodes.get(upstream)
    if node and node.source and node.source.event:
        return {name for name, _ in node.source.event.outputs}
    specs = workflows.specs_of(node, subject.manifests) if node else None
    if node is None or specs is None:
        return None
    return workflows.exported(specs, workflows.namespace_of(node), subject.manifests)


def _finding(place: Place, upstream: Node, output: str, names: set[str]) -> Diagnostic:
    near = Names(names).closest(output)
    message, hint = (
        f'the Workflows of "{upstream.id}" export no output "{output}"',
        f'give it "globalName: {output}" in its template',
    )
    if upstream.source and upstream.source.event:
        message = f'the event of "{upstream.id}" has no output "{output}"'
        hint = f"say what it is, as in outputs: {{{output}: .body.{output}}}"
    return Diagnostic(place, "unknown-output", message, f'did you mean "{near}"?' if near else hint)
