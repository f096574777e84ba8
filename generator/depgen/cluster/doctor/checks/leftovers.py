"""Objects of the graph that are no longer built of it.

Why: a Sensor, EventSource or sweep that is left over from an older build still runs, and a Sensor still starts Workflows.
Roles that are left over still give rights away.

Way out: delete them, or let the tool that applies the build prune.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import DEPLOYMENTS, EVENT_SOURCES, SENSORS
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, warning
from depgen.cluster.doctor.renaming import around
from depgen.cluster.doctor.resources import CRON_JOBS, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS

RUNNING = (EVENT_SOURCES, SENSORS, CRON_JOBS, DEPLOYMENTS)
RESTING = (ROLES, ROLE_BINDINGS, SERVICE_ACCOUNTS)


def check(exam: Exam) -> Iterator[Finding]:
    patient = exam.patient
    called = around(exam).name
    built = {
        (o["kind"], o["metadata"].get("namespace", ""), called(o["metadata"]["name"]))
        for o in patient.objects
    }
    namespaces = {patient.graph.namespace, *(namespace for _, namespace, _ in built if namespace)}
    for resource in (*RUNNING, *RESTING):
        for namespace in sorted(namespaces):
            for found in exam.own(resource, namespace):
                name = found["metadata"]["name"]
                # What belongs to another object goes with it.
                if (resource.kind, namespace, name) in built or found["metadata"].get("ownerReferences"):
                    continue
                way_out = f"kubectl -n {namespace} delete {resource.plural.rstrip('s')} {name}"
                if resource in RUNNING:
                    told = "the graph no longer builds it, and it still runs"
                    yield error(f"{resource.kind} {namespace}/{name}", told, way_out)
                else:
                    yield warning(
                        f"{resource.kind} {namespace}/{name}", "the graph no longer builds it", way_out
                    )
