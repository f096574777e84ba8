"""An `event` source does not say how its key is computed, or names an EventSource that the Sensors cannot hear.

Nothing is known of what a foreign event holds, so its `key` is read from the payload (`from: jq`) or is the date of its
`finishedAt` (`from: finishedAt`). A Sensor hears the EventSources of its own namespace; those of the graph itself are
none of the author's.

Fails:

    nodes:
      landed: {source: {event: {eventSource: files, event: landed, id: .body.id, finishedAt: .body.at}}}
      report: {run: {workflowTemplate: report}, dependsOn: [landed]}

Passes:

    nodes:
      landed:
        source: {event: {eventSource: files, event: landed, id: .body.id, finishedAt: .body.at}}
        key: {from: jq, jq: .body.day}
      report: {run: {workflowTemplate: report}, dependsOn: [landed]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Node, Source

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such source and mistake."""
    graph = subject.graph
    for node in graph.nodes.values():
        if node.source and node.source.event:
            yield from _key(node, node.source)
            yield from _place(node, node.source, graph.name, graph.namespace)


def _key(node: Node, source: Source) -> Iterator[Diagnostic]:
    if source.key.origin not in ("jq", "finishedAt"):
        yield Diagnostic(
            spot(node, "source", "event", at_key=True),
            "event-source",
            f'the key of event source "{node.id}" is not said',
            "write key: {from: jq, jq: .body.day}, or key: {from: finishedAt}",
        )


def _place(node: Node, source: Source, graph: str, namespace: str) -> Iterator[Diagnostic]:
    if source.namespace != namespace:
        message = f'event source "{node.id}" is in namespace "{source.namespace}", where no Sensor hears it'
        hint = f'put the EventSource into "{namespace}", and remove "namespace"'
        yield Diagnostic(spot(node, "source", "namespace"), "event-source", message, hint)
    if source.name == graph or source.name.startswith(f"{graph}-"):
        message = f'"{source.name}" is a name of the EventSources of the graph itself'
        where = spot(node, "source", "event", "eventSource")
        yield Diagnostic(where, "event-source", message, "name the EventSource of the event otherwise")
