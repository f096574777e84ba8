"""An edge joins nodes whose keys have different periods.

An edge joins the runs of one key, or of keys a fixed number apart. So an upstream with a key every hour cannot serve a
node with a key every day: there is no 09:00 among the days. A run has the period of its upstreams; `every` only says
so where a reader would have to look.

Fails:

    nodes:
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      daily: {source: {cronWorkflow: daily}}
      report: {run: {workflowTemplate: report}, dependsOn: [daily, hourly]}

Passes:

    nodes:
      hourly: {source: {cronWorkflow: hourly}, key: {every: hour}}
      daily: {source: {cronWorkflow: daily}}
      report: {run: {workflowTemplate: report}, dependsOn: [daily]}
      refresh: {run: {workflowTemplate: refresh}, dependsOn: [hourly]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Edge, Node, leaves
from depgen.times import Period

SEVERITY = Severity.ERROR

_HINT = '"match: within" and "match: containing" are not supported yet: depend on nodes of one period'


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each edge that differs, or for an `every` that differs from all edges."""
    known = _known(subject)
    for id_, mine in known.items():
        theirs = [known.get(upstream, mine) for upstream in subject.analysis.upstreams[id_]]
        if theirs.count(mine) < len(theirs):  # which looks for the very same object first
            node = subject.graph.nodes[id_]
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
    distinct = {period for _, period in periods}
    if node.every and len(distinct) == 1:
        (theirs,) = distinct
        yield Diagnostic(
            spot(node, "every"),
            "period-mismatch",
            f'node "{node.id}" has a key every {mine.text}, but its upstreams every {theirs.text}',
            f'remove "every", or depend on nodes with a key every {mine.text}',
        )
        return
    first = next((edge for edge, period in periods if period == mine), None)
    for edge, period in periods:
        if period != mine:
            fitting = f', "{first.upstream}" every {mine.text}' if first and not node.every else ""
            yield Diagnostic(
                edge.place,
                "period-mismatch",
                f'"{edge.upstream}" has a key every {period.text}{fitting}, so they never meet'
                if fitting
                else f'"{edge.upstream}" has a key every {period.text}, but node "{node.id}" every {mine.text}',
                _HINT,
                related=((first.place, f'"{first.upstream}" is here'),) if first else (),
            )
