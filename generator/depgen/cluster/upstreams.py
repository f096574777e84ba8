"""What the cluster knows of an upstream that has no fact: its Workflows, and when its CronWorkflow starts the next.

Which key a Workflow belongs to is told by the record program, also for one that still runs: it is shown that Workflow
as if it had just ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen import firings, keys, naming
from depgen.cluster import keytimes
from depgen.cluster.api import CRON_WORKFLOWS, WORKFLOWS, Cluster, Object
from depgen.cluster.states import Subject
from depgen.cron import Schedule
from depgen.model import KeyRule, Node, Source

_COMPLETED = "workflows.argoproj.io/completed"


class Seen(NamedTuple):
    """A Workflow of a node and key. `has_ended` although no ledger knows of it: its event is on its way, or lost."""

    workflow: str
    phase: str
    message: str
    started_at: str
    has_ended: bool


class Schedules(NamedTuple):
    """When a CronWorkflow starts: for one key (`of_key`), and the next time; None if never or not known."""

    of_key: int | None
    next: int | None
    is_suspended: bool


def seen(cluster: Cluster, subject: Subject, node: Node, key: str, now: float) -> list[Seen]:
    """The Workflows of a node and key that are in the cluster, the newest last."""
    selector = _selector(subject, node, key)
    namespace = node.run.namespace if node.run else node.source.namespace if node.source else ""
    if not selector:
        return []
    found = [w for w in cluster.list(WORKFLOWS, namespace, selector) if _is_of(subject, node, key, w, now)]
    return sorted(map(_seen, found), key=lambda workflow: workflow.started_at)


def schedules(cluster: Cluster, source: Source, key: str, now: float) -> Schedules | None:
    """When the CronWorkflow of a source starts; None if it is not there, or the source is none."""
    if source.kind != "cronWorkflow":
        return None
    cron = cluster.get(CRON_WORKFLOWS, source.namespace, source.name)
    if cron is None:
        return None
    found = firings.readable(cron)
    at = datetime.fromtimestamp(now, UTC)
    following = [moment for each in found if (moment := each.next(at, firings.UNZONED))]
    of_key = _of_key(found, source.key, key) if firings.has_scheduled_keys(source.key, cron) else None
    following_one = int(min(following).timestamp()) if following else None
    return Schedules(of_key, following_one, bool(cron["spec"].get("suspend")))


def _of_key(found: tuple[Schedule, ...], rule: KeyRule, key: str) -> int | None:
    """The first firing whose run has this key."""
    move = rule.offset
    # Firings lie about a day around their period, moved by the rule's offset; a month is not always as long.
    margin = timedelta(days=2 + 3 * abs(move.months))
    moved = timedelta(seconds=move.seconds, days=move.days + 30 * move.months)
    begin = keys.instant(keytimes.start(key, rule.every), ZoneInfo(rule.zone))
    end = keytimes.end(key, rule.every, rule.zone)
    low, high = (
        datetime.fromtimestamp(moment, UTC) - moved + days
        for moment, days in ((begin, -margin), (end, margin))
    )
    moments = (
        int(moment.timestamp()) for each in found for moment in each.between(low, high, firings.UNZONED)
    )
    return min((moment for moment in moments if keytimes.key_at(rule, moment) == key), default=None)


def _selector(subject: Subject, node: Node, key: str) -> str:
    graph = naming.LABEL_GRAPH
    if node.run:
        return f"{graph}={subject.graph.name},{naming.LABEL_NODE}={node.id},{naming.LABEL_KEY}={key}"
    source = node.source
    if source is None or source.kind in ("graph", "event"):
        return ""
    if source.kind == "cronWorkflow":
        return f"workflows.argoproj.io/cron-workflow={source.name}"
    labels = (
        source.labels
        if source.kind == "workflows"
        else (("workflows.argoproj.io/workflow-template", source.name),)
    )
    chosen = ",".join(f"{name}={value}" for name, value in labels)
    return f"{chosen},{graph}!={subject.graph.name}"


def _is_of(subject: Subject, node: Node, key: str, workflow: Object, now: float) -> bool:
    return bool(node.run) or any(
        name.startswith(f"run.{node.id}.{key}.") for name in _entries(subject, workflow, now)
    )


def _entries(subject: Subject, workflow: Object, now: float) -> Iterator[str]:
    """The names of the entries that the record programs make of a Workflow."""
    status: dict[str, Any] = workflow.get("status") or {}
    ended = {**status, "finishedAt": status.get("finishedAt") or keytimes.utc(now)}
    event = {"type": "ADD", "body": {**workflow, "status": ended}}
    for recorder in subject.programs.recorders:
        if recorder.event.resource == "workflows":
            yield from recorder.program.first(event, recorder.zone, now=0)["data"]


def _seen(workflow: Object) -> Seen:
    metadata, status = workflow["metadata"], workflow.get("status") or {}
    return Seen(
        workflow=metadata["name"],
        phase=str(status.get("phase") or "Pending"),
        message=str(status.get("message") or ""),
        started_at=str(status.get("startedAt") or metadata.get("creationTimestamp") or ""),
        has_ended=(metadata.get("labels") or {}).get(_COMPLETED) == "true",
    )
