"""The sweep runs: the pass that finds what events have lost.

Why: events can be lost, with the bus, with a pod, with an edit of a Sensor. Without a sweep a lost completion is never
seen, so what waits for it never starts; a gate or deadline whose tick is lost passes unseen; what is refused is not tried
again; and no ledger is ever removed.

Way out: give the graph a `sweeper`, or run `depgen reconcile` every few minutes from somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import DEPLOYMENTS, Object, Resource
from depgen.cluster.doctor.checks.pods import judged
from depgen.cluster.doctor.exam import MANAGED, Exam
from depgen.cluster.doctor.finding import Finding, error, ok, warning
from depgen.cluster.doctor.renaming import around
from depgen.cluster.doctor.resources import CRON_JOBS
from depgen.cluster.keytimes import instant
from depgen.manifests import mapping

LATE = 3  # passes


def check(exam: Exam) -> Iterator[Finding]:
    patient = exam.patient
    if patient.graph.sweeper is None:
        yield warning(
            patient.title,
            "it has no sweeper: a completion or a tick whose event is lost is never seen, so what waits for it never "
            "starts; refused runs are not tried again, and ledgers are never removed",
            "give the graph `sweeper: {image: ...}`, or run `depgen reconcile` every few minutes",
        )
        return
    for job in _there(exam, CRON_JOBS):
        about = f"CronJob {exam.namespace}/{job['metadata']['name']}"
        yield _judged(job, about, exam.sight.now, patient.graph.sweeper.every)
    for deployment in _there(exam, DEPLOYMENTS):
        yield from judged(deployment, f"Deployment {exam.namespace}/{deployment['metadata']['name']}")


def _there(exam: Exam, resource: Resource) -> Iterator[Object]:
    """The objects of a kind that are built of the graph; the sweep's are known by their names only."""
    called = around(exam).name
    names = {called(o["metadata"]["name"]) for o in exam.patient.objects if o["kind"] == resource.kind}
    found = exam.sight.all(resource, exam.namespace, MANAGED)
    return (thing for thing in found if thing["metadata"]["name"] in names)


def _judged(job: Object, about: str, now: float, every: int) -> Finding:
    way_out = "see the log of its last Job"
    if mapping(job.get("spec")).get("suspend") is True:
        return error(about, "it is suspended, so nothing is swept", 'remove its "suspend"')
    told = mapping(job.get("status")).get("lastSuccessfulTime")
    last = instant(str(told)) if told else None
    created = instant(str(job["metadata"].get("creationTimestamp")))
    since = last if last is not None else created
    if since is not None and now - since > LATE * every:
        ago = f"{(now - since) / 60:.0f} min"
        missing = (
            f"no pass has worked for {ago}"
            if last is not None
            else f"no pass has worked since it is there, {ago}"
        )
        return error(about, missing, way_out)
    return ok(about, "it swept lately" if last is not None else "its first pass is to come")
