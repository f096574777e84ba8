"""Completions whose key could not be computed: the entries of the ConfigMap `<graph>-invalid`.

Why: such a completion counts for no key, so whatever waits for it goes on waiting. Most often somebody started a
CronWorkflow by hand without saying which date it is for.

Way out: start it again with the label `depgen.io/key`, or record the date some other way; then delete the ConfigMap.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.api import CONFIG_MAPS
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, warning
from depgen.cluster.entries import invalid

LATEST = 3


def check(exam: Exam) -> Iterator[Finding]:
    name = f"{exam.patient.graph.name}-invalid"
    entries = invalid(exam.sight.one(CONFIG_MAPS, exam.namespace, name))
    if entries:
        told = "; ".join(
            f'{entry.workflow} of "{entry.node}" at {entry.finished_at}: {entry.reason}'
            for entry in entries[-LATEST:]
        )
        yield warning(
            f"ConfigMap {exam.namespace}/{name}",
            f"{len(entries)} completions have no key, the latest: {told}",
            "start them again with the label depgen.io/key, then delete the ConfigMap",
        )
