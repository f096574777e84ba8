"""Two versions of a graph, as models: nodes, edges and fields that differ.

Edges are told apart by their upstream; of several edges on one upstream, equal ones are paired first and the others in
the order they are written. A node that was renamed without saying so looks like one removed and one added.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property

from depgen.analyse import analyse
from depgen.diff import calendar_days, effects, flat, values
from depgen.diff.change import Change, Effect
from depgen.diff.effects import Verdict
from depgen.model import Edge, Graph, Node
from depgen.naming import partition_of

_DAY = re.compile(r"(calendars\..+)\.(\d{4}-\d{2}-\d{2})")


def compare(before: Mapping[str, Graph], after: Mapping[str, Graph]) -> Iterator[Change]:
    """Every change between graphs by name, in the order of names."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old and new:
            yield from _graph(old, new)
        elif new:
            yield Change(name, "", "", "", None, _size(new), Effect.SAFE, "keys that begin from now on")
        elif old:
            note = "its nodes never run again; ledgers stay until somebody deletes them"
            yield Change(name, "", "", "", _size(old), None, Effect.NEVER, note)


def _size(graph: Graph) -> str:
    return f"{len(graph.nodes)} node{'s' * (len(graph.nodes) != 1)} in {graph.namespace}"


class _Versions:
    """Two versions of one graph, and what has to be known of both to judge a node."""

    def __init__(self, old: Graph, new: Graph) -> None:
        self.old, self.new = old, new
        self.renamed = {
            node.renamed_from: node.id
            for node in new.nodes.values()
            if node.renamed_from in old.nodes
            and node.renamed_from not in new.nodes
            and node.id not in old.nodes
        }
        self.former = {new_id: old_id for old_id, new_id in self.renamed.items()}

    @cached_property
    def served(self) -> frozenset[object]:
        """Which completions went to which ledgers: by upstream, match, and the period and partition of a reader."""
        every = analyse(self.old).every
        return frozenset(
            (edge.upstream, edge.match, every.get(node.id), partition_of(node.id, self.old.partitions))
            for node in self.old.nodes.values()
            for edge in node.edges.leaves
        )

    @cached_property
    def every(self) -> Mapping[str, object]:
        """The period of each node of the new version."""
        return analyse(self.new).every

    def without_homes(self, before: flat.Texts, after: flat.Texts) -> tuple[flat.Texts, flat.Texts]:
        """Fields without those that only follow from the graph's own namespace and timezone."""
        homes = {
            ".namespace": (self.old.namespace, self.new.namespace),
            ".timezone": (self.old.zone, self.new.zone),
        }
        follows = {
            name
            for name in before.keys() & after.keys()
            for ending, both in homes.items()
            if name.endswith(ending) and (before[name], after[name]) == both
        }
        kept = [
            {name: text for name, text in texts.items() if name not in follows} for texts in (before, after)
        ]
        return kept[0], kept[1]


def _graph(old: Graph, new: Graph) -> Iterator[Change]:
    versions = _Versions(old, new)
    texts = versions.without_homes(flat.of_graph(old), flat.of_graph(new))
    changes = _days(_changes(effects.GRAPH, (new.name, "", ""), *texts))
    for change in calendar_days.judged(old, new, changes):
        is_kept_longer = change.field == "keep" and new.keep.longest > old.keep.longest
        yield change._replace(effect=Effect.SAFE, note="") if is_kept_longer else change
    for id_ in sorted(old.nodes.keys() | new.nodes.keys()):
        if id_ in versions.renamed:
            continue
        was, now = old.nodes.get(versions.former.get(id_, id_)), new.nodes.get(id_)
        if was and now:
            yield from _node(versions, was, now)
        elif now:
            yield _added(versions, now)
        elif was:
            yield _removed(versions, was)


def _changes(
    table: Mapping[str, effects.Entry], of: tuple[str, str, str], before: flat.Texts, after: flat.Texts
) -> Iterator[Change]:
    for field in sorted(before.keys() | after.keys()):
        old, new = before.get(field), after.get(field)
        if old != new:
            effect, note = effects.verdict(table, field, old, new)
            default = flat.DEFAULTS.get(field)
            yield Change(*of, field, old or default, new or default, effect, note)


def _days(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, with those of single days of a calendar as one."""
    days: dict[str, list[tuple[str, Change]]] = defaultdict(list)
    for change in changes:
        if found := _DAY.fullmatch(change.field):
            days[found[1]].append((found[2], change))
        else:
            yield change
    for field, members in days.items():
        before = ", ".join(f"{day} {c.before}" for day, c in members if c.before)
        after = ", ".join(f"{day} {c.after}" for day, c in members if c.after)
        first = members[0][1]
        yield first._replace(field=f"{field}.dates", before=before or None, after=after or None)


# ---- nodes ----


def _node(versions: _Versions, was: Node, now: Node) -> Iterator[Change]:
    of = (versions.new.name, now.id, "")
    if was.id != now.id:
        note = "its entries and runs still count; what was queued for it is lost"
        yield Change(*of, "id", was.id, now.id, Effect.SWEEP, note)
    texts = versions.without_homes(flat.of_node(was), flat.of_node(now))
    yield from _changes(effects.NODE, of, *texts)
    yield from _edges(versions, was, now)


def _added(versions: _Versions, node: Node) -> Change:
    of = (versions.new.name, node.id, "", "", None, flat.title(node))
    gone = (n for n in versions.old.nodes.values() if n.id not in versions.new.nodes and _is_alike(n, node))
    if alike := next(gone, None):
        note = f"if it is node {alike.id} with a new name, write renamedFrom: {alike.id}: else keys of the last minutes can run again"
        return Change(*of, Effect.AGAIN, note)
    if node.source:
        return Change(
            *of, Effect.SAFE, "its completions are recorded from now on, and earlier ones by the next sweep"
        )
    within = values.of_seconds(versions.new.replay_within)
    note = f"of keys that are complete already, only those of the last {within} run, with the next sweep"
    return Change(*of, Effect.SAFE, note)


def _removed(versions: _Versions, node: Node) -> Change:
    of = (versions.new.name, node.id, "", "", flat.title(node), None)
    if node.source:
        return Change(*of, Effect.SAFE, "its completions are not recorded any more")
    return Change(*of, Effect.NEVER, "keys that wait never run; a run that is under way goes on")


def _is_alike(one: Node, other: Node) -> bool:
    """Whether one node could be the other with another name."""
    if (one.source is None) != (other.source is None):
        return False
    edges = [
        sorted((edge.upstream, sorted(flat.of_edge(edge).items())) for edge in node.edges.leaves)
        for node in (one, other)
    ]
    return (one.source, one.run) == (other.source, other.run) and edges[0] == edges[1]


# ---- edges ----


def _edges(versions: _Versions, was: Node, now: Node) -> Iterator[Change]:
    before, after = _by_upstream(was, versions.renamed), _by_upstream(now, {})
    graph, loosened = versions.new.name, effects.EDGE["window"].removed
    for upstream in sorted(before.keys() | after.keys()):
        of = (graph, now.id, upstream)
        for one, other in _paired(before.get(upstream, []), after.get(upstream, [])):
            if one and other:
                yield from _changes(effects.EDGE, of, flat.of_edge(one), flat.of_edge(other))
            elif other:
                yield Change(*of, "", None, _conditions(other), *_of_new_edge(versions, now, other))
            elif one:
                yield Change(*of, "", _conditions(one), None, *loosened)
    kept = before.keys() & after.keys()
    joined = [_joined(node, kept, renamed) for node, renamed in ((was, versions.renamed), (now, {}))]
    if joined[0] != joined[1]:
        yield Change(graph, now.id, "", "dependsOn", joined[0], joined[1], *loosened)
    elif was.edges.need != now.edges.need:
        yield Change(graph, now.id, "", "mode", _mode(was), _mode(now), *loosened)


def _joined(node: Node, kept: Set[str], renamed: Mapping[str, str]) -> str:
    """How the edges that both versions have are joined; "" of fewer than two."""
    return flat.expression(node.edges, kept, renamed) if len(kept) > 1 else ""


def _mode(node: Node) -> str:
    need = node.edges.need
    return "all" if need == 0 else "any" if need == 1 else f"at least {need}"


def _by_upstream(node: Node, renamed: Mapping[str, str]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in node.edges.leaves:
        found.setdefault(renamed.get(edge.upstream, edge.upstream), []).append(edge)
    return found


def _paired(before: list[Edge], after: list[Edge]) -> Iterator[tuple[Edge | None, Edge | None]]:
    """Equal ones with each other, the others in their order."""
    rest = list(after)
    alone = []
    for edge in before:
        same = next((other for other in rest if flat.of_edge(other) == flat.of_edge(edge)), None)
        if same is None:
            alone.append(edge)
        else:
            rest.remove(same)
    for index in range(max(len(alone), len(rest))):
        yield alone[index] if index < len(alone) else None, rest[index] if index < len(rest) else None


def _conditions(edge: Edge) -> str:
    """`success`, or `failure, match {offset: -1}`."""
    texts = flat.of_edge(edge)
    status = texts.pop("status", "success")
    return ", ".join([status, *(f"{name} {text}" for name, text in texts.items())])


def _of_new_edge(versions: _Versions, node: Node, edge: Edge) -> Verdict:
    """Of an edge that keys under way wait for as well: whether its facts are in their ledgers."""
    upstream = versions.former.get(edge.upstream, edge.upstream)
    place = partition_of(node.id, versions.new.partitions)
    if (upstream, edge.match, versions.every.get(node.id), place) in versions.served:
        told = "what is recorded of it counts"
    else:
        told = "the next sweep records what it finished while its Workflows exist"
    return Verdict(Effect.SWEEP, f"keys that wait, wait for {edge.upstream} too; {told}")
