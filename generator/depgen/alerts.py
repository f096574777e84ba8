"""Runs that are no nodes of the graph: they tell of a clock that a node missed, or of a run that failed.

An alert is decided like a node and is submitted once a key, under a name of its own; the node itself goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, cast

from depgen import naming
from depgen.model import Graph, Node, Run
from depgen.plan import Alert, Decision
from depgen.times import DAILY, Period


def decision(graph: Graph, node: Node, every: Period, partition: int | None) -> Decision:
    """One node of a submit Sensor."""
    return Decision(
        node=node,
        graph=graph.name,
        namespace=graph.namespace,
        every=every,
        zone=graph.zone,
        event=ledger_event(partition),
        partition=partition,
        fresh=graph.replay_within,
        is_shadow=graph.is_shadow,
    )


def ledger_event(partition: int | None) -> str:
    """The event of the ledgers of a partition."""
    return "ledger" if partition is None else f"ledger-p{partition}"


def alerts(
    graph: Graph, every: Mapping[str, Period], partition: Mapping[str, int | None]
) -> Iterator[Decision]:
    """The alerts of a graph; none in shadow mode, where they would tell of what others do."""
    if graph.is_shadow:
        return
    runs = [node for node in graph.nodes.values() if node.run]
    for node in runs:
        for kind in _missable(node):
            assert node.on_miss
            own = decision(graph, node, every[node.id], partition[node.id])
            yield _missed(own, node.on_miss, kind)
    if graph.on_failure:
        others = tuple(naming.alert(n.id, kind) for n in runs for kind in _missable(n))
        periods = {every[node.id] for node in runs}
        period = periods.pop() if len(periods) == 1 else DAILY
        for number in sorted({partition[node.id] for node in runs}, key=lambda p: p or 0):
            node = Node(naming.on_failure(number), graph.place, run=graph.on_failure)
            yield decision(graph, node, period, number)._replace(alert=Alert("failed", others=others))


def _missable(node: Node) -> list[Literal["late", "missed"]]:
    """The clocks of a node whose miss is told of."""
    times = (("late", node.start_by), ("missed", node.deadline))
    return [cast(Literal["late", "missed"], kind) for kind, time in times if time and node.on_miss]


def alert_ids(graph: Graph, alert: Decision, partition: Mapping[str, int | None]) -> list[str]:
    """The values of the node label that the runs of an alert carry."""
    if alert.alert and alert.alert.of:
        return [alert.node.id]
    here = (n.id for n in graph.nodes.values() if n.run and partition[n.id] == alert.partition)
    return [naming.alert(id_, "failed") for id_ in here]


def _missed(own: Decision, run: Run, kind: Literal["late", "missed"]) -> Decision:
    node = own.node
    alert = Node(
        naming.alert(node.id, kind),
        node.place,
        run=run,
        active_from=node.active_from,
        active_until=node.active_until,
        is_suspended=node.is_suspended,
        notes=node.notes,
    )
    return own._replace(node=alert, alert=Alert(kind, node.id))
