"""Nodes that join have keys of one period: where a weekly or monthly source meets a daily one, it gets daily keys.

A weekly job has a day, too; a daily one has no week. So the join then happens on the days of the weekly one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from depgen.cluster.importing.draft import Draft, Node
from depgen.manifests import mapping

_COARSE = ("week", "month")
KEY_REMARK = "medium: a key every"


def agree(draft: Draft) -> None:
    """Change the keys of sources that would never meet."""
    for group in _joined(draft):
        sources = [node for node in group if "source" in node.body]
        periods = {str(mapping(node.body.get("key")).get("every", "day")) for node in sources}
        if len(periods) < 2:
            continue
        for node in sources:
            rule = dict(mapping(node.body.get("key")))
            if rule.get("every") in _COARSE:
                node.remarks = [one for one in node.remarks if not one.startswith(KEY_REMARK)]
                every = rule.pop("every")
                node.remarks.append(f"low: it fires once a {every}, but is joined with what has daily keys")
                node.body = {**node.body, "key": rule} if rule else {"source": node.body["source"]}


def _joined(draft: Draft) -> Iterator[list[Node]]:
    """The nodes that edges connect, whichever way."""
    beside: dict[str, set[str]] = defaultdict(set)
    for node in draft.nodes.values():
        for upstream in node.edges:
            beside[node.id].add(upstream)
            beside[upstream].add(node.id)
    seen: set[str] = set()
    for start in beside:
        waiting, group = [start], []
        while waiting:
            id_ = waiting.pop()
            if id_ not in seen:
                seen.add(id_)
                group.append(draft.nodes[id_])
                waiting += beside[id_]
        if group:
            yield group
