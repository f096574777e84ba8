"""The queue of a node takes the place of the mutexes that its template has.

Only with `--manifests`. With `concurrencyPolicy: Queue`, the Workflows of a node queue for a mutex in the list `mutexes` of their
`synchronization`. Argo joins a Workflow with its WorkflowTemplate list by list, and a list of the Workflow stands for that of the
template: what the template protects with its own `mutexes` is protected no more in this node's runs. The `spec` of the run can
repeat them; a single `mutex`, and semaphores, stay.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], concurrencyPolicy: Queue}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      synchronization: {mutexes: [{name: warehouse}]}
      templates: [{name: main, suspend: {duration: 1m}}]

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report:
        run: {workflowTemplate: report, spec: {synchronization: {mutexes: [{name: warehouse}]}}}
        dependsOn: [load]
        concurrencyPolicy: Queue
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      synchronization: {mutexes: [{name: warehouse}]}
      templates: [{name: main, suspend: {duration: 1m}}]
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import naming, workflows
from depgen.calling import reached
from depgen.diagnostics import Diagnostic, Fix, FixValue, Severity
from depgen.lint import Subject, spot
from depgen.manifests import Object, mapping, mappings
from depgen.model import Node, Run
from depgen.mutexes import Lock, locks
from depgen.phrases import listed, quoted

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such node, and one for each whose template takes the mutex of the queue itself."""
    graph = subject.graph
    for node in graph.nodes.values():
        if node.run is None or not node.is_queued or graph.is_shadow:
            continue
        template = workflows.template_of(node.run, subject.manifests)
        spec = node.run.spec if template is None else mapping(template.get("spec"))
        yield from _own_queue(node, node.run, spec, naming.mutex(graph.name, node.id))
        if template is not None:
            yield from _replaced(node, node.run, spec)


def _own_queue(node: Node, run: Run, spec: Object, queue: str) -> Iterator[Diagnostic]:
    for template in reached(spec, run.spec.get("entrypoint")):
        taken = [lock for lock, _ in locks(template.body.get("synchronization"), run.namespace)]
        if Lock("mutex", run.namespace, queue) in taken:
            yield Diagnostic(
                spot(node, "concurrencyPolicy"),
                "mutex-deadlock",
                f'template "{template.name}" wants mutex "{queue}", which the run holds until its end as the queue of node '
                f'"{node.id}", so it waits for ever',
                "give the template's mutex another name",
            )


def _replaced(node: Node, run: Run, spec: Object) -> Iterator[Diagnostic]:
    own = mapping(run.spec.get("synchronization"))
    mutexes = mappings(mapping(spec.get("synchronization")).get("mutexes"))
    names = [str(mutex["name"]) for mutex in mutexes if mutex.get("name")]
    if not names or "mutexes" in own:
        return
    repeated: FixValue = [{"name": name} for name in names]
    is_plain = all(mutex.keys() == {"name"} for mutex in mutexes)
    yield Diagnostic(
        spot(node, "concurrencyPolicy"),
        "queue-mutexes",
        f'the queue of node "{node.id}" takes the place of {listed(map(quoted, names), "and")}, which template "{run.name}" '
        "has under mutexes",
        "repeat them under spec.synchronization.mutexes of the run",
        SEVERITY,
        fix=_repetition(node, run, repeated) if is_plain else None,
    )


def _repetition(node: Node, run: Run, mutexes: FixValue) -> Fix:
    """The mutexes written into the run, at the outermost field that is not there."""
    if "synchronization" in run.spec:
        return Fix(spot(node, "run", "spec", "synchronization"), "mutexes", mutexes)
    if run.spec:
        return Fix(spot(node, "run", "spec"), "synchronization", {"mutexes": mutexes})
    return Fix(spot(node, "run"), "spec", {"synchronization": {"mutexes": mutexes}})
