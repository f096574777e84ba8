"""Why a node does or does not run for a key: a tree for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from depgen.cluster import keytimes
from depgen.cluster.causes import Cause
from depgen.cluster.entries import Hand
from depgen.cluster.explanation import EdgeReport, Explanation, GroupReport, RunReport, flat
from depgen.cluster.reasons import Finding
from depgen.cluster.states import State
from depgen.report.display import visible
from depgen.report.moments import shown

VERSION = 1
_RESET, _BOLD, _GREEN, _RED, _GREY = "\x1b[0m", "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[90m"
_CLOCKS = {
    "notBefore": "nothing is submitted before",
    "startBy": "to be submitted by then",
    "deadline": "to have succeeded by then",
    "cutoff": "the end of waiting",
    "settle": "fewer keys are enough from then on",
}


def text(told: Explanation, now: float, has_colour: bool) -> str:
    """What keeps it, the tree of its edges, its clocks, an operator's hand, and its own Workflow."""
    return "".join(f"{line}\n" for line in _Lines(told, now, has_colour).all())


class _Lines:
    """The lines of one explanation."""

    def __init__(self, told: Explanation, now: float, has_colour: bool) -> None:
        self.told = told
        self.now = now
        self.has_colour = has_colour

    def all(self) -> Iterator[str]:
        told = self.told
        was = f" ({told.was})" if told.was is not told.state else ""
        state = "not seen" if told.state is State.NOT_SEEN else f"{told.state}{was}"
        yield self.coloured(_BOLD, f"{told.graph}/{told.node} {told.key}: {state}")
        of_edges = {edge.finding for edge in flat(told.edges)}
        for finding in told.findings:
            if finding not in of_edges:
                yield from self.finding(finding, "  ")
        what = "is a source" if told.is_source else self.rule(told.edges)
        yield f"  {what}  (times: {told.zone})"
        yield from self.group(told.edges, "  ")
        yield from self.clocks()
        yield from self.hands()
        yield from self.run(told.run)

    # ---- edges ----

    def rule(self, group: GroupReport) -> str:
        total = len(group.members)
        rule = "all" if group.need == total else f"at least {group.need}" if group.need > 1 else "any"
        return f"waits for {rule} of {total}, {group.number} satisfied" if total > 1 else "waits for one edge"

    def group(self, group: GroupReport, indent: str) -> Iterator[str]:
        width = max((len(m.upstream) for m in group.members if isinstance(m, EdgeReport)), default=0)
        for number, member in enumerate(group.members, start=1):
            is_last = number == len(group.members)
            branch, below = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
            if isinstance(member, GroupReport):
                yield f"{indent}{branch}{self.mark(member.is_satisfied)} {self.rule(member)}"
                yield from self.group(member, indent + below)
            else:
                first, *rest = self.edge(member, width)
                yield f"{indent}{branch}{first}"
                yield from (f"{indent}{below}  {line}" for line in rest)

    def edge(self, edge: EdgeReport, width: int) -> Iterator[str]:
        key = f" of {edge.key}" if edge.key != self.told.key else ""
        head = f"{self.mark(edge.is_satisfied)} {edge.upstream:<{width}}  {visible(edge.wanted)}{key}: "
        if edge.is_satisfied:
            yield head + visible(self.satisfied(edge))
        elif edge.finding:
            yield head + self.coloured(_RED, edge.finding.reason) + f", {self.found(edge.finding)}"
            if not self.told.has_fired:
                yield from self.outlook(edge, edge.finding)

    def satisfied(self, edge: EdgeReport) -> str:
        ended = f"{edge.workflow}, {self.at(edge.finished_at)}" if edge.finished_at else ""
        by = self.hand(edge.hand) if edge.hand else ""
        return "; ".join(part for part in (by, ended) if part) or "satisfied"

    def outlook(self, edge: EdgeReport, finding: Finding) -> Iterator[str]:
        if edge.waits:
            yield visible(f"{edge.upstream} {edge.waits}")
        if edge.is_cron_suspended:
            yield "its CronWorkflow is suspended"
        times = [f"expected {self.at(edge.expected)}"] if edge.expected else []
        if edge.next and edge.next != edge.expected:
            times.append(f"its schedule's next start: {self.at(edge.next)}")
        if times:
            yield "; ".join(times)
        if finding.remedy:
            yield self.coloured(_GREY, f"needs: {visible(finding.remedy)}")

    # ---- the node ----

    def finding(self, finding: Finding, indent: str) -> Iterator[str]:
        yield f"{indent}{self.coloured(_RED, finding.reason)}, {self.found(finding)}"
        if finding.remedy:
            yield f"{indent}  " + self.coloured(_GREY, f"needs: {visible(finding.remedy)}")

    def found(self, finding: Finding) -> str:
        since = f", since {self.at(finding.since)}" if finding.since else ""
        return visible(finding.text) + since

    def clocks(self) -> Iterator[str]:
        for clock in self.told.clocks:
            lost = "" if clock.is_recorded or not clock.is_past else ", not recorded"
            name, _, upstream = clock.name.partition("-")  # settle-NODE; the others are of no edge
            yield f"  {name} {upstream}".rstrip() + f" {self.at(clock.at)}: {_CLOCKS[name]}{lost}"

    def hands(self) -> Iterator[str]:
        for hand in self.told.hands:
            yield f"  {hand.verb} {hand.upstream}".rstrip() + f" {visible(self.hand(hand))}"

    def hand(self, hand: Hand) -> str:
        return f"by hand of {hand.by or 'somebody'}: {hand.why or 'no reason given'}, {self.at(hand.at)}"

    def run(self, run: RunReport | None) -> Iterator[str]:
        if run is None:
            return
        told = f"{run.phase}: {run.message}" if run.message else run.phase
        gone = "" if run.is_there else ", and is not in the cluster any more"
        created = f", created {self.at(run.created_at)}" if run.created_at else ""
        ended = f", ended {self.at(run.finished_at)}" if run.finished_at else ""
        yield visible(f"  its Workflow {run.workflow} is {told}{created}{ended}{gone}")
        for cause in run.causes:
            yield visible(f"    fired {self.cause(cause)}")

    def cause(self, cause: Cause) -> str:
        ended = f"on {cause.workflow}, {self.at(cause.finished_at)}" if cause.workflow else ""
        by = self.hand(cause.hand) if cause.hand else ""
        return "; ".join(part for part in (by, ended) if part) or "on nothing that is told"

    # ---- words ----

    def at(self, moment: float | str) -> str:
        return shown(moment, self.told.zone, self.now)

    def mark(self, is_satisfied: bool) -> str:
        return self.coloured(_GREEN, "✔") if is_satisfied else self.coloured(_RED, "✘")

    def coloured(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self.has_colour else text


# ---- JSON ----


def as_json(told: Explanation) -> str:
    """`{version, graph, node, key, state, reasons, edges, ...}`; all times are UTC."""
    return json.dumps({"version": VERSION, **_whole(told)}, indent=2, ensure_ascii=False) + "\n"


def _whole(told: Explanation) -> dict[str, Any]:
    return {
        "graph": told.graph,
        "namespace": told.namespace,
        "timezone": told.zone,
        "node": told.node,
        "key": told.key,
        "state": told.state,
        "was": told.was,
        "reasons": [_finding(finding) for finding in told.findings],
        "edges": _group(told.edges),
        "clocks": [
            {"name": c.name, "at": _utc(c.at), "past": c.is_past, "recorded": c.is_recorded}
            for c in told.clocks
        ],
        "hands": [_hand(hand) for hand in told.hands],
        "run": _run(told.run) if told.run else None,
        "sweep": {"tries": told.tries, "at": told.tried_at} if told.tries else None,
    }


def _group(group: GroupReport) -> dict[str, Any]:
    members = [_group(m) if isinstance(m, GroupReport) else _edge(m) for m in group.members]
    return {"need": group.need, "satisfied": group.is_satisfied, "members": members}


def _edge(edge: EdgeReport) -> dict[str, Any]:
    return {
        "upstream": edge.upstream,
        "key": edge.key,
        "status": edge.wanted,
        "satisfied": edge.is_satisfied,
        "workflow": edge.workflow or None,
        "finishedAt": edge.finished_at or None,
        "hand": _hand(edge.hand) if edge.hand else None,
        "reason": _finding(edge.finding) if edge.finding else None,
        "expected": _utc(edge.expected),
        "next": _utc(edge.next),
        "cronSuspended": edge.is_cron_suspended,
        "waits": edge.waits or None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.reason,
        "text": finding.text,
        "since": finding.since or None,
        "needs": finding.remedy or None,
    }


def _hand(hand: Hand) -> dict[str, Any]:
    return {
        "verb": hand.verb,
        "upstream": hand.upstream or None,
        "at": hand.at,
        "by": hand.by,
        "why": hand.why,
    }


def _run(run: RunReport) -> dict[str, Any]:
    causes = [
        {
            "workflow": cause.workflow or None,
            "finishedAt": cause.finished_at or None,
            "hand": _hand(cause.hand) if cause.hand else None,
        }
        for cause in run.causes
    ]
    return {
        "workflow": run.workflow,
        "exists": run.is_there,
        "phase": run.phase,
        "message": run.message or None,
        "createdAt": run.created_at or None,
        "finishedAt": run.finished_at or None,
        "causes": causes,
    }


def _utc(moment: float | None) -> str | None:
    return None if moment is None else keytimes.utc(moment)
