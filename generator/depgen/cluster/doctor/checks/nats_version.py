"""The version of the bus's NATS servers: told by the bus itself, else by its pods' images.

Why: NATS 2.10.20 to 2.10.22 can lose a stream when a server is killed, and older ones have known faults of their own.

Way out: give the EventBus a `version` whose image is 2.10.23 or later.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import PODS
from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.bus import BusState
from depgen.cluster.doctor.checks.argo_versions import Product, image_of, judged
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, unknown
from depgen.manifests import mapping, mappings

NATS = Product("NATS", "nats", ((2, 10, 23),))


def check(exam: Exam) -> Iterator[Finding]:
    if isinstance(exam.bus, BusState):
        yield judged(NATS, exam.bus.version)
        return
    bus = event_bus.of_exam(exam)
    if bus is None or event_bus.kind(bus) != "jetstream":
        yield unknown("NATS", f"its servers are not run by an EventBus of this namespace, and {exam.bus}")
        return
    pods = exam.sight.all(PODS, exam.namespace, f"controller=eventbus-controller,owner-name={exam.event_bus}")
    images = [
        image_of(str(c.get("image", "")))
        for p in pods
        for c in mappings(mapping(p.get("spec")).get("containers"))
    ]
    tags = sorted({tag for name, tag in images if name == NATS.image})
    yield from [judged(NATS, tag) for tag in tags] or [unknown("NATS", "no pod of the EventBus is there")]
