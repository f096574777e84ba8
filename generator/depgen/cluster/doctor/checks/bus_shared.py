"""No two namespaces that share a bus use one name for different things.

Why: a bus has no namespaces (argo-events#3549). Two EventSources of one name publish to the same subjects, and two
Sensors of one name take each other's events.

Way out: rename the graph in one of the namespaces, or give it a bus of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from depgen.cluster.api import EVENT_BUSES, EVENT_SOURCES, SENSORS, ClusterError
from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, some


def check(exam: Exam) -> Iterator[Finding]:
    neighbours = sharing(exam) - {exam.namespace}
    if not neighbours:
        return
    for resource in (EVENT_SOURCES, SENSORS):
        holders: dict[str, set[str]] = defaultdict(set)
        for found in exam.sight.all(resource, ""):
            holders[found["metadata"]["name"]].add(found["metadata"]["namespace"])
        for name, namespaces in sorted(holders.items()):
            others = sorted(namespaces & neighbours)
            if exam.namespace in namespaces and others:
                yield error(
                    f"{resource.kind} {exam.namespace}/{name}",
                    f"namespace {some(others)} has a {resource.kind} of this name on the same bus: they mix their events",
                    "rename the graph in one of them, or give one a bus of its own",
                )


def sharing(exam: Exam) -> set[str]:
    """The namespaces whose EventBus is the server of this one's, itself included.

    ClusterError if the bus is one that others may share and their EventBuses may not be seen.
    """
    bus = event_bus.of_exam(exam)
    url = event_bus.jetstream(bus).get("url") if bus else None
    if bus is None or not url:
        return {exam.namespace}
    try:
        buses = exam.sight.all(EVENT_BUSES, "")
    except ClusterError as refusal:
        if refusal.status == 403 and event_bus.kind(bus) == "jetstream":
            return {exam.namespace}  # made by this EventBus, for it alone
        raise
    same = (b for b in buses if event_bus.jetstream(b).get("url") == url)
    return {exam.namespace, *(b["metadata"]["namespace"] for b in same)}
