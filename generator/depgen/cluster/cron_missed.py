"""Which runs of a graph's CronWorkflows were due and never started.

That a run is not there does not say that it never was: finished runs are removed, by number and by age. A run is
called missed only if it would still be there. Else a fact in a ledger can prove that it was; without one nobody
knows, and the answer says so instead of guessing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from http import HTTPStatus
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen.cluster.api import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Cluster,
    ClusterError,
    Object,
)
from depgen.cluster.cron_proof import Entry, Ledgers, parts
from depgen.cluster.cron_workflow import (
    OF_CRON,
    Children,
    CronWorkflow,
    seconds_kept,
)
from depgen.model import Graph
from depgen.runnable import Runnable

SECOND = timedelta(seconds=1)


class Verdict(StrEnum):
    """What became of a time at which a run was due."""

    RAN = "ran"
    MISSED = "missed"
    FORBIDDEN = "forbidden"  # by its concurrencyPolicy, as it should be
    UNKNOWN = "unknown"


class Due(NamedTuple):
    """One time at which a run was due. `keys` are those that it would have had, by node: `etl/sales` -> 20261121."""

    at: datetime
    name: str
    verdict: Verdict
    reason: str = ""
    keys: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Judged:
    """One CronWorkflow that graphs listen to. `nodes` are `graph/node`; `cron` is None if there is none."""

    namespace: str
    name: str
    nodes: tuple[str, ...]
    cron: CronWorkflow | None = None
    trouble: str = ""
    not_judged: str = ""
    due: tuple[Due, ...] = ()
    running: str = ""

    def of(self, verdict: Verdict) -> list[Due]:
        """The times with this verdict, in order."""
        return [due for due in self.due if due.verdict is verdict]

    @property
    def is_fine(self) -> bool:
        """Whether nothing is known to be missed."""
        return not self.trouble and not self.of(Verdict.MISSED)


@dataclass(frozen=True)
class Span:
    """What is looked at: times from `start` on, and by `end` a run has to be there; `now` is the cluster's clock."""

    start: datetime
    end: datetime
    now: datetime


def span(now: float, since: float, grace: float) -> Span:
    """The last `since` seconds; a run may start `grace` seconds late."""
    moment = datetime.fromtimestamp(now, UTC)
    return Span(moment - timedelta(seconds=since), moment - timedelta(seconds=grace), moment)


def check(
    cluster: Cluster, graphs: Sequence[Graph], programs: Mapping[str, Runnable], wanted: Span
) -> list[Judged]:
    """Every CronWorkflow that a node of the graphs listens to, sorted by namespace and name."""
    nodes: dict[tuple[str, str], list[str]] = {}
    for graph in graphs:
        for node in graph.nodes.values():
            if node.source and node.source.kind == "cronWorkflow":
                nodes.setdefault((node.source.namespace, node.source.name), []).append(
                    f"{graph.name}/{node.id}"
                )
    ledgers = Ledgers(cluster, programs)
    found: list[Judged] = []
    for namespace in sorted({namespace for namespace, _ in nodes}):
        names = sorted(name for place, name in nodes if place == namespace)
        live = {o["metadata"]["name"]: o for o in cluster.list(CRON_WORKFLOWS, namespace)}
        children = _children(cluster, namespace, [name for name in names if name in live])
        for name in names:
            blank = Judged(namespace, name, tuple(sorted(nodes[namespace, name])))
            if name in live:
                cron = CronWorkflow(live[name])
                of_cron = Children(cron, tuple(children.get(name, ())))
                found.append(_judge(cluster, blank, of_cron, ledgers, wanted))
            else:
                found.append(replace(blank, trouble="is not there"))
    return found


def _children(cluster: Cluster, namespace: str, names: Sequence[str]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    for part in parts(names):
        for child in cluster.list(WORKFLOWS, namespace, f"{OF_CRON} in ({','.join(part)})"):
            found.setdefault(child["metadata"]["labels"][OF_CRON], []).append(child)
    return found


def _judge(cluster: Cluster, blank: Judged, children: Children, ledgers: Ledgers, wanted: Span) -> Judged:
    cron = children.cron
    judged = replace(blank, cron=cron, trouble=cron.trouble)
    if cron.trouble:
        return judged
    if cron.not_judged:
        return replace(judged, not_judged=cron.not_judged)
    times = cron.times(max(wanted.start, cron.created_at + SECOND), wanted.end)
    absent = [
        at for at in times if int(at.timestamp()) not in children.scheduled and at != cron.last_scheduled
    ]
    entries = {at: ledgers.entries(cron, at) for at in absent}
    ledgers.read(chain.from_iterable(entries.values()))
    judge = _Judge(cluster, children, ledgers, wanted.now)
    due = [
        judge.absent(at, entries[at], at == times[-1])
        if at in entries
        else Due(at, cron.run_name(at), Verdict.RAN)
        for at in times
    ]
    return replace(judged, due=tuple(due), running=children.running_at(wanted.now) or "")


@dataclass
class _Judge:
    """Tells of one CronWorkflow what became of a time; asks the cluster for more only where that decides."""

    cluster: Cluster
    children: Children
    ledgers: Ledgers
    now: datetime

    def absent(self, at: datetime, entries: Sequence[Entry], is_last: bool) -> Due:
        """Of a time without a run of its name; `is_last`: there is none later."""
        cron = self.children.cron
        keys = {entry.node: entry.node_key for entry in entries}
        blank = Due(at, cron.run_name(at), Verdict.RAN, keys=keys)
        by_hand = [name for key, name in self.children.manual_keys.items() if key in keys.values()]
        proof = f"{by_hand[0]} has its key" if by_hand else self.ledgers.proof(cron, at, entries)
        if proof:
            return blank._replace(reason=proof)
        verdict, reason = self._unproven(at)
        if verdict is Verdict.MISSED and is_last:
            reason = "; ".join(filter(None, (reason, self._still_possible(at))))
        return blank._replace(verdict=verdict, reason=reason)

    def _unproven(self, at: datetime) -> tuple[Verdict, str]:
        """Of a time of which there is no trace."""
        cron = self.children.cron
        if at < cron.changed_at:
            changed = self._wall(cron.changed_at)
            return Verdict.UNKNOWN, f"its spec was written later, at {changed}: it may have been another"
        if not self.children.would_be_kept(at, self._seconds_kept, self.now):
            return Verdict.UNKNOWN, "a run may have been removed since: history limits or ttlStrategy"
        running = self.children.running_at(at) if cron.policy == "Forbid" else None
        if running:
            return Verdict.FORBIDDEN, f"concurrencyPolicy: Forbid, and {running} was running"
        return Verdict.MISSED, f"the controller says: {cron.said}" if cron.said else ""

    def _still_possible(self, at: datetime) -> str:
        cron = self.children.cron
        end = at + timedelta(seconds=cron.spec.get("startingDeadlineSeconds") or 0)
        is_possible = cron.last_scheduled and self.now < end
        return f"the controller may start it until {self._wall(end)}" if is_possible else ""

    def _wall(self, at: datetime) -> str:
        """In the zone of the schedule, in which people are told of all other times too."""
        return at.astimezone(ZoneInfo(self.children.cron.zone)).isoformat(timespec="seconds")

    @cached_property
    def _seconds_kept(self) -> Mapping[str, float]:
        """By the newest run, which also knows the controller's own defaults; else by what is written."""
        spec = self.children.cron.spec["workflowSpec"]
        newest = self.children.newest or {"spec": spec}
        stored = (newest.get("status") or {}).get("storedWorkflowTemplateSpec")
        if stored is None and "workflowTemplateRef" in spec:
            try:
                stored = self._template(spec["workflowTemplateRef"])
            except ClusterError as error:
                if error.status != HTTPStatus.FORBIDDEN:
                    raise
                return {"Succeeded": 0, "Failed": 0}
        return seconds_kept(newest["spec"], stored or {})

    def _template(self, ref: Mapping[str, Any]) -> Mapping[str, Any]:
        if ref.get("clusterScope"):
            found = self.cluster.get(CLUSTER_WORKFLOW_TEMPLATES, "", ref["name"])
        else:
            found = self.cluster.get(WORKFLOW_TEMPLATES, self.children.cron.namespace, ref["name"])
        spec: Mapping[str, Any] = (found or {}).get("spec") or {}
        return spec
