"""An output of a node of another graph is read.

A node of another graph is read from that graph's ledger, which holds only the outputs that its own graph reads. A
source on the Workflows themselves has them all.

Fails:

    nodes:
      load: {source: {graph: data/core, node: load}}
      report: {run: {workflowTemplate: report, params: {rows: {from: load, output: rows}}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {workflows: {matchLabels: {depgen.io/graph: core, depgen.io/node: load}}}}
      report: {run: {workflowTemplate: report, params: {rows: {from: load, output: rows}}}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import expressions
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.lint import Subject, spot
from depgen.model import FromUpstream, Node, Source, leaves

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such use."""
    nodes = subject.graph.nodes
    foreign = {id_: n.source for id_, n in nodes.items() if n.source and n.source.kind == "graph"}
    for node in nodes.values() if foreign else ():
        for place, upstream, output in _uses(node):
            if upstream in foreign:
                yield _finding(place, foreign[upstream], output)


def _uses(node: Node) -> Iterator[tuple[Place, str, str]]:
    """Where an output is read, of which upstream, and which."""
    for edge in leaves(node.edges):
        if edge.when is not None:
            names, _ = expressions.outputs(edge.when)
            for name in names[:1]:
                yield Place(edge.place.path, (*edge.place.route, "when")), edge.upstream, name
    for name, param in node.run.params if node.run else ():
        if isinstance(param, FromUpstream) and param.output is not None:
            yield spot(node, "run", "params", name, "output"), param.node, param.output


def _finding(place: Place, source: Source, output: str) -> Diagnostic:
    labels = f"{{depgen.io/graph: {source.name}, depgen.io/node: {source.node}}}"
    return Diagnostic(
        place,
        "foreign-output",
        f'output "{output}" is not in the ledger of graph "{source.name}"',
        f"listen to the Workflows themselves: source: {{workflows: {{matchLabels: {labels}}}}}",
    )
