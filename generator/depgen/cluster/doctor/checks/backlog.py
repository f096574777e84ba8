"""Each trigger takes its events from the bus: its consumer is there, and nothing piles up. Needs `--nats`.

Why: a consumer that is missing gets no events at all. One with messages and nobody who pulls belongs to a Sensor that is
down or hangs, which its pod does not always show (argo-events#4183). An event that is tried anew was never acknowledged:
the Sensor ended, or the API server did not answer. What piles up arrives late, and is lost when the stream's limits are
reached.

Way out: restart the Sensor's pod; if it is only slow, see the check `throughput`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.cluster.api import SENSORS
from depgen.cluster.doctor.bus import Queue
from depgen.cluster.doctor.consumers import Consumer, consumers
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, some, unknown, warning

MANY = 500
RESTART = "restart the Sensor's pod, and see its log"
# A trigger is tried 4 times within 10 s; who takes nothing for so long takes nothing any more.
STUCK_SECONDS = 20.0


def check(exam: Exam) -> Iterator[Finding]:
    if isinstance(exam.bus, str):
        yield unknown(f"consumers of {exam.namespace}", exam.bus)
        return
    for sensor in exam.sight.all(SENSORS, exam.namespace):
        about = f"Sensor {exam.namespace}/{sensor['metadata']['name']}"
        pairs = [(consumer, exam.bus.queues.get(consumer.name)) for consumer in consumers(sensor)]
        yield from _judged(
            about, [c.trigger for c, queue in pairs if queue is None], [q for q in pairs if q[1]]
        )


def _judged(
    about: str, missing: Sequence[str], pairs: Sequence[tuple[Consumer, Queue | None]]
) -> Iterator[Finding]:
    """All triggers of a Sensor at once: they mostly fail together."""
    queues = {consumer.trigger: queue for consumer, queue in pairs if queue}
    stuck = [trigger for trigger, queue in queues.items() if _left(queue) and _is_deaf(queue)]
    deaf = [trigger for trigger, queue in queues.items() if not _left(queue) and not queue.waiting]
    anew = [trigger for trigger, queue in queues.items() if queue.redelivered and trigger not in stuck]
    behind = [trigger for trigger, queue in queues.items() if _left(queue) >= MANY and trigger not in stuck]
    if missing:
        yield error(about, f"no consumer in the bus for {some(missing)}: no event reaches them", RESTART)
    if stuck:
        left = sum(_left(queues[trigger]) for trigger in stuck)
        yield error(about, f"{left} events wait for {some(stuck)}, and nobody takes them", RESTART)
    if deaf:
        yield warning(about, f"nobody listens for {some(deaf)}: the Sensor is down or hangs", RESTART)
    if anew:
        told = f"events for {some(anew)} are tried anew: before, they neither worked nor failed within 30 s"
        yield warning(about, told, RESTART)
    if behind:
        left = max(_left(queues[trigger]) for trigger in behind)
        yield warning(
            about, f"{some(behind)} are up to {left} events behind", "wait, or see the check throughput"
        )


def _left(queue: Queue) -> int:
    return queue.pending + queue.unacknowledged


def _is_deaf(queue: Queue) -> bool:
    """Who is at work does not pull either, but not for long."""
    return not queue.waiting and (queue.idle is None or queue.idle > STUCK_SECONDS)
