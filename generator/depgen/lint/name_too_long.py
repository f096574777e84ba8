"""A name that would be made is longer than the 63 characters Kubernetes allows.

A submitted Workflow is named `<graph>-<node>-<key>`; a key has 6 (month) to 14 characters (minutes), and `onRerun` adds
up to 4. The record Sensor
of a source in another time zone has the zone in its name.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      load-orders-and-returns-from-every-shop-and-warehouse: {run: {workflowTemplate: load}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      load-orders-and-returns: {run: {workflowTemplate: load}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject, spot
from depgen.model import Node
from depgen.naming import NAME_LIMIT, component, slug, workflow_prefix
from depgen.times import Period

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each run or source whose objects cannot be named."""
    graph = subject.graph
    for node in graph.nodes.values():
        if node.run:
            every = subject.analysis.every[node.id]
            length = len(workflow_prefix(graph.name, node.id)) + _key_length(every, graph.zone)
            length += len("-r99") if node.is_refreshed else 0
            if length > NAME_LIMIT:
                yield _too_long(
                    node, (), f'the Workflows of "{node.id}"', length, "shorten the id or the graph's name"
                )
        elif node.source and node.source.key.zone != graph.zone:
            name = component(graph.name, "record", slug(node.source.key.zone))
            if len(name) > NAME_LIMIT:
                steps = ("key", "timezone")
                yield _too_long(node, steps, f'the Sensor "{name}"', len(name), "shorten the graph's name")


def _key_length(every: Period, zone: str) -> int:
    return every.key_length - (every.kind == "slot" and not every.repeats(zone))


def _too_long(node: Node, steps: tuple[str, ...], what: str, length: int, hint: str) -> Diagnostic:
    excess = length - NAME_LIMIT
    return Diagnostic(
        spot(node, *steps),
        "name-too-long",
        f"{what} would have a name of {length} characters, {excess} more than Kubernetes allows",
        hint,
    )
