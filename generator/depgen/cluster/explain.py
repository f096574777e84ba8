"""Why one node did or did not run for one key: edges, gates, clocks, hands and its own Workflow, as values.

The ledger is asked first. The cluster is looked at only for what no ledger holds: Workflows that have not ended, the
schedule of a CronWorkflow, and the message of the node's own Workflow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from depgen import naming
from depgen.cluster import keytimes, reasons, upstreams
from depgen.cluster.api import WORKFLOWS, Cluster
from depgen.cluster.causes import causes
from depgen.cluster.explanation import (
    ClockReport,
    EdgeReport,
    Explanation,
    GroupReport,
    RunReport,
    flat,
)
from depgen.cluster.reasons import Finding, Reason, Waiting
from depgen.cluster.states import (
    Answer,
    Cell,
    Ledgers,
    State,
    Subject,
    ask,
    cell,
    is_active,
    is_closed,
    read_invalid,
    strikes_at,
)
from depgen.model import Edge, Group, Node, leaves

# Upstreams of upstreams that are told of in a line, so that the line can be read.
_DEPTH = 4
_MOST_NAMED = 4
_MESSAGE = {
    State.REJECTED: Reason.REFUSED,
    State.SUBMITTED: Reason.ALREADY_FIRED,
    State.SUCCEEDED: Reason.ALREADY_FIRED,
    State.FAILED: Reason.ALREADY_FIRED,
    State.SKIPPED: Reason.ALREADY_FIRED,
    State.EXPIRED: Reason.ALREADY_FIRED,
}


@dataclass(frozen=True)
class _Question:
    """A node and key, with all that was read to answer it."""

    cluster: Cluster
    of: Waiting
    now: float

    @property
    def subject(self) -> Subject:
        return self.of.subject


def explain(
    cluster: Cluster, subject: Subject, ledgers: Ledgers, node: Node, key: str, now: float
) -> Explanation:
    """Why a run did or did not fire. `key` is one of the node's period; `now` is in seconds since 1970."""
    graph = subject.graph
    of = Waiting(subject, node, ledgers.of(subject, node.id, key), ledgers, read_invalid(cluster, subject))
    question = _Question(cluster, of, now)
    own = cell(subject, node, of.ledger, now)
    state = own.state if own else State.WAITING
    if node.source:
        edges, findings = _source(question, own), list[Finding]()
    else:
        answer = ask(subject, node, of.ledger)
        edges = _edges(question, answer)
        findings = list(_findings(question, answer, own, edges))
    tries, tried_at = of.ledger.tries(node.id)
    return Explanation(
        graph=graph.name,
        namespace=graph.namespace,
        zone=graph.zone,
        node=node.id,
        key=key,
        state=state,
        was=own.was if own else state,
        findings=tuple(findings),
        edges=edges,
        clocks=tuple(_clocks(question)),
        hands=tuple(of.ledger.hands(node.id)),
        run=_run(question, own),
        tries=tries,
        tried_at=tried_at,
        is_source=node.source is not None,
    )


def default_key(subject: Subject, ledgers: Ledgers, node: Node, now: float) -> str | None:
    """The newest key with a ledger at which the node has not succeeded, else the newest; None if there is none."""
    known = ledgers.keys_of(subject, node.id)
    for key in reversed(known):
        own = cell(subject, node, ledgers.of(subject, node.id, key), now)
        if own and own.state is not State.SUCCEEDED:
            return key
    return known[-1] if known else None


# ---- edges ----


def _source(question: _Question, own: Cell | None) -> GroupReport:
    """A source has no edges; what somebody who waits for its success would be told is all there is to say."""
    node = question.of.node
    edge = Edge(node.id, node.place)
    report = EdgeReport(
        node.id, question.of.ledger.key, "success", own is not None and own.phase == "Succeeded"
    )
    if report.is_satisfied and own and own.fact:
        return GroupReport(
            1, (report._replace(workflow=own.fact.workflow, finished_at=own.fact.finished_at),)
        )
    return GroupReport(1, (_missing(question, edge, report, reasons.unsatisfied(question.of, 0, edge)),))


def _edges(question: _Question, answer: Answer) -> GroupReport:
    flat = [
        _edge(question, number, edge, answer) for number, edge in enumerate(leaves(question.of.node.edges))
    ]
    return _grouped(question.of.node.edges, iter(flat))


def _grouped(group: Group, flat: Iterator[EdgeReport]) -> GroupReport:
    members = tuple(_grouped(m, flat) if isinstance(m, Group) else next(flat) for m in group.members)
    return GroupReport(group.need or len(members), members)


def _edge(question: _Question, number: int, edge: Edge, answer: Answer) -> EdgeReport:
    of, told = question.of, answer.edges[number]
    of = of._replace(asked=str(told.get("key", "")))
    report = EdgeReport(edge.upstream, of.upstream_key(edge), reasons.wanted(edge), bool(told.get("ok")))
    if "each" in told:
        report = report._replace(key=_range([str(one["key"]) for one in told["each"]]))
    if report.is_satisfied:
        return report._replace(
            workflow=str(told.get("workflow") or ""),
            finished_at=str(told.get("finishedAt") or ""),
            hand=of.ledger.hand("satisfy", of.node.id, edge.upstream),
        )
    if "each" in told:
        return report._replace(finding=reasons.incomplete(of, number, edge, told["each"]))
    return _missing(question, edge, report, reasons.unsatisfied(of, number, edge))


def _range(keys: list[str]) -> str:
    return f"{keys[0]}..{keys[-1]}" if len(keys) > 1 else "".join(keys)


def _missing(question: _Question, edge: Edge, report: EdgeReport, finding: Finding) -> EdgeReport:
    if finding.reason in (Reason.NOT_RUN, Reason.KEY_MISMATCH, Reason.RUNNING):
        return _absent(question, edge, finding, report._replace(finding=finding))
    return report._replace(finding=finding)


def _absent(question: _Question, edge: Edge, finding: Finding, report: EdgeReport) -> EdgeReport:
    """An upstream without an end: what of it the cluster knows, and when it is to come."""
    subject = question.subject
    upstream = subject.graph.nodes[edge.upstream]
    seen = upstreams.seen(question.cluster, subject, upstream, report.key, question.now)
    if seen:
        report = report._replace(workflow=seen[-1].workflow, finding=_seen(seen[-1]))
    elif finding.reason is Reason.RUNNING:
        text = f"{finding.text}, but it is not in the cluster any more"
        report = report._replace(finding=finding._replace(text=text, remedy="a run of it by hand"))
    if upstream.source:
        times = upstreams.schedules(question.cluster, upstream.source, report.key, question.now)
        if times and not seen:
            return report._replace(
                expected=times.of_key, next=times.next, is_cron_suspended=times.is_suspended
            )
    elif finding.reason is Reason.NOT_RUN:
        return report._replace(waits=_waits(question, upstream, report.key, _DEPTH))
    return report


def _seen(workflow: upstreams.Seen) -> Finding:
    message = f": {workflow.message}" if workflow.message else ""
    if workflow.has_ended:
        text = f"{workflow.workflow} ended {workflow.phase}, and no ledger says so"
        return Finding(Reason.NOT_RECORDED, text, workflow.started_at, "depgen reconcile")
    text = f"{workflow.workflow} is {workflow.phase}{message}"
    return Finding(Reason.RUNNING, text, workflow.started_at, "its end")


def _waits(question: _Question, node: Node, key: str, depth: int) -> str:
    """What a run waits for itself, and what that waits for: `stock, load (waits for extract)`."""
    subject, ledgers = question.subject, question.of.ledgers
    of = question.of._replace(node=node, ledger=ledgers.of(subject, node.id, key))
    own = cell(subject, node, of.ledger, question.now)
    if own is None or own.was is not State.WAITING:
        return f"is {own.was}" if own else "never runs for this key"
    told = ask(subject, node, of.ledger).edges
    missing = [edge for edge, said in zip(leaves(node.edges), told, strict=True) if not said.get("ok")]
    names = [_name(question, of, edge, depth) for edge in missing[:_MOST_NAMED]]
    more = [f"{len(missing) - _MOST_NAMED} more"] if len(missing) > _MOST_NAMED else []
    return "waits itself for " + ", ".join(names + more)


def _name(question: _Question, of: Waiting, edge: Edge, depth: int) -> str:
    upstream = of.subject.graph.nodes[edge.upstream]
    if upstream.source or depth == 0 or edge.match.kind not in ("same", "offset"):
        return edge.upstream
    return f"{edge.upstream}, which {_waits(question, upstream, of.upstream_key(edge), depth - 1)}"


# ---- the node itself ----


def _findings(question: _Question, answer: Answer, own: Cell | None, edges: GroupReport) -> Iterator[Finding]:
    of, state = question.of, own.was if own else State.WAITING
    if own and own.fact and state in _MESSAGE:
        yield _fired(of, own)
        return
    if is_closed(of.subject, of.node.id, of.ledger.key):
        yield Finding(Reason.CLOSED, "its calendar is closed for this key: it does not run")
    elif not is_active(of.subject, of.node, of.ledger.key):
        text = f"it runs for keys from {of.node.active_from or 'ever'} until {of.node.active_until or 'ever'} only"
        yield Finding(Reason.INACTIVE, text)
    if hold := of.ledger.hand("hold", of.node.id):
        remedy = f"depgen release {of.node.id} --key {of.ledger.key}"
        yield Finding(Reason.HELD, f"by {hold.by}: {hold.why}", hold.at, remedy)
    if of.node.is_suspended:
        yield Finding(Reason.SUSPENDED, "the graph says suspend: true", "", "suspend: false in the graph")
    if answer.is_gated:
        at = strikes_at(of.subject, of.node, "notBefore", of.ledger.key)
        yield Finding(
            Reason.GATED, "all it waits for is there", "", f"the gate opens at {keytimes.utc(at or 0)}"
        )
    if answer.is_due:
        yield from _unsubmitted(of)
    elif not answer.is_ready:
        yield from (edge.finding for edge in flat(edges) if edge.finding)
        if of.node.depends_on_past and answer.past is not None and not answer.past.get("ok"):
            yield _past(of, answer.past)


def _past(of: Waiting, past: Mapping[str, Any]) -> Finding:
    phase = past.get("phase")
    said = f"{past.get('workflow') or 'it'} ended {phase}" if phase else "has not run, or its fact is gone"
    text = f"dependsOnPast: the node's own key before this one: {said}"
    reason = Reason.FAILED if phase else Reason.NOT_RUN
    return Finding(reason, text, str(past.get("finishedAt") or ""), f"a success of {of.node.id} for that key")


def _fired(of: Waiting, own: Cell) -> Finding:
    fact = own.fact
    assert fact
    by = f" by {fact.by}" if fact.by else ""
    why = "; ".join(filter(None, (fact.reason, fact.why)))
    text = f"{fact.workflow or own.was.lower()} {fact.phase}{by}" if fact.workflow else f"{fact.phase}{by}"
    remedy = f"depgen backfill --from {own.key} --to {own.key} --rerun ID" if own.was is State.FAILED else ""
    return Finding(_MESSAGE[own.was], text + (f": {why}" if why else ""), fact.finished_at, remedy)


def _unsubmitted(of: Waiting) -> Iterator[Finding]:
    """It is due and there is no claim: on its way for a moment, else lost or refused."""
    tries, at = of.ledger.tries(of.node.id)
    if tries:
        text = f"the sweep asked {tries} times, and nothing was submitted; the submit Sensor's log says why"
        yield Finding(Reason.REFUSED, text, at, "a quota, webhook or template that is put right")


def _clocks(question: _Question) -> Iterator[ClockReport]:
    of = question.of
    for name in of.node.clocks:
        at = strikes_at(of.subject, of.node, name, of.ledger.key)
        if at is not None:
            recorded = bool(of.ledger.clock(of.node.id, name))
            yield ClockReport(name, at, recorded or at <= question.now, recorded)


def _run(question: _Question, own: Cell | None) -> RunReport | None:
    of, fact = question.of, own.fact if own else None
    if fact is None or not fact.workflow or of.node.run is None:
        return None
    found = question.cluster.get(WORKFLOWS, of.node.run.namespace, fact.workflow)
    if found is None:
        return RunReport(fact.workflow, False, fact.phase, finished_at=fact.finished_at)
    status, metadata = found.get("status") or {}, found["metadata"]
    return RunReport(
        workflow=fact.workflow,
        is_there=True,
        phase=str(status.get("phase") or fact.phase),
        message=str(status.get("message") or ""),
        created_at=str(metadata.get("creationTimestamp") or ""),
        finished_at=str(status.get("finishedAt") or fact.finished_at),
        causes=causes(of.node.id, (metadata.get("annotations") or {}).get(naming.ANNOTATION_CAUSE, "")),
    )
