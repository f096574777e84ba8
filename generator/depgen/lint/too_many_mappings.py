"""An upstream's completions would have to be recorded in too many ledgers.

Each other key that they serve (`match: {offset: -1}`, `{last: 7}`, `containing`) means that every completion of the
upstream is recorded once more, in the ledger of that key. A Sensor makes few requests a second, so that 31 of them are a
bound.

Fails:

    nodes:
      monthly: {source: {cronWorkflow: monthly}, key: {every: month}}
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      report: {run: {workflowTemplate: report}, dependsOn: [hourly, {node: monthly, match: containing}]}

Passes:

    nodes:
      monthly: {source: {cronWorkflow: monthly}, key: {every: month}}
      daily: {source: {cronWorkflow: daily}}
      report: {run: {workflowTemplate: report}, dependsOn: [daily, {node: monthly, match: containing}]}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.model import Edge, Node
from depgen.moves import HOME, Move
from depgen.serving import Serving

SEVERITY = Severity.ERROR

MOST_MAPPINGS = 31


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each upstream with more moves, at the first edge that is too many."""
    first: dict[str, dict[Move, Edge]] = defaultdict(dict)
    for node in subject.graph.nodes.values():
        for edge in node.reads if node.is_matched or node.depends_on_past else ():
            if edge.upstream in subject.graph.nodes:
                for move in _moves(subject, node, edge):
                    first[edge.upstream].setdefault(move, edge)
    for upstream, edges in first.items():
        others = [edge for move, edge in edges.items() if move != HOME]
        if len(others) > MOST_MAPPINGS:
            yield Diagnostic(
                others[MOST_MAPPINGS].place,
                "too-many-mappings",
                f'a completion of "{upstream}" serves {len(others)} other keys, at most {MOST_MAPPINGS} are possible',
                "depend on the nearest key and let the run read what the earlier ones left"
                if others[-1].match.is_alike
                else "put a node with a key every day between them",
            )


def _moves(subject: Subject, node: Node, edge: Edge) -> Iterable[Move]:
    graph, every = subject.graph, subject.analysis.every
    mine, theirs = every[node.id], every[edge.upstream]
    if edge.match.kind == "containing" and not theirs.holds(mine):
        return ()  # another rule says so
    return Serving(edge, mine, theirs, graph.calendar(node.id), graph.calendar(edge.upstream)).moves()
