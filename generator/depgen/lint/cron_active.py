"""A CronWorkflow still starts what the graph starts now.

Only with `--manifests`. In a live graph the CronWorkflow that a run `replaces` has to be suspended, or both would start it. One that
no node names, but that runs the same template, or has the same templates written out, is a warning: it may well have another
purpose. So is a `replaces` that names no CronWorkflow, if there is one of nearly that name.

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

from depgen import workflows
from depgen.diagnostics import Diagnostic, Fix, Severity
from depgen.lint import Subject, spot
from depgen.manifests import CRON, Manifests, Name, Object, mapping
from depgen.model import Graph, Node, Run
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each CronWorkflow that would start a run a second time."""
    graph, given = subject.graph, subject.manifests
    if graph.is_shadow:
        return
    active = {name: cron for name, cron in given.cron_workflows.items() if not _is_suspended(cron)}
    named = _named(graph)
    works = {name: _work(cron) for name, cron in active.items() if name not in named}
    for node in graph.nodes.values():
        if node.run is None:
            continue
        if node.replaces:
            yield from _replaced(node, node.run, active, given)
        for (namespace, cron), work in sorted(works.items()):
            if namespace == node.run.namespace and _is_twin(node.run, work, given):
                yield _warning(node, node.run, cron)


def _is_suspended(cron: Object) -> bool:
    return mapping(cron.get("spec")).get("suspend") is True


def _named(graph: Graph) -> set[Name]:
    """The CronWorkflows that nodes of the graph speak of."""
    sources = [
        node.source for node in graph.nodes.values() if node.source and node.source.kind == "cronWorkflow"
    ]
    replaced = [(node.run.namespace, node.replaces) for node in graph.nodes.values() if node.run]
    return {*replaced, *((source.namespace, source.name) for source in sources)}


def _replaced(node: Node, run: Run, active: dict[Name, Object], given: Manifests) -> Iterator[Diagnostic]:
    name = node.replaces
    if (run.namespace, name) in active:
        place = given.place(CRON, run.namespace, name, "spec")
        yield Diagnostic(
            spot(node, "replaces"),
            "cron-active",
            f'CronWorkflow "{name}" is not suspended, so it starts what node "{node.id}" starts',
            'suspend it, or say "mode: shadow" until it is',
            fix=Fix(place, "suspend", True) if place else None,
        )
    elif (run.namespace, name) not in given.cron_workflows:
        near = Names([cron for namespace, cron in active if namespace == run.namespace]).closest(name)
        if near:
            yield Diagnostic(
                spot(node, "replaces"),
                "cron-active",
                f'there is no CronWorkflow "{name}", and "{near}" is not suspended',
                f'did you mean "{near}"?',
                Severity.WARNING,
            )


Work = tuple[str, object]


def _work(cron: Object) -> list[Work]:
    """What a CronWorkflow runs: the template it refers to, or its templates as they are written."""
    spec = mapping(mapping(cron.get("spec")).get("workflowSpec"))
    reference = mapping(spec.get("workflowTemplateRef"))
    if reference:
        kind = "clusterWorkflowTemplate" if reference.get("clusterScope") is True else "workflowTemplate"
        return [(kind, reference.get("name"))]
    return _written(spec)


def _written(spec: Object) -> list[Work]:
    templates = spec.get("templates")
    return (
        [("templates", (spec.get("entrypoint"), templates))]
        if isinstance(templates, list) and templates
        else []
    )


def _is_twin(run: Run, work: list[Work], given: Manifests) -> bool:
    if run.kind == "workflowSpec":
        own = _written(run.spec)
    else:
        template = workflows.template_of(run, given)
        own = [(run.kind, run.name), *(_written(mapping(template.get("spec"))) if template else ())]
    return any(one in own for one in work)


def _warning(node: Node, run: Run, cron: str) -> Diagnostic:
    what = {
        "workflowTemplate": f'WorkflowTemplate "{run.name}"',
        "clusterWorkflowTemplate": f'ClusterWorkflowTemplate "{run.name}"',
    }.get(run.kind, f'what node "{node.id}" runs')
    return Diagnostic(
        spot(node, "run", run.kind),
        "cron-active",
        f'CronWorkflow "{cron}" also runs {what}',
        f'if node "{node.id}" stands in for it, write "replaces: {cron}" and suspend it',
        Severity.WARNING,
    )
