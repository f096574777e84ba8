"""The limits that the EventBus gives its stream: messages, age, retention, what happens when it is full.

Why: a full stream drops its oldest messages without a word, also those that a Sensor has yet to take (argo-events#3150);
with `discard: 1` it refuses new ones, and the EventSource drops them. Any retention but 0 deletes messages that another
consumer needs (argo-events#3377). The age is how long a Sensor may be down before its events are gone.

Way out: set `streamConfig` of the EventBus. It counts at creation only: change the stream itself as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.event_bus import Limits
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, unknown, warning
from depgen.times import DAY, HOUR, Period

# A run's claim and completion, and the ledger's update after each of them.
EVENTS_OF_A_KEY = 4
_PER_DAY = {"day": 1.0, "week": 1 / 7, "month": 1 / 28}


def check(exam: Exam) -> Iterator[Finding]:
    bus = event_bus.of_exam(exam)
    if bus is not None:
        yield from judged(event_bus.limits(bus), f"EventBus {exam.namespace}/{exam.event_bus}", exam)


def judged(limits: Limits, about: str, exam: Exam) -> Iterator[Finding]:
    """What is to be said of the limits of a bus that the namespace's graphs use."""
    if limits.messages is None or limits.seconds is None:
        yield unknown(about, "its streamConfig has a maxMsgs or maxAge that cannot be read", "correct it")
    if limits.retention != "limits":
        yield error(
            about,
            f"its retention is {limits.retention}: a message is deleted before every Sensor has seen it",
            "set `retention: 0`",
        )
    if limits.discard != "old":
        yield warning(
            about, "when it is full it refuses new events, and the EventSource drops them", "set `discard: 0`"
        )
    yield from _too_small(limits, about, per_day(exam))


def _too_small(limits: Limits, about: str, events: float) -> Iterator[Finding]:
    if limits.messages is not None and 0 < limits.messages < events:
        yield warning(
            about,
            f"it keeps {limits.messages} events, and the graphs make about {events:.0f} a day: a Sensor that is down "
            "for less than a day loses some without a word",
            f"set `maxMsgs` to {2 * events:.0f} or more",
        )
    if limits.seconds and limits.seconds < DAY:
        yield warning(
            about,
            f"it forgets events after {limits.seconds / HOUR:.1f} h: a Sensor that is down longer loses them",
            "set `maxAge: 168h`",
        )


def per_day(exam: Exam) -> float:
    """About how many events the graphs of the namespace make in a day, every node running once for each key."""
    here = [patient for patient in exam.patients if patient.graph.namespace == exam.namespace]
    return sum(
        EVENTS_OF_A_KEY * _keys(patient.analysis.every[id_])
        for patient in here
        for id_ in patient.graph.nodes
    )


def _keys(every: Period) -> float:
    return DAY / every.seconds if every.kind == "slot" else _PER_DAY[every.kind]
