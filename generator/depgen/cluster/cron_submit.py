"""Creates the runs that were missed, as the Workflows controller would have.

They get the name the controller would give them: whoever comes second, it or we, is told that the run exists. The
controller goes by `status.lastScheduledTime` too, so that is set as it would have set it: else it would try again,
for as long as `startingDeadlineSeconds` allows, to create what is there, and meanwhile not schedule the next run.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from depgen.cluster.api import CRON_WORKFLOWS, WORKFLOWS, Cluster, ClusterError
from depgen.cluster.cron_missed import Due, Judged, Verdict
from depgen.cluster.cron_workflow import CronWorkflow


class Outcome(StrEnum):
    """What became of one missed run."""

    CREATED = "created"
    PRESENT = "already there"
    HELD_BACK = "held back"  # by the concurrencyPolicy
    FAILED = "failed"
    NOT_TRIED = "not tried"  # the API could not be reached before
    WOULD_CREATE = "would be created"


class Submission(NamedTuple):
    """One missed run; `reason` says why, where that is not plain."""

    cron: Judged
    due: Due
    outcome: Outcome
    reason: str = ""


def submit(cluster: Cluster, judged: Iterable[Judged], *, dry_run: bool = False) -> list[Submission]:
    """Create what was missed, the oldest first; where runs may not overlap, at most one.

    What the API refuses is told, and the rest goes on. Once it cannot be reached, in spite of the client's own tries,
    nothing more is tried.
    """
    found: list[Submission] = []
    is_reachable = True
    for cron in judged:
        running = cron.running
        for due in cron.of(Verdict.MISSED):
            assert cron.cron is not None
            outcome, reason = Outcome.NOT_TRIED, "the API cannot be reached"
            if is_reachable and running and cron.cron.policy != "Allow":
                policy = cron.cron.policy
                outcome, reason = Outcome.HELD_BACK, f"concurrencyPolicy: {policy}, and {running} is running"
            elif is_reachable and dry_run:
                outcome, reason, running = Outcome.WOULD_CREATE, "", due.name
            elif is_reachable:
                try:
                    outcome, reason = _create(cluster, cron.cron, due)
                    running = due.name
                except ClusterError as error:
                    outcome, reason = Outcome.FAILED, str(error)
                    is_reachable = not error.is_transient
            found.append(Submission(cron, due, outcome, reason))
    return found


def _create(cluster: Cluster, cron: CronWorkflow, due: Due) -> tuple[Outcome, str]:
    outcome = Outcome.CREATED
    try:
        cluster.create(WORKFLOWS, cron.namespace, cron.run(due.at))
    except ClusterError as error:
        if not error.already_exists:
            raise
        outcome = Outcome.PRESENT
    if cron.last_scheduled and cron.last_scheduled > due.at:
        return outcome, ""
    status = {"lastScheduledTime": due.at.isoformat(timespec="seconds").replace("+00:00", "Z")}
    try:
        cluster.patch(CRON_WORKFLOWS, cron.namespace, cron.name, {"status": status})
    except ClusterError as error:
        return outcome, f"its lastScheduledTime stays as it was: {error}"
    return outcome, ""
