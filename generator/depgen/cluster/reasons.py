"""Why an edge is not satisfied, told from its ledger and those beside it.

That it is not satisfied is the decide program's answer. The reason is found by looking at the facts that the program
had: one that is there and does not count was refused by the edge's window, lookback or condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cluster import keytimes
from depgen.cluster.entries import Fact, Invalid, Ledger, latest, newest
from depgen.cluster.states import Ledgers, Subject, is_closed, strikes_at
from depgen.model import Edge, Node
from depgen.times import NO_TIME, WallTime

_FAILURES = ("Failed", "Error", "Expired", "Rejected")
_NEIGHBOURS = 2
_MOST_NAMED = 3
# What an edge says of a day on which its upstream is closed, by its `ifNotScheduled`.
_OF_CLOSED: Mapping[str | None, str] = {
    None: "says nothing of that",
    "wait": "waits all the same",
    "satisfy": "is satisfied by that",
    "skip": "leaves the node out then",
}


class Reason(StrEnum):
    """Why a node does not run, as programs read it."""

    NOT_RUN = "upstream-not-run"
    FAILED = "upstream-failed"
    RUNNING = "upstream-running"
    NOT_RECORDED = "upstream-not-recorded"
    NOT_SCHEDULED = "upstream-not-scheduled"
    STALE = "stale-lookback"
    OUTSIDE = "outside-window"
    GATED = "gated"
    HELD = "held"
    SUSPENDED = "suspended"
    CLOSED = "calendar-closed"
    INACTIVE = "outside-active"
    KEY_MISMATCH = "key-mismatch"
    CONDITION_FALSE = "condition-false"
    ALREADY_FIRED = "already-fired"
    REFUSED = "submission-refused"


class Finding(NamedTuple):
    """A reason, what was found, since when (UTC, "" if that cannot be told), and what would help."""

    reason: Reason
    text: str
    since: str = ""
    remedy: str = ""


class Waiting(NamedTuple):
    """A node, the ledger it waits in, and what may explain that it does.

    `asked` is the upstream's key that is looked at, where the program had to say which it is.
    """

    subject: Subject
    node: Node
    ledger: Ledger
    ledgers: Ledgers
    invalid: list[Invalid]
    asked: str = ""

    def facts(self, edge: Edge) -> list[Fact]:
        """What the ledger holds of the upstream at the key that the edge reads."""
        if self.asked:
            return self.ledger.facts_of(edge.upstream, self.asked)
        return self.ledger.facts(edge.upstream, edge.offset)

    def upstream_key(self, edge: Edge) -> str:
        """The key of the upstream that an edge reads."""
        if self.asked:
            return self.asked
        if not edge.offset:
            return self.ledger.key
        return keytimes.moved(self.ledger.key, self.subject.every(edge.upstream), edge.offset)


def unsatisfied(of: Waiting, number: int, edge: Edge) -> Finding:
    """Why the edge of this number does not count."""
    facts = of.facts(edge)
    ended = [fact for fact in facts if not fact.is_claim]
    last = newest(facts)
    if last is None:
        return _absent(of, edge)
    if last.is_claim:
        before = latest(ended)
        text = f"{last.workflow} has not ended" + (f"; {_ended(before)} before" if before else "")
        return Finding(Reason.RUNNING, text, before.finished_at if before else "", "its end")
    inside = [fact for fact in ended if _is_inside(of, edge, fact)]
    if not inside and any(counts(edge, fact.phase) for fact in ended):
        return _outside(of, edge, last)
    last = latest(inside) or last
    if not counts(edge, last.phase):
        return _other_phase(of, edge, last)
    return _refused(of, number, edge, last)


def incomplete(of: Waiting, number: int, edge: Edge, each: Sequence[Mapping[str, Any]]) -> Finding:
    """Why an edge over several keys does not count: how many are there, and what is wrong with the first that is not."""
    missing = [str(one["key"]) for one in each if not one.get("ok")]
    if not each:
        text = "its calendar is closed for all keys that the edge wants"
        return Finding(Reason.NOT_SCHEDULED, text, "", f"ifNotScheduled on the edge, or {_by_hand(of, edge)}")
    first = unsatisfied(of._replace(asked=missing[0]), number, edge)
    named = ", ".join(missing[:_MOST_NAMED]) + (
        f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    )
    text = f"{len(each) - len(missing)} of {len(each)} keys; without {named}: {first.text}"
    settles = strikes_at(of.subject, of.node, f"settle-{edge.upstream}", of.ledger.key)
    later = f"; {_enough(edge, len(each))} are enough from {_local(of, settles)}" if settles else ""
    return Finding(first.reason, text, first.since, first.remedy + later)


def _enough(edge: Edge, all_: int) -> int:
    least = edge.require or all_
    return least if least > 0 else all_ + least


def counts(edge: Edge, phase: str) -> bool:
    """Whether a phase is one that the edge waits for."""
    if isinstance(edge.phases, tuple):
        return phase in edge.phases
    return {"success": phase == "Succeeded", "failure": phase in _FAILURES}.get(edge.phases, True)


# ---- a fact that does not count ----


def _is_inside(of: Waiting, edge: Edge, fact: Fact) -> bool:
    if "backfill" in of.ledger.data:
        return True
    window = edge.window
    in_window = window is None or _clock(of, window.start) <= fact.wall < _clock(of, window.end)
    return in_window and not _is_late(of, fact)


def _is_late(of: Waiting, fact: Fact) -> bool:
    """Whether it ended when the node had stopped waiting."""
    end = strikes_at(of.subject, of.node, "cutoff", of.ledger.key)
    ended = keytimes.instant(fact.finished_at)
    return end is not None and of.node.on_late == "drop" and ended is not None and ended >= end


def _clock(of: Waiting, time: WallTime) -> str:
    """A wall-clock time of the key, written as facts have it."""
    every = of.subject.every(of.node.id)
    begin = keytimes.start(of.ledger.key, every)
    day = keys.last_day(begin, every) if time.from_end else begin.date()
    return (keys.midnight(day) + timedelta(seconds=time.offset)).strftime("%Y-%m-%dT%H:%M:%S")


def _outside(of: Waiting, edge: Edge, fact: Fact) -> Finding:
    if edge.window is None or _is_late(of, fact):
        cutoff = strikes_at(of.subject, of.node, "cutoff", of.ledger.key)
        assert cutoff is not None
        text = f"{_ended(fact)} at {_shown(fact.wall)} local time, after the cutoff at {_local(of, cutoff)}"
        return Finding(Reason.OUTSIDE, text, fact.finished_at, _by_hand(of, edge))
    begin, end = (_shown(_clock(of, time)) for time in (edge.window.start, edge.window.end))
    text = f"{_ended(fact)} at {_shown(fact.wall)} local time, outside of {begin} to {end}"
    return Finding(Reason.OUTSIDE, text, fact.finished_at, f"an end from {begin} until before {end}")


def _other_phase(of: Waiting, edge: Edge, fact: Fact) -> Finding:
    if fact.phase == "Succeeded":
        text = f"{_ended(fact)}, and the edge waits for {wanted(edge)}"
        return Finding(Reason.CONDITION_FALSE, text, fact.finished_at, "such an end")
    return Finding(Reason.FAILED, _ended(fact), fact.finished_at, _retry(of, edge, fact))


def _retry(of: Waiting, edge: Edge, fact: Fact) -> str:
    upstream = of.subject.graph.nodes[edge.upstream]
    if (upstream.source and upstream.source.kind == "graph") or not fact.workflow:
        return f"a run of it that gives {wanted(edge)}"
    namespace = (
        upstream.run.namespace if upstream.run else upstream.source.namespace if upstream.source else ""
    )
    return f"argo retry {fact.workflow} -n {namespace}"


def _refused(of: Waiting, number: int, edge: Edge, fact: Fact) -> Finding:
    """The fact is of the right phase and inside the window: the lookback or the condition refuses it."""
    decider = of.subject.programs.deciders[of.node.id]
    if edge.since_last_run:
        text = f"{_ended(fact)}, before what the run of the previous key rests on"
        return Finding(Reason.STALE, text, fact.finished_at, "a later run of it for this key")
    if edge.lookback and f"def fact{number}:" in decider.program.text:
        # Up to the lookback an edge with one is a def of its own, which `newest` is told from.
        question = f"{{ok: fact{number}.ok, newest: newest}}"
        answer = decider.ask(question).first({"body": of.ledger.body}, decider.zone)
        if answer["ok"]:
            text = f"{_ended(fact)}, too long before the newest end in use ({_local(of, answer['newest'])})"
            return Finding(Reason.STALE, text, fact.finished_at, "a later run of it for this key")
    text = f"{_ended(fact)}, and the condition is not true of it: {edge.when}"
    return Finding(Reason.CONDITION_FALSE, text, fact.finished_at, "a run of it of which it is true")


# ---- no fact ----


def _absent(of: Waiting, edge: Edge) -> Finding:
    found = next(_mismatches(of, edge), None)
    if found:
        return Finding(Reason.KEY_MISMATCH, *found, f"if it was meant for this key: {_by_hand(of, edge)}")
    if is_closed(of.subject, edge.upstream, of.upstream_key(edge)):
        needs = (
            _by_hand(of, edge)
            if edge.if_not_scheduled
            else f"ifNotScheduled on the edge, or {_by_hand(of, edge)}"
        )
        text = f"its calendar is closed for this key, and the edge {_OF_CLOSED[edge.if_not_scheduled]}"
        return Finding(Reason.NOT_SCHEDULED, text, "", needs)
    return Finding(Reason.NOT_RUN, "not recorded yet", "", f"{wanted(edge)} for {of.upstream_key(edge)}")


def _mismatches(of: Waiting, edge: Edge) -> Iterator[tuple[str, str]]:
    """Completions that stand under another key, or none, although they look like ones of this key; and when."""
    every, key = of.subject.every(edge.upstream), of.upstream_key(edge)
    begin = keytimes.start(key, every).strftime("%Y-%m-%dT%H:%M:%S")
    for entry in reversed(of.invalid):
        if entry.node == edge.upstream and entry.finished_at >= begin:
            yield f"{entry.workflow} ended without a key: {entry.reason}", entry.finished_at
    later, earlier = _neighbours(of, edge, key)
    for other in later:
        own = keytimes.start(other, every).strftime("%Y-%m-%dT%H:%M:%S")
        for fact in _facts(of, edge, other):
            if begin <= fact.wall < own and not _moves(of, edge):
                yield f"{_ended(fact)} before its key {other} began", fact.finished_at
    for other in earlier:
        facts = _facts(of, edge, other)
        if len({fact.uid for fact in facts}) > 1 and facts[-1].wall >= begin:
            yield f"{_ended(facts[-1])} under the key {other}, which has another run", facts[-1].finished_at


def _neighbours(of: Waiting, edge: Edge, key: str) -> tuple[list[str], list[str]]:
    known = of.ledgers.keys_of(of.subject, edge.upstream)
    later = [other for other in known if other > key][:_NEIGHBOURS]
    return later, [other for other in reversed(known) if other < key][:_NEIGHBOURS]


def _facts(of: Waiting, edge: Edge, key: str) -> list[Fact]:
    """What an upstream ended with at a key, the newest last."""
    facts = of.ledgers.of(of.subject, edge.upstream, key).facts(edge.upstream)
    return sorted((fact for fact in facts if not fact.is_claim), key=lambda fact: fact.finished_at)


def _moves(of: Waiting, edge: Edge) -> bool:
    """Whether the upstream's keys are ahead of the clock by intent."""
    source = of.subject.graph.nodes[edge.upstream].source
    return source is not None and (
        source.key.offset != NO_TIME or source.key.origin not in ("auto", "scheduledTime")
    )


# ---- words ----


def _by_hand(of: Waiting, edge: Edge) -> str:
    if of.node.source:
        return f"a run of it with the label depgen.io/key={of.ledger.key}"
    return f"depgen satisfy {of.node.id} {edge.upstream} --key {of.ledger.key}"


def wanted(edge: Edge) -> str:
    """What an edge waits for: `success`, `Failed or Error`."""
    return edge.phases if isinstance(edge.phases, str) else " or ".join(edge.phases)


def _ended(fact: Fact) -> str:
    who = fact.workflow or "it"
    reason = f" ({fact.reason})" if fact.reason else ""
    by = f" by {fact.by}, {fact.why}" if fact.by else ""
    return f"{who} ended {fact.phase}{reason}{by}" if fact.workflow else f"{fact.phase}{reason}{by}"


def _local(of: Waiting, moment: float) -> str:
    """An instant on the clocks of the graph's zone, as all times are shown."""
    return datetime.fromtimestamp(moment, ZoneInfo(of.subject.graph.zone)).strftime("%Y-%m-%d %H:%M")


def _shown(wall: str) -> str:
    return wall[:16].replace("T", " ")
