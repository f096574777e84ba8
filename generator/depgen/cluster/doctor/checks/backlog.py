"""Each trigger takes its events from the bus: its consumer is there, and nothing piles up. Needs `--nats`.

Why: a consumer that is missing gets no events at all. One with messages and nobody who pulls belongs to a Sensor that is
down or hangs, which its pod does not always show (argo-events#4183). An event that is tried anew was never acknowledged:
the Sensor ended, or the API server did not answer. What piles up arrives late, and is lost when the stream's limits are
reached.

Way out: restart the Sensor's pod; if it is only slow, see the check `throughput`.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import SENSORS
from depgen.cluster.doctor.bus import Queue
from depgen.cluster.doctor.consumers import Consumer, consumers
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, unknown, warning

MANY = 500
# A trigger is tried 4 times within 10 s; who takes nothing for so long takes nothing any more.
STUCK_SECONDS = 20.0


def check(exam: Exam) -> Iterator[Finding]:
    if isinstance(exam.bus, str):
        yield unknown(f"consumers of {exam.namespace}", exam.bus)
        return
    for sensor in exam.sight.all(SENSORS, exam.namespace):
        for consumer in consumers(sensor):
            about = f"Sensor {exam.namespace}/{consumer.sensor}"
            yield from _judged(consumer, exam.bus.queues.get(consumer.name), about)


def _judged(consumer: Consumer, queue: Queue | None, about: str) -> Iterator[Finding]:
    what = f'trigger "{consumer.trigger}" on "{consumer.dependency}"'
    restart = f"restart the Sensor's pod, and see its log; the consumer is {consumer.name}"
    if queue is None:
        yield error(about, f"{what} has no consumer in the bus, so no event reaches it", restart)
        return
    left = queue.pending + queue.unacknowledged
    if left and not queue.waiting and (queue.idle is None or queue.idle > STUCK_SECONDS):
        yield error(about, f"{what} has {left} events waiting, and nobody takes them", restart)
    elif queue.redelivered:
        told = (
            f"{what} tries {queue.redelivered} events anew: before, it neither worked nor failed within 30 s"
        )
        yield warning(about, told, restart)
    elif left >= MANY:
        yield warning(about, f"{what} is {left} events behind", "wait, or see what the check throughput says")
