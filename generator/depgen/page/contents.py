"""What the page's script is given: the lineage as JSON values, and what is known of each node.

The places of the direction from left to right are in the drawing and are not repeated here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

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
    shared = _shared(details.values())
    numbers = {node.id: number for number, node in enumerate(lineage.nodes)}
    return {
        "format": FORMAT,
        "title": title,
        "size": {"lr": [lineage.lr.width, lineage.lr.height], "tb": [lineage.tb.width, lineage.tb.height]},
        "frames": {frame.group: list(frame[1:]) for frame in lineage.tb.frames},
        "nodes": [_node(node, marks, slack) for node in lineage.nodes],
        "edges": [_edge(edge, numbers) for edge in lineage.edges],
        "sections": [json.loads(section) for section in shared],
        "details": {
            id_: {"sections": [shared[_text(section)] for section in sections]}
            for id_, sections in details.items()
        },
        "lines": list(lines),
        "critical": None,
        "timeline": None,
        "live": None,
        "changes": None,
    }


def _shared(details: Iterable[Sequence[Section]]) -> dict[str, int]:
    """Each section as text once, with its number: most of what is said of one node is said of others too."""
    texts = dict.fromkeys(_text(section) for sections in details for section in sections)
    return {text: number for number, text in enumerate(texts)}


def _text(section: Section) -> str:
    return json.dumps(section, ensure_ascii=False)


def _node(node: PageNode, marks: Marks, slack: Mapping[str, int]) -> dict[str, object]:
    """What is empty or false is left out, but 0 is a slack."""
    always = {
        "id": node.id,
        "graph": node.graph,
        "name": node.name,
        "kind": node.kind,
        "namespace": node.namespace,
        "what": node.what,
        "tb": list(node.tb),
        "width": node.width,
        "height": node.height,
        "layer": node.layer,
    }
    rare = {
        "owner": node.owner,
        "tags": list(node.tags),
        "critical": node.id in marks.critical,
        "change": marks.changes.get(node.id),
    }
    late = {"slack": slack[node.id]} if node.id in slack else {}
    return always | {name: value for name, value in rare.items() if value} | late


def _edge(edge: PageEdge, numbers: Mapping[str, int]) -> list[int]:
    """The numbers of its nodes, and its way from top to bottom as x, y, x, y, ...; the drawing tells the rest."""
    return [
        numbers[edge.upstream],
        numbers[edge.downstream],
        *(number for point in edge.tb for number in point),
    ]
