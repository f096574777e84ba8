"""A WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow is not among the manifests.

Only with `--manifests`. A kind of which nothing was given in that namespace is not judged, nor anything while one of the
files cannot be read.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: raport}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot
from depgen.manifests import Manifests, Name
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each name that no manifest has."""
    given = subject.manifests
    if not given.given or not given.is_whole:
        return
    known = _known(given)
    names = {place: Names(found) for place, found in known.items()}
    for where_it_is, kind, (namespace, name) in _named(subject):
        place = kind, namespace
        if place in known and name not in known[place]:
            near = names[place].closest(name)
            where = f' in namespace "{namespace}"' if namespace else ""
            yield Diagnostic(
                where_it_is,
                "unknown-template",
                f'no manifest has a {kind[0].upper() + kind[1:]} "{name}"{where}',
                f'did you mean "{near}"?' if near else "add it to the manifests, or correct the name",
            )


def _known(given: Manifests) -> dict[tuple[str, str], set[str]]:
    """The names that there are, by the field that names one and the namespace."""
    kinds = {
        "workflowTemplate": given.templates,
        "clusterWorkflowTemplate": given.cluster_templates,
        "cronWorkflow": given.cron_workflows,
    }
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for kind, objects in kinds.items():
        for namespace, name in objects:
            known[kind, namespace].add(name)
    return dict(known)


def _named(subject: Subject) -> Iterator[tuple[Place, str, Name]]:
    """The kind and the name of all that the graph refers to, and where it does."""
    for item in subject.started:
        run = item.run
        namespace = "" if run.kind == "clusterWorkflowTemplate" else run.namespace
        yield item.spot(run.kind), run.kind, (namespace, run.name)
    for node in subject.graph.nodes.values():
        if node.source:
            source = node.source
            yield spot(node, "source", source.kind), source.kind, (source.namespace, source.name)
