"""What the page's script is given: the lineage as JSON values, and what is known of each node.

The places of the direction from left to right are in the drawing and are not repeated here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from depgen.page.drawing import Marks
from depgen.page.lineage import Lineage, PageEdge, PageNode

FORMAT = 1
Section = Mapping[str, object]


def contents(
    title: str,
    lineage: Lineage,
    marks: Marks,
    slack: Mapping[str, int],
    details: Mapping[str, Sequence[Section]],
    lines: Sequence[str],
) -> dict[str, object]:
    """All but what is known of days and of a cluster. `slack`: seconds by the id of the node."""
    return {
        "format": FORMAT,
        "title": title,
        "size": {"lr": [lineage.lr.width, lineage.lr.height], "tb": [lineage.tb.width, lineage.tb.height]},
        "frames": {frame.group: list(frame[1:]) for frame in lineage.tb.frames},
        "nodes": [_node(node, marks, slack) for node in lineage.nodes],
        "edges": [_edge(edge, marks) for edge in lineage.edges],
        "details": {id_: {"sections": list(sections)} for id_, sections in details.items()},
        "lines": list(lines),
        "critical": None,
        "timeline": None,
        "live": None,
        "changes": None,
    }


def _node(node: PageNode, marks: Marks, slack: Mapping[str, int]) -> dict[str, object]:
    return {
        "id": node.id,
        "graph": node.graph,
        "name": node.name,
        "kind": node.kind,
        "group": node.group,
        "namespace": node.namespace,
        "owner": node.owner,
        "tags": list(node.tags),
        "what": node.what,
        "tb": list(node.tb),
        "width": node.width,
        "height": node.height,
        "layer": node.layer,
        "critical": node.id in marks.critical,
        "slack": slack.get(node.id),
        "change": marks.changes.get(node.id),
    }


def _edge(edge: PageEdge, marks: Marks) -> dict[str, object]:
    return {
        "from": edge.upstream,
        "to": edge.downstream,
        "on": edge.on,
        "join": edge.join,
        "flags": list(edge.flags),
        "words": edge.words,
        "tb": [list(point) for point in edge.tb],
        "critical": edge.id in marks.critical,
        "change": marks.changes.get(edge.id),
    }
