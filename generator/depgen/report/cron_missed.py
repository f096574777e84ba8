"""The runs of CronWorkflows that never started, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from depgen.cluster.cron_missed import Due, Judged, Span, Verdict
from depgen.cluster.cron_submit import Outcome, Submission
from depgen.report.display import count, visible

VERSION = 1


class Report(NamedTuple):
    """What was found, and what was done about it: `submissions` is None if nothing was to be done.

    `retried` is how many requests had to be sent again.
    """

    span: Span
    crons: Sequence[Judged]
    submissions: Sequence[Submission] | None = None
    retried: int = 0


def text(report: Report) -> str:
    """A line per missed run and per series of other times alike, what was not judged, and the sum."""
    outcomes = _outcomes(report)
    lines: list[str] = []
    for cron in report.crons:
        told = cron.trouble or (f"not judged: {cron.not_judged}" if cron.not_judged else "")
        if told:
            lines.append(f"{_place(cron)}: {visible(told)}")
        lines += [
            _line(cron, due, outcomes.get((cron.namespace, due.name))) for due in cron.of(Verdict.MISSED)
        ]
        for verdict in (Verdict.FORBIDDEN, Verdict.UNKNOWN):
            for _, alike in groupby(cron.of(verdict), key=lambda due: due.reason):
                lines.append(_together(cron, list(alike)))
    return "".join(f"{line}\n" for line in [*lines, _sum(report)])


def as_json(report: Report) -> str:
    """`{version, since, until, cronWorkflows: [{namespace, name, nodes, ..., due: [...]}], counts}`."""
    outcomes = _outcomes(report)
    told = {
        "version": VERSION,
        "since": _utc(report.span.start),
        "until": _utc(report.span.end),
        "cronWorkflows": [_cron(cron, outcomes) for cron in report.crons],
        "counts": _counts(report),
    }
    return json.dumps(told, indent=2) + "\n"


def _line(cron: Judged, due: Due, done: Submission | None) -> str:
    keys = ", ".join(f"{node} {key}" for node, key in sorted(due.keys.items()))
    line = f"{_place(cron)}: {due.verdict} {_wall(cron, due)}{f' ({keys})' if keys else ''}"
    line += f", {done.outcome}" if done else ""
    reasons = "; ".join(filter(None, (due.reason, done.reason if done else "")))
    return f"{line}: {visible(reasons)}" if reasons else line


def _together(cron: Judged, alike: Sequence[Due]) -> str:
    """Times that follow each other and have the same reason."""
    first, last = alike[0], alike[-1]
    if len(alike) == 1:
        return _line(cron, first, None)
    times = f"{len(alike)} times from {_wall(cron, first)} to {_wall(cron, last)}"
    return f"{_place(cron)}: {first.verdict} {times}: {visible(first.reason)}"


def _wall(cron: Judged, due: Due) -> str:
    zone = ZoneInfo(cron.cron.zone if cron.cron else "UTC")
    return due.at.astimezone(zone).isoformat(timespec="minutes")


def _sum(report: Report) -> str:
    numbers = _counts(report)
    found = ", ".join(f"{numbers[name]} {name}" for name in ("due", *Verdict))
    others = [
        f"{count(numbers[name], 'CronWorkflow')} {words}"
        for name, words in (("broken", "broken"), ("notJudged", "not judged"))
        if numbers[name]
    ]
    done = [f"{numbers[name]} {name}" for name in (*Outcome, "retried") if numbers.get(name)]
    return "; ".join([found, *([", ".join(others)] if others else []), *([", ".join(done)] if done else [])])


def _cron(cron: Judged, outcomes: Mapping[tuple[str, str], Submission]) -> dict[str, object]:
    return {
        "namespace": cron.namespace,
        "name": cron.name,
        "nodes": list(cron.nodes),
        "trouble": cron.trouble,
        "notJudged": cron.not_judged,
        "due": [_due(due, outcomes.get((cron.namespace, due.name))) for due in cron.due],
    }


def _due(due: Due, done: Submission | None) -> dict[str, object]:
    submission = {"outcome": str(done.outcome), "reason": done.reason} if done else None
    return {
        "at": _utc(due.at),
        "workflow": due.name,
        "keys": dict(sorted(due.keys.items())),
        "verdict": str(due.verdict),
        "reason": due.reason,
        "submission": submission,
    }


def _counts(report: Report) -> dict[str, int]:
    verdicts = Counter(due.verdict for cron in report.crons for due in cron.due)
    numbers = {"due": verdicts.total(), **{str(verdict): verdicts[verdict] for verdict in Verdict}}
    numbers["broken"] = sum(bool(cron.trouble) for cron in report.crons)
    numbers["notJudged"] = sum(bool(cron.not_judged) for cron in report.crons)
    if report.submissions is not None:
        outcomes = Counter(submission.outcome for submission in report.submissions)
        numbers |= {str(outcome): outcomes[outcome] for outcome in Outcome}
        numbers["retried"] = report.retried
    return numbers


def _outcomes(report: Report) -> dict[tuple[str, str], Submission]:
    return {(done.cron.namespace, done.due.name): done for done in report.submissions or ()}


def _place(cron: Judged) -> str:
    return f"{cron.namespace}/{cron.name}"


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
