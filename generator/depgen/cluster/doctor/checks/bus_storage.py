"""How safely the bus keeps events: volumes, replicas, and when it writes to disk.

Why: without `persistence` the messages are in the pod and go with it. Fewer than three replicas stop at the loss of one
node. Without `sync_interval: always` a server writes to disk every two minutes, so a power cut takes what was accepted
since. The sweep repairs what is lost, as long as the Workflows are still there.

Way out: set them in the EventBus; it has to be created anew for most of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor import event_bus
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, warning

REPLICAS = 3


def check(exam: Exam) -> Iterator[Finding]:
    bus = event_bus.of_exam(exam)
    if bus is None or event_bus.kind(bus) != "jetstream":
        return  # somebody else's servers: the check bus-stream asks them
    about, settings = f"EventBus {exam.namespace}/{exam.event_bus}", event_bus.settings(bus)
    if not settings.get("persistence"):
        yield warning(
            about, "it has no persistence: the events of a pod are lost with the pod", "give it `persistence`"
        )
    replicas = settings.get("replicas", REPLICAS)
    if isinstance(replicas, int) and replicas < REPLICAS:
        yield warning(
            about,
            f"it has {replicas} of the {REPLICAS} replicas that outlive the loss of a node",
            f"set `replicas: {REPLICAS}`",
        )
    if "sync_interval" not in str(settings.get("settings", "")):
        yield warning(
            about,
            "it writes to disk every 2 minutes: a power cut can take accepted events",
            "add `sync_interval: always` to `settings`, which replaces the controller's defaults as a whole",
        )
