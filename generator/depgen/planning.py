"""Graph to Plan: which events are watched, which facts go to which ledger, who decides for whom.

A fact goes to the ledgers that need it, and nowhere else: the one of its own partition, those of its downstreams'
partitions, and, for an edge with an offset, those of the shifted key. Two dependencies on one event must stand in
different triggers (Argo Events), so each such mapping has a trigger of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from depgen import expressions, naming
from depgen.alerts import alert_ids, alerts, decision, ledger_event
from depgen.clocks import Striking, clocks
from depgen.model import SAME, Edge, Graph, KeyRule, Node, Source, SourceKind, targets
from depgen.moves import HOME, Move
from depgen.plan import Decision, Event, Plan, Recording, Trigger
from depgen.serving import Serving
from depgen.times import DAILY, Period

# Names of one `in (...)` selector; more make another event, so that no Sensor has to hold all of them.
SELECTOR_BUDGET = 8 * 1024

_COMPLETED = ("workflows.argoproj.io/completed", "==", "true")
_LISTED = {
    "cronWorkflow": ("cron", "workflows.argoproj.io/cron-workflow"),
    "workflowTemplate": ("template", "workflows.argoproj.io/workflow-template"),
}
# Of any period; what is run again has its id behind the key.
_ANY_KEY = "^[0-9]{4,8}([tw][0-9]{2,4}b?)?(-[a-z0-9]+)?$"


def plan(graph: Graph, every: dict[str, Period]) -> Plan:
    """Settle every event, mapping and decision of a graph that has no errors. `every`: the period of each node."""
    return _Planner(graph, every).plan()


def partitions(graph: Graph) -> list[int | None]:
    """The partitions of the graph's ledgers; [None] where there is only one series."""
    return [None] if graph.partitions == 1 else list(range(graph.partitions))


def _clock_triggers(strikings: tuple[Striking, ...]) -> Iterator[Trigger]:
    """One trigger for each face: within it every tick stands once."""
    by_face: dict[str, list[Striking]] = defaultdict(list)
    for striking in strikings:
        by_face[striking.face.suffix].append(striking)
    for suffix, members in sorted(by_face.items()):
        yield Trigger(f"clock{suffix}", members[0].zone, tuple(members))


def _of_partition(partition: int | None) -> list[tuple[str, str, str]]:
    return [] if partition is None else [(naming.LABEL_PARTITION, "==", str(partition))]


def _partition_of_each(graph: Graph) -> dict[str, int | None]:
    if graph.partitions == 1:
        return dict.fromkeys(graph.nodes)
    return {id_: naming.partition_of(id_, graph.partitions) for id_ in graph.nodes}


def _in_order(nodes: list[str]) -> list[str]:
    return sorted(nodes) if len(nodes) > 1 else nodes


class _Planner:
    def __init__(self, graph: Graph, every: dict[str, Period]) -> None:
        self.graph = graph
        self.every = every
        self.outputs = expressions.outputs_read(graph)
        self.runs = [node for node in graph.nodes.values() if node.run]
        self.partition = _partition_of_each(graph)
        self.alerts = tuple(alerts(graph, every, self.partition))
        self.calendars = {id_: graph.calendar(id_) for id_ in graph.nodes} if graph.calendars else {}
        self.renames = {node.id: node.renamed_from for node in graph.nodes.values() if node.renamed_from}
        self.is_used = any(n.is_refreshed or any(e.since_last_run for e in n.reads) for n in self.runs)
        self.wanted = self._wanted()
        # A run of this graph can carry the same labels, or be of the same template: it is no source of its own.
        self._foreign_run = (naming.LABEL_GRAPH, "!=", graph.name)

    def plan(self) -> Plan:
        events, recordings = self._sources()
        recordings += self._foreign_events()
        if self.runs:
            for namespace in targets(self.graph):
                more, done = self._done(namespace)
                events += more
                recordings += done
            events += self._ledgers()
        ticks, strikings = clocks(self.graph, self.every, self.partition)
        return Plan(
            graph=self.graph,
            events=tuple(sorted(events, key=lambda e: e.name)),
            ticks=ticks,
            triggers=(*_clock_triggers(strikings), *self._triggers(recordings)),
            claims=tuple(sorted(e.name for e in events if e.name == "run" or e.name.startswith("run-ns-"))),
            decisions=(*(self._decision(node) for node in self.runs), *self.alerts),
            is_used=self.is_used,
        )

    # ---- which ledgers need which node's facts ----

    def _wanted(self) -> dict[tuple[int | None, Move], set[str]]:
        """(partition, move) -> the nodes whose facts go there."""
        wanted: dict[tuple[int | None, Move], set[str]] = defaultdict(set)
        for id_, partition in self.partition.items():
            wanted[partition, HOME].add(id_)
        for alert in self.alerts:
            wanted[alert.partition, HOME].update(alert_ids(self.graph, alert, self.partition))
        for node in self.runs:
            partition = self.partition[node.id]
            for edge in node.reads:
                if edge.match is SAME:
                    wanted[partition, HOME].add(edge.upstream)
                    continue
                for move in self._serving(node, edge).moves():
                    wanted[partition, move].add(edge.upstream)
        return wanted

    def _serving(self, node: Node, edge: Edge) -> Serving:
        periods = self.every[node.id], self.every[edge.upstream]
        return Serving(edge, *periods, self.calendars.get(node.id), self.calendars.get(edge.upstream))

    def _mappings(self, nodes: Iterable[str]) -> list[tuple[int | None, Move, list[str]]]:
        """(partition, move, those of `nodes` that go there), in a fixed order."""
        known = set(nodes)
        found = [(p, m, sorted(known & wanted)) for (p, m), wanted in self.wanted.items() if known & wanted]
        return sorted(found, key=lambda f: (-1 if f[0] is None else f[0], f[1].kind, f[1].suffix))

    # ---- sources ----

    def _sources(self) -> tuple[list[Event], list[Recording]]:
        events: list[Event] = []
        recordings: list[Recording] = []
        grouped: dict[tuple[str, str], list[tuple[str, Source]]] = defaultdict(list)
        for node in self._listened():
            if node.source and node.source.kind != "event":
                one = (
                    node.id
                    if node.source.kind == "workflows"
                    else node.source.name
                    if node.source.kind == "graph"
                    else ""
                )
                grouped[f"{node.source.kind}/{one}", node.source.namespace].append((node.id, node.source))
        for _, members in sorted(grouped.items()):
            for event, part in self._source_events(members):
                events.append(event)
                recordings += self._recordings(event, part)
        return events, recordings

    def _listened(self) -> Iterator[Node]:
        """The sources; in shadow mode also what the runs replace, whose Workflows are taken for theirs."""
        for node in self.graph.nodes.values():
            if node.replaces and self.graph.is_shadow and node.run:
                key = KeyRule(self.every[node.id], self.graph.zone)
                yield node._replace(source=Source("cronWorkflow", node.replaces, node.run.namespace, key))
            else:
                yield node

    def _source_events(
        self, members: list[tuple[str, Source]]
    ) -> list[tuple[Event, list[tuple[str, Source]]]]:
        id_, first = members[0]
        if first.kind == "workflows":
            selectors = (
                _COMPLETED,
                self._foreign_run,
                *((label, "==", value) for label, value in first.labels),
            )
            return [(self._event(f"labels-{id_}", first.namespace, selectors), members)]
        if first.kind == "graph":
            return [(self._foreign(first), members)]
        base, label = _LISTED[first.kind]
        common = (_COMPLETED,) if first.kind == "cronWorkflow" else (_COMPLETED, self._foreign_run)
        names = sorted({source.name for _, source in members})
        boxes = naming.packed(names, str, lambda name: len(name) + 1, SELECTOR_BUDGET)
        found = []
        for bits, box in boxes.items():
            chosen = set(box)
            event = self._event(
                f"{base}-{bits}" if bits else base,
                first.namespace,
                (*common, (label, "in" if len(box) > 1 else "==", ",".join(sorted(box)))),
            )
            found.append((event, [m for m in members if m[1].name in chosen]))
        return found

    def _event(self, name: str, namespace: str, selectors: tuple[tuple[str, str, str], ...]) -> Event:
        full = name if namespace == self.graph.namespace else f"{name}-ns-{namespace}"
        return Event(naming.bounded(full), "workflows", namespace, ("ADD",), selectors)

    def _foreign(self, source: Source) -> Event:
        name = naming.bounded(f"graph-{source.name}-ns-{source.namespace}")
        return Event(
            name,
            "configmaps",
            source.namespace,
            ("ADD", "UPDATE"),
            ((naming.LABEL_GRAPH, "==", source.name),),
        )

    def _recordings(self, event: Event, members: list[tuple[str, Source]]) -> list[Recording]:
        found = []
        by_rule: dict[KeyRule, dict[str, Source]] = defaultdict(dict)
        for id_, source in members:
            by_rule[source.key][id_] = source
        for rule, sources in by_rule.items():
            for partition, move, nodes in self._mappings(sources):
                identities: dict[str, list[str]] = defaultdict(list)
                for id_ in nodes:
                    source = sources[id_]
                    identities[source.node if source.kind == "graph" else source.name].append(id_)
                found.append(
                    self._recording(
                        event.name,
                        sources[nodes[0]].kind,
                        rule,
                        rule.every.pattern,
                        partition,
                        move,
                        identities,
                    )
                )
        return found

    def _foreign_events(self) -> list[Recording]:
        """Events of other EventSources, each node's by itself: nodes read the same event by expressions of their own."""
        found = []
        for id_, node in self.graph.nodes.items():
            source = node.source
            if source and source.event:
                rule = source.key
                for partition, move, _ in self._mappings([id_]):
                    name = f"event-{id_}{self._suffix(KeyRule(DAILY, rule.zone), partition, move)}"
                    one = self._recording(
                        "", "event", rule, rule.every.pattern, partition, move, {id_: [id_]}
                    )
                    event = source.event
                    found.append(
                        replace(
                            one,
                            name=naming.bounded(name),
                            event=event.name,
                            source=source.name,
                            foreign=event,
                        )
                    )
        return found

    def _recording(
        self,
        event: str,
        kind: SourceKind | Literal["done"],
        rule: KeyRule,
        shape: str,
        partition: int | None,
        move: Move,
        identities: dict[str, list[str]],
        outputs: dict[str, list[str]] | None = None,
    ) -> Recording:
        if outputs is None:
            known = {node for nodes in identities.values() for node in nodes}
            outputs = {node: names for node, names in self.outputs.items() if node in known}
        suffix = self._suffix(rule, partition, move)
        return Recording(
            name=naming.bounded(event + suffix),
            event=event,
            kind=kind,
            graph=self.graph.name,
            zone=self.graph.zone if kind in ("graph", "done") else rule.zone,
            rule=rule,
            shape=shape,
            move=move,
            partition=partition,
            fresh=self.graph.replay_within,
            identities={name: _in_order(identities[name]) for name in sorted(identities)},
            outputs=outputs,
            is_used=self.is_used and kind == "done",
        )

    def _suffix(self, rule: KeyRule, partition: int | None, move: Move) -> str:
        """Tells the mappings of one event apart; empty for the plain one."""
        plain = (KeyRule(DAILY, rule.zone), KeyRule(DAILY, rule.zone, "label", naming.LABEL_KEY))
        parts = [] if rule in plain else [f"k{naming.stable_hash(repr(rule)) >> 40:06x}"]
        if partition is not None:
            parts.append(f"p{partition}")
        if move.suffix:
            parts.append(move.suffix)
        return "".join(f"-{part}" for part in parts)

    # ---- the graph's own runs ----

    def _done(self, namespace: str) -> tuple[list[Event], list[Recording]]:
        mine = (naming.LABEL_GRAPH, "==", self.graph.name)
        done = self._event("done", namespace, (_COMPLETED, mine))
        run = self._event("run", namespace, (mine, ("workflows.argoproj.io/completed", "!=", "true")))
        here = {n.id for n in self.runs if n.run and n.run.namespace == namespace}
        for alert in self.alerts:
            if alert.node.run and alert.node.run.namespace == namespace:
                here.update(alert_ids(self.graph, alert, self.partition))
        recordings = []
        for partition, move, nodes in self._mappings(here):
            if move == HOME:
                recordings.append(self._own(done.name, partition, move, nodes, DAILY, _ANY_KEY))
                continue
            for period in sorted({self.every[id_] for id_ in nodes}, key=lambda p: p.text):
                chosen = [id_ for id_ in nodes if self.every[id_] == period]
                recordings.append(self._own(done.name, partition, move, chosen, period, period.pattern))
        return [done, run], recordings

    def _own(
        self, event: str, partition: int | None, move: Move, nodes: list[str], period: Period, shape: str
    ) -> Recording:
        rule = KeyRule(period, self.graph.zone, "label", naming.LABEL_KEY)
        everyone = partition is None and move == HOME
        identities = {} if everyone else {id_: [id_] for id_ in nodes}
        outputs = {id_: self.outputs[id_] for id_ in nodes if id_ in self.outputs}
        return self._recording(event, "done", rule, shape, partition, move, identities, outputs)

    def _ledgers(self) -> list[Event]:
        mine = (naming.LABEL_GRAPH, "==", self.graph.name)
        namespace = self.graph.namespace
        deciding = {self.partition[node.id] for node in self.runs}
        return [
            Event(ledger_event(p), "configmaps", namespace, ("ADD", "UPDATE"), (mine, *_of_partition(p)))
            for p in partitions(self.graph)
            if p is None or p in deciding
        ]

    def _decision(self, node: Node) -> Decision:
        plain = decision(self.graph, node, self.every[node.id], self.partition[node.id])
        renames = self._renames(node) if self.renames else ()
        if not renames and not self.calendars and node.edges.is_plain and not node.depends_on_past:
            return plain
        servings = tuple(self._serving(node, edge) for edge in node.reads)
        return plain._replace(servings=servings, calendar=self.calendars.get(node.id), renames=renames)

    def _renames(self, node: Node) -> tuple[tuple[str, str], ...]:
        about = sorted({node.id, *(edge.upstream for edge in node.reads)})
        return tuple((id_, self.renames[id_]) for id_ in about if id_ in self.renames)

    # ---- triggers ----

    def _triggers(self, recordings: list[Recording]) -> tuple[Trigger, ...]:
        """One trigger for each zone and mapping: within it every event stands once."""
        grouped: dict[tuple[str, str], list[Recording]] = defaultdict(list)
        for recording in recordings:
            name = (
                "record" + recording.name.removeprefix(recording.event)
                if len(recording.name) < 63 and not recording.foreign
                else recording.name
            )
            grouped[recording.zone, name].append(recording)
        return tuple(
            Trigger(name, zone, tuple(sorted(members, key=lambda r: r.name)))
            for (zone, name), members in sorted(grouped.items())
        )
