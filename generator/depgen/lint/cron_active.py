"""A CronWorkflow still starts what the graph starts now.

Only with `--manifests`. In a live graph the CronWorkflow that a run `replaces` has to be suspended, or both would start it. One that
no node names, but that runs the same WorkflowTemplate, is a warning: the template may well serve several purposes.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], replaces: report-cron}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: report-cron}
    spec: {schedule: "0 20 * * *", startingDeadlineSeconds: 600, workflowSpec: {workflowTemplateRef: {name: report}}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], replaces: report-cron}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: report-cron}
    spec: {schedule: "0 20 * * *", startingDeadlineSeconds: 600, suspend: true, workflowSpec: {workflowTemplateRef: {name: report}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.manifests import Name, mapping
from depgen.model import Graph, Node, Run

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each CronWorkflow that would start a run a second time."""
    graph = subject.graph
    if graph.is_shadow:
        return
    active = _active(subject)
    named = _named(graph)
    for node in graph.nodes.values():
        if node.run is None:
            continue
        if node.replaces and (node.run.namespace, node.replaces) in active:
            yield Diagnostic(
                spot(node, "replaces"),
                "cron-active",
                f'CronWorkflow "{node.replaces}" is not suspended, so it starts what node "{node.id}" starts',
                'suspend it, or say "mode: shadow" until it is',
            )
        for cron in _twins(node.run, active, named):
            yield _warning(node, cron)


def _active(subject: Subject) -> dict[Name, str]:
    """The CronWorkflows that run, and the WorkflowTemplate of each."""
    found = {}
    for name, cron in subject.manifests.cron_workflows.items():
        spec = mapping(cron.get("spec"))
        if spec.get("suspend") is not True:
            reference = mapping(mapping(spec.get("workflowSpec")).get("workflowTemplateRef"))
            found[name] = "" if reference.get("clusterScope") is True else str(reference.get("name", ""))
    return found


def _named(graph: Graph) -> set[Name]:
    """The CronWorkflows that nodes of the graph speak of."""
    sources = [
        node.source for node in graph.nodes.values() if node.source and node.source.kind == "cronWorkflow"
    ]
    replaced = [(node.run.namespace, node.replaces) for node in graph.nodes.values() if node.run]
    return {*replaced, *((source.namespace, source.name) for source in sources)}


def _twins(run: Run, active: dict[Name, str], named: set[Name]) -> list[str]:
    if run.kind != "workflowTemplate":
        return []
    return sorted(
        name
        for (namespace, name), template in active.items()
        if template == run.name and namespace == run.namespace and (namespace, name) not in named
    )


def _warning(node: Node, cron: str) -> Diagnostic:
    assert node.run is not None
    return Diagnostic(
        spot(node, "run", "workflowTemplate"),
        "cron-active",
        f'CronWorkflow "{cron}" also runs WorkflowTemplate "{node.run.name}"',
        f'if node "{node.id}" stands in for it, write "replaces: {cron}" and suspend it',
        Severity.WARNING,
    )
