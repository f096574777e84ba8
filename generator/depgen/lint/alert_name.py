"""An id is the one that an alert would have.

The Workflow that `onMiss` starts for node `report` is called after `report-missed` or `report-late`, that of `onFailure` after
`report-failed`; all failures of a graph are watched by a dependency `on-failure`. No node may have such a name.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], deadline: "22:00", onMiss: {run: {workflowTemplate: page}}}
      report-missed: {run: {workflowTemplate: page}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load], deadline: "22:00", onMiss: {run: {workflowTemplate: page}}}
      report-again: {run: {workflowTemplate: page}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Graph, Node
from depgen.naming import NAME_LIMIT, alert, workflow_prefix

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such id, and for each alert whose Workflow would have too long a name."""
    graph = subject.graph
    for node in graph.nodes.values():
        for name in _alerts(node, graph):
            if name in graph.nodes and not name.endswith("-failed"):
                taken = graph.nodes[name]
                message = f'"{name}" is the name of an alert of node "{node.id}"'
                yield Diagnostic(spot(taken), "alert-name", message, "choose another id")
            length = len(workflow_prefix(graph.name, name)) + subject.analysis.every[node.id].key_length
            if length > NAME_LIMIT:
                message = (
                    f'the alert of "{node.id}" would have a Workflow name of {length} characters,'
                    f" {length - NAME_LIMIT} more than Kubernetes allows"
                )
                yield Diagnostic(spot(node), "alert-name", message, "shorten the id or the graph's name")
    if graph.on_failure:
        yield from _reserved(graph)


def _alerts(node: Node, graph: Graph) -> list[str]:
    kinds = []
    if node.on_miss and node.start_by:
        kinds.append("late")
    if node.on_miss and node.deadline:
        kinds.append("missed")
    if node.run and graph.on_failure:
        kinds.append("failed")
    return [alert(node.id, kind) for kind in kinds]


def _reserved(graph: Graph) -> Iterator[Diagnostic]:
    for id_, node in graph.nodes.items():
        # `a-failed` needs no node `a` to be taken: runs of that ending are never told of.
        if node.run and (id_.endswith("-failed") or id_.startswith("on-failure")):
            message = f'"{id_}" is the name of an alert in a graph with "onFailure"'
            yield Diagnostic(spot(node), "alert-name", message, "choose another id")
