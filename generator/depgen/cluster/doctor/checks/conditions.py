"""What the controller of Argo Events says of the graph's EventSources and Sensors.

Why: a False condition means that there is no pod, or an old one. The most common cause is the EventBus: until it is ready
nothing behind it is. `Deployed` says that a Deployment was made, not that it works: see the check `pods`.

Way out: the condition's message says it; the controller's log says more.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import EVENT_SOURCES, SENSORS, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.manifests import mapping, mappings


def check(exam: Exam) -> Iterator[Finding]:
    for resource in (EVENT_SOURCES, SENSORS):
        for found in exam.own(resource):
            yield from _judged(found, f"{resource.kind} {exam.namespace}/{found['metadata']['name']}")


def _judged(found: Object, about: str) -> Iterator[Finding]:
    conditions = mappings(mapping(found.get("status")).get("conditions"))
    if not conditions:
        yield error(about, "nothing has been done about it", "see whether the Argo Events controller runs")
    for condition in conditions:
        if condition.get("status") != "True":
            told = (
                f"{condition.get('reason', '')} {condition.get('message', '')}".strip()
                or "no reason is given"
            )
            way_out = (
                "make the EventBus ready; the rest follows by itself"
                if "EventBus" in told
                else "see the log of the Argo Events controller"
            )
            yield error(about, f"it is not {condition.get('type')}: {told}", way_out)
