"""How far before a key something must have happened for the key to be decided: a day's forecast may need a month of days.

An upper bound in seconds, from the kinds of edges alone; with edges on the same key only it is nothing.
"""

from __future__ import annotations

from depgen.analyse import Analysis
from depgen.model import Edge, Graph, Node
from depgen.times import DAY, HOUR, WEEK, Period

# The longest row of closed days that is reckoned with.
_CLOSED = 10 * DAY
# More is not played before the days that were asked for, whatever the edges say.
MOST = 100 * DAY


def reach(graph: Graph, analysis: Analysis) -> int:
    """Seconds before the first key that is shown."""
    far: dict[str, int] = {}
    for id_ in analysis.order:
        node = graph.nodes[id_]
        edges = (_back(graph, analysis, node, edge) + far.get(edge.upstream, 0) for edge in node.edges.leaves)
        far[id_] = max(edges, default=0)
    return min(max(far.values(), default=0), MOST)


def length(every: Period) -> int:
    """The longest a period can be."""
    return {"month": 31 * DAY + HOUR, "week": WEEK + HOUR, "day": DAY + HOUR}.get(every.kind, every.seconds)


def _back(graph: Graph, analysis: Analysis, node: Node, edge: Edge) -> int:
    if edge.match.kind == "same":
        return 0
    every, theirs = analysis.every[node.id], length(analysis.every[edge.upstream])
    # The key of a week or month belongs to its last day, and began long before that.
    own = length(every) if every.kind in ("week", "month") else 0
    closed = _CLOSED if graph.calendar(edge.upstream) else 0
    match edge.match.kind:
        case "offset":
            return own + max(0, -edge.match.n) * (theirs + closed)
        case "last":
            return own + edge.match.n * (theirs + closed)
        case "containing":
            return own + theirs
        case "since":
            return own + length(every) + (_CLOSED if graph.calendar(node.id) else 0)
        case "within":
            return own
