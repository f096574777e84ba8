"""A WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow is not among the manifests.

Only with `--manifests`. A namespace of which no manifests were given is not judged.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: raport}, dependsOn: [load]}
    ---
    {kind: CronWorkflow, metadata: {name: load}, spec: {schedule: "0 6 * * *"}}
    ---
    {kind: WorkflowTemplate, metadata: {name: report}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    {kind: CronWorkflow, metadata: {name: load}, spec: {schedule: "0 6 * * *"}}
    ---
    {kind: WorkflowTemplate, metadata: {name: report}}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.manifests import Manifests, Name
from depgen.model import Node

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each name that no manifest has."""
    given, home = subject.manifests, subject.graph.namespace
    if not given.given or not given.is_whole:
        return
    known = {home, *given.namespaces}
    for node in subject.graph.nodes.values():
        if node.run and node.run.kind == "clusterWorkflowTemplate":
            if given.cluster_templates:
                yield from _unless(node, ("run", node.run.kind), ("", node.run.name), given.cluster_templates)
        elif node.run and node.run.kind == "workflowTemplate":
            if node.run.namespace in known:
                yield from _unless(
                    node, ("run", node.run.kind), (node.run.namespace, node.run.name), given.templates
                )
        elif node.source and node.source.namespace in known:
            yield from _source(node, given)


def _source(node: Node, given: Manifests) -> Iterator[Diagnostic]:
    source = node.source
    if source and source.kind in ("cronWorkflow", "workflowTemplate"):
        objects = given.cron_workflows if source.kind == "cronWorkflow" else given.templates
        yield from _unless(node, ("source", source.kind), (source.namespace, source.name), objects)


def _unless(
    node: Node, steps: tuple[str, ...], name: Name, objects: Collection[Name]
) -> Iterator[Diagnostic]:
    if name not in objects:
        near = get_close_matches(name[1], [other for namespace, other in objects if namespace == name[0]], 1)
        kind = steps[-1][0].upper() + steps[-1][1:]
        where = f' in namespace "{name[0]}"' if name[0] else ""
        yield Diagnostic(
            spot(node, *steps),
            "unknown-template",
            f'no manifest has a {kind} "{name[1]}"{where}',
            f'did you mean "{near[0]}"?' if near else "add it to the manifests, or correct the name",
        )
