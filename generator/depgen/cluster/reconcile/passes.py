"""A pass over several graphs, by the cluster's own clock: a sweeper whose clock is wrong would expire what still waits."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from depgen.cluster import cron_missed
from depgen.cluster.api import Cluster, ClusterError
from depgen.cluster.reconcile.counts import Swept
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.times import DAY

# How far back runs of CronWorkflows are missed, and how late one may start.
_MISSED_WITHIN, _GRACE = DAY, 120


def sweep_all(
    cluster: Cluster,
    subjects: Iterable[Subject],
    since: float | None = None,
    is_dry: bool = False,
    with_crons: bool = False,
) -> list[Swept]:
    """One pass over each graph, in the order given. `since` is in seconds before now; see `sweep`.

    `with_crons` also counts the runs of CronWorkflows that never started; it needs the right to list those.
    """
    now = cluster.server_time()
    found = []
    for subject in subjects:
        swept = sweep(cluster, subject, now, None if since is None else now - since, is_dry)
        swept.missed = _missed(cluster, subject, now) if with_crons else None
        found.append(swept)
    return found


def _missed(cluster: Cluster, subject: Subject, now: float) -> int | None:
    """How many runs were missed; None where the account may not look."""
    span = cron_missed.span(now, _MISSED_WITHIN, _GRACE)
    try:
        judged = cron_missed.check(cluster, [subject.graph], {subject.graph.name: subject.programs}, span)
    except ClusterError as error:
        if error.status == HTTPStatus.FORBIDDEN:
            return None
        raise
    return sum(len(cron.of(cron_missed.Verdict.MISSED)) for cron in judged)
