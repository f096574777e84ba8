"""Follows one Workflow up to what it was fired on and down to what was fired on it.

A run carries what it was fired on in an annotation. Once its Workflow is deleted, the ledger is left: then its decide
program is asked which facts it would be fired on now, which differs only if something ended again since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from depgen import naming
from depgen.cluster import keytimes
from depgen.cluster.api import WORKFLOWS, Cluster, Object
from depgen.cluster.causes import Cause, causes
from depgen.cluster.entries import Fact, Hand, latest
from depgen.cluster.lineage import Lineage, Link, Place, Step
from depgen.cluster.recorded import ALERTS, Recorded, base, recorded
from depgen.cluster.states import Subject, ask
from depgen.errors import InputError
from depgen.model import Edge, Node, leaves


def trace(cluster: Cluster, subjects: Sequence[Subject], workflow: str, namespace: str = "") -> Lineage:
    """The lineage of a Workflow that a ledger names, or that depgen submitted; `namespace` "" is any.

    InputError if it is neither, or if it has a place in several graphs that do not lead to each other.
    """
    return _Tracer(cluster, subjects).lineage(workflow, namespace)


class _Tracer:
    """Reads each object at most once."""

    def __init__(self, cluster: Cluster, subjects: Sequence[Subject]) -> None:
        self.cluster = cluster
        self.known = {(s.graph.namespace, s.graph.name): recorded(cluster, s) for s in subjects}
        self.objects: dict[tuple[str, str], Object | None] = {}
        self.above: dict[Place, tuple[Link, ...]] = {}

    def lineage(self, workflow: str, namespace: str) -> Lineage:
        root = self.root(workflow, namespace)
        found = Lineage(root, self.of(root).subject.graph.zone)
        self._follow(root, found.earlier, self.earlier, lambda link: link.earlier)
        self._follow(root, found.later, self.later, lambda link: link.later)
        found.steps = {place: self.step(place) for place in sorted({*found.earlier, *found.later})}
        return found

    def _follow(
        self,
        root: Place,
        found: dict[Place, tuple[Link, ...]],
        links: Callable[[Place], tuple[Link, ...]],
        other: Callable[[Link], Place],
    ) -> None:
        """Fill `found` with the links of each place that can be come to from `root`."""
        waiting = [root]
        while waiting:
            place = waiting.pop()
            if place not in found:
                found[place] = links(place)
                waiting += map(other, found[place])

    def of(self, place: Place) -> Recorded:
        """What is known of the graph of a place."""
        return self.known[place.namespace, place.graph]

    # ---- where it begins ----

    def root(self, workflow: str, namespace: str) -> Place:
        """The place that a Workflow has: a run's rather than that of a source which listens to it in another graph."""
        found = [
            known.place(node, known.key_of(node, key, workflow), workflow)
            for known in self.known.values()
            for (node, key), facts in known.facts.items()
            if any(fact.workflow == workflow for fact in facts)
            and namespace in ("", known.namespace_of(node))
        ]
        found = found or list(self._labelled(workflow, namespace))
        first = [place for place in found if not self._is_relayed(place)]
        if not first:
            names = ", ".join(sorted(graph for _, graph in self.known))
            raise InputError(
                f"no ledger of {names} names Workflow {workflow}; if it is of a source, depgen reconcile records it"
            )
        return min(first)

    def _is_relayed(self, place: Place) -> bool:
        node = self.of(place).subject.graph.nodes.get(place.node)
        return bool(node and node.source and self._other(node.source.namespace, node.source.name, node))

    def _labelled(self, workflow: str, namespace: str) -> Iterator[Place]:
        """The place that the labels of a run tell, of which there is no claim yet."""
        for known in self.known.values():
            graph = known.subject.graph
            spaces = {known.namespace_of(id_) for id_, node in graph.nodes.items() if node.run}
            for space in sorted(spaces):
                if namespace not in ("", space):
                    continue
                labels = ((self.object(space, workflow) or {}).get("metadata") or {}).get("labels") or {}
                if labels.get(naming.LABEL_GRAPH) == graph.name and naming.LABEL_NODE in labels:
                    key = str(labels.get(naming.LABEL_KEY, ""))
                    yield known.place(str(labels[naming.LABEL_NODE]), key, workflow)

    # ---- upwards ----

    def earlier(self, place: Place) -> tuple[Link, ...]:
        """What a place was fired on."""
        if place not in self.above:
            self.above[place] = tuple(dict.fromkeys(self._earlier(place)))
        return self.above[place]

    def _earlier(self, place: Place) -> Iterator[Link]:
        known = self.of(place)
        node = known.subject.graph.nodes.get(place.node)
        if node is None:
            alerted = known.alerted(place.node)
            if alerted:
                yield Link(self._newest(known, alerted, place.key), place, is_written=True)
        elif node.source:
            there = self._other(node.source.namespace, node.source.name, node)
            if there:
                yield Link(there.place(node.source.node, place.key, place.workflow), place, is_written=True)
        elif known.subject.is_key(node.id, base(place.key)):
            yield from self._edges(known, node, place)

    def _other(self, namespace: str, name: str, node: Node) -> Recorded | None:
        """The graph whose node a source listens to, if it was given."""
        is_graph = node.source is not None and node.source.kind == "graph"
        return self.known.get((namespace, name)) if is_graph else None

    def _edges(self, known: Recorded, node: Node, place: Place) -> Iterator[Link]:
        ledger = known.ledgers.of(known.subject, node.id, place.key)
        written = list(self.causes(place))
        is_written = bool(written)
        told = ask(known.subject, node, ledger).edges
        for edge, said in zip(leaves(node.edges), told, strict=True):
            hand = ledger.hand("satisfy", node.id, edge.upstream)
            for key, one in _read(known.subject, edge, place.key, said):
                if is_written:
                    cause = _cause(written, known.facts[edge.upstream, key], hand)
                    if cause:
                        written.remove(cause)
                        above = _upstream(known, edge, key, cause.workflow)
                        yield Link(above, place, cause.hand, is_written=True)
                elif one.get("ok"):
                    yield Link(_upstream(known, edge, key, str(one.get("workflow") or "")), place, hand)
        for cause in written:
            if cause.workflow:  # of a node that the graph no longer has, or whose fact is gone
                yield Link(known.place("", "", cause.workflow), place, cause.hand, is_written=True)

    def causes(self, place: Place) -> tuple[Cause, ...]:
        """What the Workflow itself says it was fired on; nothing if it is gone."""
        found = self.object(self.of(place).namespace_of(place.node), place.workflow)
        annotations = ((found or {}).get("metadata") or {}).get("annotations") or {}
        return causes(place.node, str(annotations.get(naming.ANNOTATION_CAUSE, "")))

    # ---- downwards ----

    def later(self, place: Place) -> tuple[Link, ...]:
        """What was fired on a place."""
        return tuple(sorted(dict.fromkeys(self._later(place)), key=lambda link: link.later))

    def _later(self, place: Place) -> Iterator[Link]:
        known = self.of(place)
        for candidate in self._candidates(known, place):
            yield from (link for link in self.earlier(candidate) if link.earlier == place)

    def _candidates(self, known: Recorded, place: Place) -> Iterator[Place]:
        """What may have been fired on a place: runs with an edge on its node, its alerts, nodes of other graphs."""
        subject = known.subject
        for node in subject.graph.nodes.values():
            for edge in leaves(node.edges):
                if edge.upstream == place.node and subject.is_key(place.node, base(place.key)):
                    for key in self._served(known, edge, place):
                        yield from known.places(node.id, key)
        for kind in ALERTS:
            if f"{place.node}-{kind}" not in subject.graph.nodes:
                yield from known.places(f"{place.node}-{kind}", place.key)
        for other in self.known.values():
            for node in other.subject.graph.nodes.values():
                source = node.source
                if (
                    source
                    and self._other(source.namespace, source.name, node) is known
                    and source.node == place.node
                ):
                    yield from (p for p in other.places(node.id, place.key) if p.workflow == place.workflow)

    def _served(self, known: Recorded, edge: Edge, place: Place) -> Iterable[str]:
        """The keys of the node of an edge that a place may have served."""
        if known.subject.graph.distance(edge) is not None:
            return known.keys_like(_moved(known.subject, edge, place.key, -edge.offset))
        holding = (one.key for one in known.ledgers.values() if one.facts_of(edge.upstream, place.key))
        return dict.fromkeys(holding)

    # ---- a place ----

    def step(self, place: Place) -> Step:
        """What is known of a place."""
        known = self.of(place)
        node = known.subject.graph.nodes.get(place.node)
        facts = [f for f in known.facts[place.node, place.key] if f.workflow == place.workflow]
        fact = latest(facts)
        found = self.object(known.namespace_of(place.node), place.workflow)
        phase = str(((found or {}).get("status") or {}).get("phase") or "")
        return Step(
            place,
            phase=(fact.phase if fact and not fact.is_claim else phase) or (fact.phase if fact else ""),
            finished_at=fact.finished_at if fact else "",
            is_source=node is not None and node.source is not None,
            is_there=found is not None,
            reason=fact.reason if fact else "",
            by=fact.by if fact else "",
            why=fact.why if fact else "",
            hands=self._hands(known, node, place),
        )

    def _hands(self, known: Recorded, node: Node | None, place: Place) -> tuple[Hand, ...]:
        """Who fired a run, as its Workflow says, or else as its ledger does now."""
        if node is None or node.run is None or not place.workflow:
            return ()
        written = [c.hand for c in self.causes(place) if c.hand and c.hand.verb == "fire"]
        ledger = known.ledgers.of(known.subject, node.id, place.key)
        return tuple(written or [hand for hand in ledger.hands(node.id) if hand.verb == "fire"])

    def _newest(self, known: Recorded, node: str, key: str) -> Place:
        """The last that ended of a node and key."""
        fact = latest(known.facts[node, key])
        return known.place(node, key, fact.workflow if fact else "")

    def object(self, namespace: str, workflow: str) -> Object | None:
        """A Workflow, if it is in the cluster."""
        place = (namespace, workflow)
        if workflow and place not in self.objects:
            self.objects[place] = self.cluster.get(WORKFLOWS, namespace, workflow)
        return self.objects.get(place)


def _cause(written: list[Cause], facts: list[Fact], hand: Hand | None) -> Cause | None:
    """What a Workflow was fired on that is of one upstream: an end of it, or an operator's hand."""
    workflows = {fact.workflow for fact in facts if fact.workflow}
    outcomes = {fact.finished_at for fact in facts if fact.is_outcome}
    for cause in written:
        if cause.workflow in workflows or (not cause.workflow and cause.finished_at in outcomes):
            return cause
        if (
            cause.hand
            and hand
            and (cause.hand.at, cause.hand.by, cause.hand.why) == (hand.at, hand.by, hand.why)
        ):
            return cause
    return None


def _upstream(known: Recorded, edge: Edge, key: str, workflow: str) -> Place:
    return known.place(
        edge.upstream, known.key_of(edge.upstream, key, workflow) if workflow else key, workflow
    )


def _read(
    subject: Subject, edge: Edge, key: str, said: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The upstream's keys that an edge reads, and what its program says of each."""
    if "each" in said:
        yield from ((str(one["key"]), one) for one in said["each"])
    elif "key" in said:
        yield str(said["key"]), said
    else:
        yield _moved(subject, edge, key, edge.offset), said


def _moved(subject: Subject, edge: Edge, key: str, steps: int) -> str:
    """The key at the other end of an edge; runs that are made again look at other keys as they were."""
    return keytimes.moved(base(key), subject.every(edge.upstream), steps) if steps else key
