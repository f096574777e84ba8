"""The EventBus is there, is JetStream and is deployed.

Why: EventSources and Sensors meet on an EventBus of their namespace: `default`, or the one that the graph names in
`eventBus`. NATS Streaming and Kafka do not honour `atLeastOnce` as JetStream does: an event is gone before what it starts
has worked.

Way out: create an EventBus of that name and of kind `jetstream`.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.manifests import mapping, mappings

_JETSTREAM = ("jetstream", "jetstreamExotic")


def check(exam: Exam) -> Iterator[Finding]:
    about = f"EventBus {exam.namespace}/{exam.event_bus}"
    bus = event_bus.of_exam(exam)
    if bus is None:
        yield error(
            about, "there is none, so no event goes anywhere", "create it, with `spec: {jetstream: ...}`"
        )
        return
    kind = event_bus.kind(bus)
    if kind not in _JETSTREAM:
        found = {"nats": "NATS Streaming", "kafka": "Kafka"}.get(kind, "of no kind that is known")
        yield error(about, f"it is {found}, where events can be lost", "replace it by one of kind jetstream")
    status = mapping(bus.get("status"))
    for condition in mappings(status.get("conditions")):
        if condition.get("status") != "True":
            told = f"{condition.get('reason', '')} {condition.get('message', '')}".strip() or "no reason"
            yield error(
                about,
                f"it is not {condition.get('type')}: {told}",
                "see the log of the Argo Events controller",
            )
    if not status:
        yield error(about, "nothing has been done about it", "see whether the Argo Events controller runs")
