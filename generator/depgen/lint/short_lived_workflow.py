"""The Workflows of an upstream may be deleted before their completion is seen.

Only with `--manifests`. A completion is recorded at once, by its event. Where that is lost (Argo Events is down, a
queue is thrown away), a sweep finds it by looking at the Workflow, as long as there is one: until the next sweep, an
hour where the graph has no `sweeper` and somebody runs `depgen reconcile`, and a minute more. `ttlStrategy` and a
CronWorkflow's history limits must not be quicker than that. `podGC` may be: it deletes Pods, and what a run came to
is in its Workflow. How far back an edge looks is judged by the rule `retention`, and how long an outage may last by
`depgen doctor`.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: load}
    spec:
      schedule: "0 6 * * *"
      startingDeadlineSeconds: 600
      workflowSpec: {workflowTemplateRef: {name: load}, ttlStrategy: {secondsAfterCompletion: 30}}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: load}
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
    kind: CronWorkflow
    metadata: {name: load}
    spec:
      schedule: "0 6 * * *"
      startingDeadlineSeconds: 600
      workflowSpec: {workflowTemplateRef: {name: load}, ttlStrategy: {secondsAfterCompletion: 86400}}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: load}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import keeping
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.keeping import Kept, shown
from depgen.lint import Subject, spot
from depgen.manifests import Manifests
from depgen.model import Edge, Graph, Node, leaves
from depgen.times import HOUR

SEVERITY = Severity.WARNING

_SKEW = 60  # what clocks may differ


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each upstream whose Workflows are kept for less than a sweep takes to come."""
    graph = subject.graph
    readers: dict[str, list[Edge]] = {}
    for node in graph.nodes.values():
        for edge in leaves(node.edges):
            # What looks back further than a sweep takes is said to do so by the rule `retention`.
            if not edge.lookback and not edge.window:
                readers.setdefault(edge.upstream, []).append(edge)
    pause = graph.sweeper.every if graph.sweeper else HOUR
    for upstream, edges in readers.items():
        found = graph.nodes.get(upstream)
        kept = _kept(found, edges, subject.manifests) if found else None
        if found and kept and kept.seconds < pause + _SKEW:
            yield _finding(graph, found, kept, pause, subject.manifests)


def _kept(node: Node, edges: list[Edge], given: Manifests) -> Kept | None:
    phases = sorted({phase for edge in edges for phase in _read(edge)})
    found = [keeping.ttl(node, phase, given) for phase in phases]
    for phase in phases:
        kept = keeping.history(node, phase, given)
        # Failures come when they come: only a limit of none lets go of one at once.
        if kept and (phase == "success" or not kept.seconds):
            found.append(kept)
    return min((kept for kept in found if kept), key=lambda kept: kept.seconds, default=None)


def _read(edge: Edge) -> tuple[str, ...]:
    return (str(edge.phases),) if edge.phases in ("success", "failure") else ("success", "failure")


def _finding(graph: Graph, node: Node, kept: Kept, pause: int, given: Manifests) -> Diagnostic:
    where, source = _place(kept, given), spot(node)
    sweep = f"every {shown(pause)}" if graph.sweeper else f"{shown(pause)} later"
    return Diagnostic(
        where or source,
        "short-lived-workflow",
        f'{kept.field} deletes the Workflows of "{node.id}" after {shown(kept.seconds)}: where the event of one is '
        f"lost, a sweep {sweep} may find nothing",
        f"keep them for {shown(pause + _SKEW)} or more",
        SEVERITY,
        ((source, "this node"),) if where else (),
    )


def _place(kept: Kept, given: Manifests) -> Place | None:
    """Where the manifest says it; None if that is the graph, or a cluster."""
    for item in given.items:
        if item.body is kept.holder:
            return item.at("spec", kept.field, at_key=True)
        if item.own_spec is kept.holder:
            return item.in_spec(kept.field, at_key=True)
    return None
