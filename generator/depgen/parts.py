"""One node for each upstream: what `per: upstream` makes of a node, and what it makes no sense of.

Everything behind the model knows only the parts; `of` of each says which node was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from depgen import naming
from depgen.diagnostics import Diagnostic, Place
from depgen.model import TRIGGER, FromUpstream, Group, Node


def parts(node: Node, data: Mapping[str, Any], found: list[Diagnostic]) -> Sequence[Node]:
    """The node itself, or with `per: upstream` one for each of its upstreams."""
    if data.get("per") != "upstream":
        return (node,)
    _check_parts(node, data, found)
    return [
        node._replace(id=naming.per_upstream(node.id, edge.upstream), edges=Group((edge,)), of=node.id)
        for edge in node.edges.leaves
    ]


def _check_parts(node: Node, data: Mapping[str, Any], found: list[Diagnostic]) -> None:
    """What means nothing where every edge makes a run of its own."""

    def report(steps: tuple[str | int, ...], message: str, hint: str) -> None:
        found.append(
            Diagnostic(Place(node.place.path, (*node.place.route, *steps)), "per-upstream", message, hint)
        )

    for name in ("mode", "minSatisfied"):
        if name in data:
            report(
                (name,),
                f'"{name}" with "per: upstream", where each upstream is enough for its own run',
                "remove it",
            )
    if any(isinstance(member, Group) for member in node.edges.members):
        report(("dependsOn",), 'a group of edges with "per: upstream"', "list the upstreams without groups")
    upstreams = [edge.upstream for edge in node.edges.leaves]
    for number, name in enumerate(upstreams):
        if name in upstreams[:number]:
            report(
                ("dependsOn", number),
                f'"{name}" is there twice, and would make two runs of one name',
                "remove one",
            )
    for name, param in node.run.params if node.run else ():
        if isinstance(param, FromUpstream) and param.node != TRIGGER:
            message = f'with "per: upstream" only some of the runs have the upstream "{param.node}"'
            report(("run", "params", name, "from"), message, "write from: $trigger")
