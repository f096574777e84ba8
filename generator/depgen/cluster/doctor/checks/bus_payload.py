"""The largest ledger fits into one message of the bus.

Why: an update of a ledger travels with the ledger as it was before, so a message is more than twice as large. What is
larger than the bus takes is lost, and the nodes of that key never start.

Way out: raise `maxPayload` of the EventBus, or give the graph more `partitions`.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.bus import BusState
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, unknown, warning
from depgen.gojson import go_size

# Twice the object, and what a message holds beside it.
FACTOR = 2.5


def check(exam: Exam) -> Iterator[Finding]:
    bus = event_bus.of_exam(exam)
    if bus is None:
        return
    most = exam.bus.max_payload if isinstance(exam.bus, BusState) else event_bus.max_payload(bus)
    if most is None:
        yield unknown(
            f"EventBus {exam.namespace}/{exam.event_bus}", f"its largest message is not known: {exam.bus}"
        )
        return
    for ledger in exam.sight.all(CONFIG_MAPS, exam.namespace, "depgen.io/graph"):
        size = int(FACTOR * go_size(ledger.get("data") or {}))
        about = f"ConfigMap {exam.namespace}/{ledger['metadata']['name']}"
        told = f"an update of it takes about {size // 1000} KB of the {most // 1000} KB that the bus takes"
        way_out = "raise `maxPayload` of the EventBus, or `partitions` of the graph"
        if size > most:
            yield error(about, f"{told}: its nodes no longer see what happens", way_out)
        elif 2 * size > most:
            yield warning(about, told, way_out)
