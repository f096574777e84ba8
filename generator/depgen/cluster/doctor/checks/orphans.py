"""Consumers and key-value stores whose Sensor, trigger or dependency is gone. Needs `--nats`.

Why: Argo Events leaves them behind when a Sensor is deleted. They cost little, but a Sensor of the same name that comes
back later takes up where its forerunner stopped: it replays up to seven days of events.

Way out: remove them once it is sure that nobody uses them.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import SENSORS
from depgen.cluster.doctor.bus import STREAM, Queue
from depgen.cluster.doctor.checks.bus_shared import sharing
from depgen.cluster.doctor.consumers import consumers
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, some, unknown, warning


def check(exam: Exam) -> Iterator[Finding]:
    about = f"stream {STREAM}"
    if isinstance(exam.bus, str):
        yield unknown(about, exam.bus)
        return
    sensors = [sensor for namespace in sorted(sharing(exam)) for sensor in exam.sight.all(SENSORS, namespace)]
    known = {consumer.name for sensor in sensors for consumer in consumers(sensor)}
    # Of a bus that many share, those of the graphs at hand come first: of many only the first are told.
    own = {patient.graph.name for patient in exam.patients}
    gone = sorted(
        (queue for name, queue in exam.bus.queues.items() if name not in known),
        key=lambda queue: (_graph(queue) not in own, queue),
    )
    if gone:
        names = [f"{queue.name} on {queue.subject} ({queue.pending} pending)" for queue in gone]
        yield warning(
            about,
            f"no Sensor has the consumers {some(names)}",
            f"`nats consumer rm {STREAM} {gone[0].name}`, and so on",
        )
    stores = sorted(
        set(exam.bus.buckets) - {sensor["metadata"]["name"] for sensor in sensors},
        key=lambda store: (store.partition("-")[0] not in own, store),
    )
    if stores:
        yield warning(
            about, f"no Sensor has the stores {some(stores)}", f"`nats kv del {stores[0]}`, and so on"
        )


def _graph(queue: Queue) -> str:
    """The graph whose EventSource the consumer listens to: subjects are `default.<eventsource>.<event>`."""
    return queue.subject.partition(".")[2].partition(".")[0].partition("-")[0]
