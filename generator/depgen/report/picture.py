"""A graph as a picture: mermaid for READMEs and pull requests, dot for Graphviz, JSON for everything else.

Sources are rounded, runs are boxes, and an arrow points from upstream to downstream. An arrow without a label
means what is usual: the upstream succeeded, for the same key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from depgen.report.display import visible
from depgen.summary import EdgeSummary, GraphSummary, GroupSummary, NodeSummary

VERSION = 1


@dataclass(frozen=True, slots=True)
class _Arrow:
    start: str
    end: str
    label: str


@dataclass(frozen=True, slots=True)
class _Shape:
    """`kind`: source, run, or join for a group that is not simply all of a node's edges."""

    id: str
    kind: str
    lines: tuple[str, ...]


def mermaid(graphs: Iterable[GraphSummary]) -> str:
    """A flowchart; several graphs become subgraphs."""
    graphs = tuple(graphs)
    lines = ["flowchart LR"]
    for graph in graphs:
        shapes, arrows = _drawn(graph)
        body = [f"  {_mermaid_shape(shape)}" for shape in shapes] + [
            f"  {_mermaid_arrow(arrow)}" for arrow in arrows
        ]
        if len(graphs) > 1:
            title = _mermaid_text(graph.name)
            body = [
                f'  subgraph {_word("g", graph.name)}["{title}"]',
                *(f"  {line}" for line in body),
                "  end",
            ]
        lines += body
    return "\n".join(lines) + "\n"


def dot(graphs: Iterable[GraphSummary]) -> str:
    """A digraph; several graphs become clusters."""
    graphs = tuple(graphs)
    lines = ["digraph depgen {", "  rankdir=LR", "  node [shape=box]"]
    for graph in graphs:
        shapes, arrows = _drawn(graph)
        body = [f"  {_dot_shape(shape)}" for shape in shapes] + [f"  {_dot_arrow(arrow)}" for arrow in arrows]
        if len(graphs) > 1:
            opening = [f"  subgraph {_word('cluster', graph.name)} {{", f"    label={_dot_text(graph.name)}"]
            body = [*opening, *(f"  {line}" for line in body), "  }"]
        lines += body
    return "\n".join([*lines, "}\n"])


def as_json(graphs: Iterable[GraphSummary]) -> str:
    """`{version, graphs: [{name, namespace, timezone, nodes: [{id, kind, what, extras, waitsFor}]}]}`."""
    drawn = [
        {
            "name": graph.name,
            "namespace": graph.namespace,
            "timezone": graph.timezone,
            "nodes": [_json_node(node) for node in graph.nodes],
        }
        for graph in graphs
    ]
    return json.dumps({"version": VERSION, "graphs": drawn}, indent=2) + "\n"


RENDERERS: Mapping[str, Callable[[Iterable[GraphSummary]], str]] = MappingProxyType(
    {"mermaid": mermaid, "dot": dot, "json": as_json}
)


def _drawn(graph: GraphSummary) -> tuple[list[_Shape], list[_Arrow]]:
    shapes: list[_Shape] = []
    arrows: list[_Arrow] = []
    for node in graph.nodes:
        id_ = _id(graph, node.id)
        shapes.append(_Shape(id_, "source" if node.is_source else "run", (node.id, node.what, *node.extras)))
        waits_for = node.waits_for if node.waits_for.is_all else GroupSummary((node.waits_for,))
        _draw_members(graph, waits_for, id_, shapes, arrows)
    return shapes, arrows


def _draw_members(
    graph: GraphSummary, group: GroupSummary, end: str, shapes: list[_Shape], arrows: list[_Arrow]
) -> None:
    for number, member in enumerate(group.members):
        if isinstance(member, EdgeSummary):
            arrows.append(_Arrow(_id(graph, member.node), end, _label(member)))
        else:
            join = _Shape(f"j{number}_{end}", "join", (member.words,))
            shapes.append(join)
            arrows.append(_Arrow(join.id, end, ""))
            _draw_members(graph, member, join.id, shapes, arrows)


def _label(edge: EdgeSummary) -> str:
    status = () if edge.status == "success" else (edge.status,)
    return ", ".join((*status, *edge.extras))


def _id(graph: GraphSummary, node: str) -> str:
    return _word("n", f"{graph.name}-{node}")


def _word(prefix: str, name: str) -> str:
    """An identifier that is no keyword of any picture language; different names stay different."""
    return f"{prefix}_" + re.sub("[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", name).replace(
        "-", "_"
    )


def _mermaid_shape(shape: _Shape) -> str:
    text = "<br/>".join(map(_mermaid_text, shape.lines))
    left, right = {"source": ("(", ")"), "run": ("[", "]"), "join": ("{{", "}}")}[shape.kind]
    return f'{shape.id}{left}"{text}"{right}'


def _mermaid_arrow(arrow: _Arrow) -> str:
    label = f'|"{_mermaid_text(arrow.label)}"|' if arrow.label else ""
    return f"{arrow.start} -->{label} {arrow.end}"


def _mermaid_text(text: str) -> str:
    # Mermaid writes entities as #quot; instead of &quot; and reads markdown between backticks.
    return re.sub(r'["#<>&`\\]', lambda found: f"#{ord(found[0])};", visible(text))


def _dot_shape(shape: _Shape) -> str:
    style = {"source": ", style=rounded", "run": "", "join": ", shape=hexagon"}[shape.kind]
    return f"{shape.id} [label={_dot_text(*shape.lines)}{style}]"


def _dot_arrow(arrow: _Arrow) -> str:
    label = f" [label={_dot_text(arrow.label)}]" if arrow.label else ""
    return f"{arrow.start} -> {arrow.end}{label}"


def _dot_text(*lines: str) -> str:
    escaped = (visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + r"\n".join(escaped) + '"'


def _json_node(node: NodeSummary) -> dict[str, object]:
    return {
        "id": node.id,
        "kind": "source" if node.is_source else "run",
        "what": node.what,
        "extras": list(node.extras),
        "waitsFor": _json_group(node.waits_for),
    }


def _json_group(group: GroupSummary) -> dict[str, object]:
    members = [
        {"node": member.node, "status": member.status, "extras": list(member.extras)}
        if isinstance(member, EdgeSummary)
        else _json_group(member)
        for member in group.members
    ]
    return {"need": group.need or len(group.members), "of": members}
