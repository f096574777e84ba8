"""The graph's EventSources and Sensors were built by a depgen whose output has the format of this one's.

Why: an older build decides by older rules, and putting a new one in its place may throw away what is queued. A newer build is
not known to this depgen: what it says of nodes, with the programs in the graph's build, need not be what happens.

Way out: for an older one `depgen migrate` says what to do; against a newer one use the depgen that made it.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import formats, naming
from depgen.cluster.api import EVENT_SOURCES, SENSORS, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, some, warning

_FIRST = 1  # wrote no number


def check(exam: Exam) -> Iterator[Finding]:
    found = [thing for resource in (EVENT_SOURCES, SENSORS) for thing in exam.own(resource)]
    older = [thing for thing in found if _format(thing) < formats.OUTPUT]
    newer = [thing for thing in found if _format(thing) > formats.OUTPUT]
    if older:
        told = f"format {_told(older)} is older than {formats.OUTPUT}: {_names(older)}"
        yield warning(exam.patient.title, told, "see `depgen migrate`, then build and apply all of it")
    if newer:
        told = f"format {_told(newer)} is newer than {formats.OUTPUT}: {_names(newer)}"
        yield error(exam.patient.title, told, "use the depgen that built them")
    if found and not older and not newer:
        yield ok(exam.patient.title, f"format {formats.OUTPUT}")


def _format(thing: Object) -> int:
    text = str((thing["metadata"].get("labels") or {}).get(naming.LABEL_FORMAT, _FIRST))
    return int(text) if text.isdecimal() else _FIRST


def _told(things: list[Object]) -> str:
    return " and ".join(map(str, sorted({_format(thing) for thing in things})))


def _names(things: list[Object]) -> str:
    return some([f"{thing['kind']} {thing['metadata']['name']}" for thing in things])
