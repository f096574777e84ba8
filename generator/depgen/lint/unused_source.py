"""Nobody depends on a source.

It costs little, but every completion of its Workflows is recorded for nothing. A node of another graph that is given in
the same run counts as a reader. While a node cannot be read, or depends on one that does not exist, sources are not
judged.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      sync: {source: {cronWorkflow: sync}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      sync: {source: {cronWorkflow: sync}}
      report: {run: {workflowTemplate: report}, dependsOn: [load, sync]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import leaves

SEVERITY = Severity.WARNING


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such source."""
    nodes = subject.graph.nodes
    unused = [node for node in nodes.values() if node.source and not subject.analysis.downstreams[node.id]]
    if not unused or subject.graph.broken or any(up not in nodes for up in _upstreams(subject)):
        return
    read = _read_elsewhere(subject)
    for node in unused:
        if node.id not in read:
            message = f'nothing depends on source "{node.id}"'
            yield Diagnostic(spot(node), "unused-source", message, "remove it, or depend on it", SEVERITY)


def _upstreams(subject: Subject) -> Iterator[str]:
    return (edge.upstream for node in subject.graph.nodes.values() for edge in leaves(node.edges))


def _read_elsewhere(subject: Subject) -> set[str]:
    """The nodes of this graph that others listen to."""
    sources = (node.source for other in subject.others.values() for node in other.nodes.values())
    name, namespace = subject.graph.name, subject.graph.namespace
    return {s.node for s in sources if s and (s.kind, s.name, s.namespace) == ("graph", name, namespace)}
