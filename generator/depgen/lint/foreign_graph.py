"""A source names another graph, and that graph is not as the source says.

Only checked if the other graph's files are given in the same run; else it is taken on trust.

Fails:

    nodes:
      load: {source: {graph: data/etl, node: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {graph: data/core, node: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Graph, Node, Source
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such source."""
    names = {name: Names(graph.nodes) for name, graph in subject.others.items()}
    for node in subject.graph.nodes.values():
        if node.source and node.source.kind == "graph":
            found = _mistake(subject, node, node.source, names)
            if found:
                field, message, hint = found
                yield Diagnostic(spot(node, *field), "foreign-graph", message, hint)


def _mistake(
    subject: Subject, node: Node, source: Source, names: Mapping[str, Names]
) -> tuple[tuple[str, ...], str, str] | None:
    mine, other = subject.graph, subject.others.get(source.name)
    if source.name == mine.name:
        if source.namespace != mine.namespace:
            return None
        return ("source", "graph"), "a graph cannot listen to itself", f'depend on "{source.node}" itself'
    if other is None:
        return None
    if source.namespace != other.namespace:
        message = f'graph "{other.name}" is in namespace "{other.namespace}", not "{source.namespace}"'
        return ("source", "graph"), message, f'write "{other.namespace}/{other.name}"'
    if source.node not in other.nodes:
        return _absent(other, source.node, names[other.name])
    theirs = subject.analyses[other.name].every[source.node]
    if theirs != source.key.every:
        message = f'node "{source.node}" of graph "{other.name}" has a key every {theirs.text}, not every {source.key.every.text}'
        return ("key", "every"), message, f"write key: {{every: {theirs.text}}}"
    return None


def _absent(other: Graph, name: str, names: Names) -> tuple[tuple[str, ...], str, str] | None:
    if name in other.broken:
        return None
    near = names.closest(name)
    hint = f'did you mean "{near}"?' if near else "name one of its nodes"
    return ("source", "node"), f'graph "{other.name}" has no node "{name}"', hint
