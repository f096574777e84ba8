"""What an overlay of Kustomize calls the objects of a graph: a prefix and a suffix around the names of the build.

What a newcomer gets wrong: labels stay as they are built, names do not. So whose an object is can be told by its label,
and which of the build it is only by its name without what was put around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from depgen.cluster.api import EVENT_SOURCES, SENSORS, Resource
from depgen.cluster.doctor.exam import Exam


class Around(NamedTuple):
    """What stands before and behind every name; mostly nothing."""

    prefix: str = ""
    suffix: str = ""

    def name(self, built: str) -> str:
        """What an object of the build is called in the cluster."""
        return f"{self.prefix}{built}{self.suffix}"


def around(exam: Exam) -> Around:
    """Something, if an EventSource and a Sensor of the build are there with the same around them, and none without."""
    sources, sensors = _built(exam, EVENT_SOURCES), _built(exam, SENSORS)
    there, listening = _found(exam, EVENT_SOURCES), _found(exam, SENSORS)
    if there & sources or listening & sensors:
        return Around()
    tried = (found for name in sorted(sources) for other in sorted(there) for found in _ways(name, other))
    return next((found for found in tried if {found.name(name) for name in sensors} & listening), Around())


def _built(exam: Exam, resource: Resource) -> set[str]:
    return {built["metadata"]["name"] for built in exam.patient.objects if built["kind"] == resource.kind}


def _found(exam: Exam, resource: Resource) -> set[str]:
    return {found["metadata"]["name"] for found in exam.own(resource)}


def _ways(name: str, other: str) -> Iterator[Around]:
    """Each place of a name in another."""
    starts = (at for at in range(len(other)) if other.startswith(name, at))
    return (Around(other[:at], other[at + len(name) :]) for at in starts)
