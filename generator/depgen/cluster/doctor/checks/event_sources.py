"""The EventSources whose events the graph listens to: there, with that event, and on the same EventBus.

Why: a Sensor may name any EventSource and event. If there is none, it waits for ever and looks healthy.

Way out: each finding names its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import EVENT_SOURCES, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, some, warning
from depgen.manifests import mapping, mappings

# Fields of an EventSource's spec that are mappings of something else than events.
_NO_EVENTS = ("service", "template")


def check(exam: Exam) -> Iterator[Finding]:
    graph = exam.patient.graph
    for node in graph.nodes.values():
        if node.source and node.source.event:
            name, event = node.source.name, node.source.event.name
            about = f"EventSource {graph.namespace}/{name}"
            found = exam.sight.one(EVENT_SOURCES, graph.namespace, name)
            if found is None:
                yield error(
                    about, f'it is not there, and "{node.id}" listens to it', "create it, or correct the name"
                )
            else:
                yield from _judged(found, about, event, node.id, graph.event_bus)


def _judged(found: Object, about: str, event: str, node: str, bus: str) -> Iterator[Finding]:
    spec = mapping(found.get("spec"))
    kinds = [kind for field, kind in spec.items() if isinstance(kind, dict) and field not in _NO_EVENTS]
    events = sorted(str(name) for kind in kinds for name in kind)
    if event not in events:
        message = f'it has no event "{event}", which "{node}" listens to'
        yield error(
            about, message, f"name one that it has: {some(events)}" if events else "add the event to it"
        )
    theirs = spec.get("eventBusName") or "default"
    if theirs != bus:
        message = f'it is on EventBus "{theirs}", and "{node}" listens on "{bus}"'
        yield error(about, message, "put both on one EventBus")
    for condition in mappings(mapping(found.get("status")).get("conditions")):
        if condition.get("status") == "False":
            told = f"{condition.get('type')} is False: {condition.get('message', 'no message')}"
            yield warning(about, told, "correct it: its events do not come")
