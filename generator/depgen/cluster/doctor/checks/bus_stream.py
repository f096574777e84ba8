"""The stream as it is in force: that it is there, its limits, its storage, how full it is. Needs `--nats`.

Why: the EventBus's `streamConfig` counts only when the stream is made, so what is written there and what is in force can
differ. A stream that is nearly full begins to drop events; one in memory is gone when the servers restart.

Way out: `nats stream edit default`, or delete the stream while nothing is pending and let it be made anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import SENSORS
from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.bus import STREAM, Stream
from depgen.cluster.doctor.checks.bus_limits import judged
from depgen.cluster.doctor.event_bus import Limits
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, unknown, warning

FULL = 0.8


def check(exam: Exam) -> Iterator[Finding]:
    about = f"stream {STREAM}"
    if isinstance(exam.bus, str):
        yield unknown(about, exam.bus)
        return
    stream = exam.bus.stream
    if stream is None:
        if exam.sight.all(SENSORS, exam.namespace):
            yield error(
                about, "it is not there, though Sensors are", "restart the EventSources, which make it"
            )
        return
    limits = event_bus.limits_in_force(stream.config)
    yield from judged(limits, about, exam)
    yield from _full(stream, limits, about)
    if stream.config.get("storage") == "memory":
        yield warning(
            about, "it is in memory: a restart of the servers takes every event", "make it anew on files"
        )
    bus = event_bus.of_exam(exam)
    wanted = event_bus.limits(bus) if bus else limits
    if different := [
        name for name in Limits._fields if not _are_same(getattr(wanted, name), getattr(limits, name))
    ]:
        yield warning(
            about,
            "it does not follow the EventBus, which counts at creation only: "
            + ", ".join(
                f"{name} is {getattr(limits, name)}, not {getattr(wanted, name)}" for name in different
            ),
            f"`nats stream edit {STREAM}`",
        )
    yield ok(
        about, f"{stream.messages} messages, {stream.bytes // 1000} KB, {len(exam.bus.queues)} consumers"
    )


def _are_same(wanted: object, found: object) -> bool:
    """Any number that is no limit is as good as another."""
    is_none = [isinstance(value, int | float) and value <= 0 for value in (wanted, found)]
    return wanted is None or wanted == found or all(is_none)


def _full(stream: Stream, limits: Limits, about: str) -> Iterator[Finding]:
    for name, used, most in (
        ("messages", stream.messages, limits.messages),
        ("bytes", stream.bytes, limits.bytes),
    ):
        if most and most > 0 and used >= FULL * most:
            yield warning(
                about,
                f"it holds {used} of {most} {name}: the oldest are being dropped, or soon will be",
                "raise the limit, and see whether a Sensor is behind",
            )
