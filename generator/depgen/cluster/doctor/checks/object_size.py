"""The sizes of the Sensors and EventSources in the cluster.

Why: each reaches its pod in one environment variable. Above 98,292 bytes of JSON (98,289 for an EventSource) the pod
cannot start (argo-events#2146), and what the graph's builds keep to is 64 KiB.

Way out: build again: nodes are spread over as many Sensors as they need.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import EVENT_SOURCES, SENSORS, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, warning
from depgen.gojson import go_size
from depgen.render import SENSOR_BUDGET

MOST = {EVENT_SOURCES: 98_289, SENSORS: 98_292}


def check(exam: Exam) -> Iterator[Finding]:
    patient, largest, count = exam.patient, 0, 0
    for resource, most in MOST.items():
        for found in exam.own(resource):
            size, about = _size(found), f"{resource.kind} {exam.namespace}/{found['metadata']['name']}"
            largest, count = max(largest, size), count + 1
            if size > most:
                yield error(
                    about, f"it has {size} bytes, and {most} are the most that starts", "build it again"
                )
            elif size > SENSOR_BUDGET:
                yield warning(about, f"it has {size} bytes; builds keep to {SENSOR_BUDGET}", "build it again")
    yield ok(patient.title, f"{count} EventSources and Sensors, the largest of {largest} bytes")


def _size(found: Object) -> int:
    """As the pod gets it: without what the API server keeps of its history."""
    metadata = {name: found["metadata"].get(name, "") for name in ("name", "namespace")}
    return go_size(
        {
            "apiVersion": found.get("apiVersion", ""),
            "kind": found.get("kind", ""),
            "metadata": metadata,
            "spec": found.get("spec"),
        }
    )
