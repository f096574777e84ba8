"""Which runs of a graph's CronWorkflows were due and never started.

That a run is not there does not say that it never was: finished runs are removed, by number and by age. A run is
called missed only if it would still be there. Else a fact in a ledger can prove that it was; without one nobody
knows, and the answer says so instead of guessing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from http import HTTPStatus
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from depgen.cluster.api import (
    CLUSTER_WORKFLOW_TEMPLATES,
    CONFIG_MAPS,
    CRON_WORKFLOWS,
    WORKFLOW_TEMPLATES,
    WORKFLOWS,
    Cluster,
    ClusterError,
    Object,
)
from depgen.cluster.cron_workflow import (
    OF_CRON,
    Children,
    CronWorkflow,
    scheduled_for,
    seconds_kept,
)
from depgen.model import Graph
from depgen.runnable import Runnable

SECOND = timedelta(seconds=1)
NAMES_PER_LIST = 100  # in one label selector: it is part of a URL


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


@dataclass
class Ledgers:
    """The proof in ledgers that a run was, read when it is asked for: mostly it never is."""

    cluster: Cluster
    programs: Mapping[str, Runnable]
    _read: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    def entries(self, cron: CronWorkflow, at: datetime) -> list[tuple[str, str, str]]:
        """Where a run that was due at a time would have left its facts: (graph, ledger, start of an entry's name)."""
        body = cron.run(at)
        written = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        body["metadata"] |= {"uid": "-", "namespace": cron.namespace}
        body["metadata"]["labels"] = {**body["metadata"]["labels"], "workflows.argoproj.io/completed": "true"}
        body["status"] = {"phase": "Succeeded", "startedAt": written, "finishedAt": written}
        found: list[tuple[str, str, str]] = []
        for graph, runnable in self.programs.items():
            for recorder in runnable.recorders:
                if recorder.event.resource == "workflows" and recorder.event.namespace == cron.namespace:
                    event = {"type": "ADD", "body": body}
                    result = recorder.program.first(event, recorder.zone, now=0)
                    names = result["data"] if result["fresh"] else ()
                    starts = (name.rpartition("-.")[0] for name in names if name.startswith("run."))
                    found += [(graph, str(result["name"]), start) for start in starts]
        return found

    def proof(self, cron: CronWorkflow, at: datetime, entries: Iterable[tuple[str, str, str]]) -> str:
        """What shows that the run was, or that somebody decided against it; "" if nothing does."""
        for graph, ledger, start in entries:
            for name, text in self._data(graph, ledger).items():
                if name.startswith(start):
                    workflow = _workflow(text)
                    due = scheduled_for(cron.name, workflow)
                    if due in (None, int(at.timestamp())):
                        return f"ledger {ledger} has {workflow or name}"
        return ""

    def _data(self, graph: str, ledger: str) -> Mapping[str, str]:
        if (graph, ledger) not in self._read:
            found = self.cluster.get(CONFIG_MAPS, self.programs[graph].namespace, ledger)
            self._read[graph, ledger] = (found or {}).get("data") or {}
        return self._read[graph, ledger]


def _children(cluster: Cluster, namespace: str, names: Sequence[str]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    rest = iter(names)
    while part := list(islice(rest, NAMES_PER_LIST)):
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
    judge = _Judge(cluster, children, ledgers, wanted.now)
    running = children.running_at(wanted.now) or ""
    return replace(judged, due=tuple(judge.due(at, at == times[-1]) for at in times), running=running)


@dataclass
class _Judge:
    """Tells of one CronWorkflow what became of a time; asks the cluster for more only where that decides."""

    cluster: Cluster
    children: Children
    ledgers: Ledgers
    now: datetime

    def due(self, at: datetime, is_last: bool) -> Due:
        cron = self.children.cron
        blank = Due(at, cron.run_name(at), Verdict.RAN)
        if int(at.timestamp()) in self.children.scheduled or cron.last_scheduled == at:
            return blank
        entries = self.ledgers.entries(cron, at)
        blank = blank._replace(keys=dict(_node_and_key(graph, start) for graph, _, start in entries))
        by_hand = [name for key, name in self.children.manual_keys.items() if key in blank.keys.values()]
        proof = f"{by_hand[0]} has its key" if by_hand else self.ledgers.proof(cron, at, entries)
        if proof:
            return blank._replace(reason=proof)
        verdict, reason = self._absent(at)
        if verdict is Verdict.MISSED and is_last:
            reason = "; ".join(filter(None, (reason, self._still_possible(at))))
        return blank._replace(verdict=verdict, reason=reason)

    def _absent(self, at: datetime) -> tuple[Verdict, str]:
        """Of a time of which there is no trace."""
        cron = self.children.cron
        if at < cron.changed_at:
            changed = cron.changed_at.isoformat(timespec="seconds")
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
        return f"the controller may start it until {end.isoformat(timespec='seconds')}" if is_possible else ""

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


def _node_and_key(graph: str, start: str) -> tuple[str, str]:
    _, node, key, _ = start.split(".")
    return f"{graph}/{node}", key


def _workflow(text: str) -> str:
    """The Workflow that a fact tells of; "" if it tells of none."""
    try:
        fact = json.loads(text)
    except ValueError:
        return ""
    return str(fact.get("workflow", "")) if isinstance(fact, dict) else ""
