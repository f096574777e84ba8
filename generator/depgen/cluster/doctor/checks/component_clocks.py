"""The clocks of the submit Sensor and of the Workflows controller, from the Workflows that they made.

Why: facts carry the finish that the controller writes, so a controller whose clock is off puts completions into the wrong
window or key, and a Sensor's clock decides what it takes for fresh.

Way out: let the nodes' clocks be set by NTP.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import WORKFLOWS, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, warning
from depgen.cluster.keytimes import instant
from depgen.manifests import mapping

MOST = 100
LIMIT_SECONDS = 5
_STAMP = "events.argoproj.io/action-timestamp"


def check(exam: Exam) -> Iterator[Finding]:
    graph = exam.patient.graph
    # The API server's clock, by which objects are created, may itself be ahead of ours.
    latest = exam.sight.now + exam.sight.offset().most
    found = exam.sight.some(WORKFLOWS, exam.namespace, f"depgen.io/graph={graph.name}", MOST)
    stamped = [offset for workflow in found if (offset := _of_sensor(workflow)) is not None]
    for who, offset in (
        # A creation may wait, so only the quickest one tells of the clock.
        ("submit Sensor", max(stamped, default=0.0)),
        ("Workflows controller", max((_of_controller(w, latest) for w in found), key=abs, default=0.0)),
    ):
        if abs(offset) > LIMIT_SECONDS:
            told = (
                f"its clock was {abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} the API server's"
            )
            yield warning(f"{who} of {exam.patient.title}", told, "set the nodes' clocks by NTP")


def _of_sensor(workflow: Object) -> float | None:
    """The Sensor stamps a Workflow, in milliseconds, just before it creates it."""
    stamp = str(mapping(workflow["metadata"].get("labels")).get(_STAMP, ""))
    created = instant(str(workflow["metadata"].get("creationTimestamp", "")))
    return int(stamp) / 1000 - created if stamp.isdigit() and created is not None else None


def _of_controller(workflow: Object, latest: float) -> float:
    """Nothing starts before it is there, or has finished in the future."""
    status = mapping(workflow.get("status"))
    created = instant(str(workflow["metadata"].get("creationTimestamp", "")))
    started, finished = instant(str(status.get("startedAt"))), instant(str(status.get("finishedAt")))
    if started is not None and created is not None and started < created:
        return float(started - created)
    return finished - latest if finished is not None and finished > latest else 0.0
