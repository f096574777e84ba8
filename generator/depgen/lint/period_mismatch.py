"""An edge joins nodes whose periods do not fit.

Without `match` an edge joins the runs of one key, so an upstream with a key every hour cannot serve a node with a key
every day: there is no 09:00 among the days. `match: {within: key}` wants the shorter keys that begin in mine, `match:
containing` the longer one that mine begins in. A run has the period of its upstreams; `every` says it where they differ.

Fails:

    nodes:
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      daily: {source: {cronWorkflow: daily}}
      report: {run: {workflowTemplate: report}, dependsOn: [daily, hourly]}

Passes:

    nodes:
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      daily: {source: {cronWorkflow: daily}}
      report: {run: {workflowTemplate: report}, dependsOn: [daily, {node: hourly, match: {within: key}}]}
      refresh: {run: {workflowTemplate: refresh}, dependsOn: [hourly]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Edge, Node, leaves
from depgen.times import Period

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each edge that does not fit, or for an `every` that differs from all edges, or is missing."""
    known = _known(subject)
    for id_, mine in known.items():
        node = subject.graph.nodes[id_]
        theirs = [known.get(upstream, mine) for upstream in subject.analysis.upstreams[id_]]
        if theirs.count(mine) < len(theirs) or node.is_matched:  # which looks for the very same object first
            periods = [(edge, known[edge.upstream]) for edge in leaves(node.edges) if edge.upstream in known]
            yield from _findings(node, mine, periods)


def _known(subject: Subject) -> Mapping[str, Period]:
    """The periods that do not hang on a node that is broken, absent or on a cycle."""
    known: dict[str, Period] = {}
    for id_ in subject.analysis.order:
        node, every = subject.graph.nodes[id_], subject.analysis.every[id_]
        if node.source or node.every or not known.keys().isdisjoint(subject.analysis.upstreams[id_]):
            known[id_] = every
    return known


def _findings(node: Node, mine: Period, periods: list[tuple[Edge, Period]]) -> Iterator[Diagnostic]:
    alike = [(edge, period) for edge, period in periods if edge.match.is_alike]
    if node.run and not node.every and not alike and periods:
        yield Diagnostic(
            spot(node, "dependsOn"),
            "period-mismatch",
            f'node "{node.id}" has no "every", and no edge says how often it has a key',
            'add one, such as "every: day"',
        )
        return
    distinct = {period for _, period in alike}
    if node.every and len(distinct) == 1 and len(alike) == len(periods) and mine not in distinct:
        (theirs,) = distinct
        yield Diagnostic(
            spot(node, "every"),
            "period-mismatch",
            f'node "{node.id}" has a key every {mine.text}, but its upstreams every {theirs.text}',
            _hint(mine, theirs) or f'remove "every", or depend on nodes with a key every {mine.text}',
        )
        return
    first = next((edge for edge, period in alike if period == mine), None)
    for edge, period in periods:
        if not _fits(edge, mine, period):
            yield _misfit(node, mine, edge, period, first)


def _fits(edge: Edge, mine: Period, theirs: Period) -> bool:
    match edge.match.kind:
        case "within":
            return mine.holds(theirs)
        case "containing":
            return theirs.holds(mine)
        case "since":
            return mine == theirs or mine.holds(theirs)
    return mine == theirs


def _misfit(node: Node, mine: Period, edge: Edge, theirs: Period, first: Edge | None) -> Diagnostic:
    message = f'"{edge.upstream}" has a key every {theirs.text}'
    if first and not node.every and edge.match.is_alike:
        message += f', "{first.upstream}" every {mine.text}, so they never meet'
    else:
        message += f', but node "{node.id}" every {mine.text}'
    related = ((first.place, f'"{first.upstream}" is here'),) if first and first is not edge else ()
    hint = _hint(mine, theirs) or "depend on nodes of one period"
    return Diagnostic(edge.place, "period-mismatch", message, hint, related=related)


def _hint(mine: Period, theirs: Period) -> str:
    if mine.holds(theirs):
        return 'write "match: {within: key}" for the keys that begin in mine'
    return 'write "match: containing" for the key that mine begins in' if theirs.holds(mine) else ""
