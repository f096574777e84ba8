"""What a graph leaves in its cluster: ledgers, and the Workflows that they speak of.

Which Workflows those are is read from the rendered EventSource: what the Sensors hear of, and nothing else, can be
in a ledger.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import naming
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Cluster, Object
from depgen.runnable import Runnable


def ledgers(cluster: Cluster, graph: Runnable) -> Iterator[Object]:
    """Every ledger of the graph, whatever its key."""
    yield from cluster.list(CONFIG_MAPS, graph.namespace, f"{naming.LABEL_GRAPH}={graph.graph}")


def workflows(cluster: Cluster, graph: Runnable) -> Iterator[Object]:
    """The graph's own Workflows, running or not, and those of its sources; one of two sources comes twice."""
    own = f"{naming.LABEL_GRAPH}={graph.graph}"
    events = {
        (event.namespace, own if own in event.selector.split(",") else event.selector)
        for event in (recorder.event for recorder in (*graph.recorders, *graph.claimers))
        if event.resource == WORKFLOWS.plural
    }
    for namespace, selector in sorted(events):
        yield from cluster.list(WORKFLOWS, namespace, selector)
