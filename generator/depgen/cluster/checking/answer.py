"""What Workflows say to a question; pure, so that it can be asked of a list, of a watch and of a cache alike.

As in ledgers, the newest finish counts, and of two in a second a success. A Workflow has finished when the controller
has labelled it completed: one that is retried has not, whatever it was before. What lies outside the time that is asked
for is not looked at, so a rerun after the window changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NamedTuple

from depgen.cluster import keytimes
from depgen.cluster.api import ClusterError, Object
from depgen.cluster.checking.question import Question
from depgen.cluster.checking.target import Kind, relevant
from depgen.errors import DepgenError, InternalError

RESULT_VERSION = 1
_COMPLETED = "workflows.argoproj.io/completed"
_FAILED = ("Failed", "Error")
_LENGTHS = ((86400, "d"), (3600, "h"), (60, "m"))


class Outcome(StrEnum):
    """Yes, no, or nobody can say."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "notSatisfied"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why, in one word: of Workflows, of a node, and why nobody can say."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RUNNING = "running"
    TOO_OLD = "too-old"
    OUTSIDE_WINDOW = "outside-window"
    NO_RUN = "no-run"
    DELETED = "deleted"

    READY = "ready"
    WAITING_FOR = "waiting-for"
    GATED = "gated"
    HELD = "held"
    FIRED = "fired"
    INACTIVE = "inactive"

    BAD_USE = "bad-use"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BUG = "bug"


@dataclass(frozen=True)
class Answer:
    """Whether a question is satisfied, why, and the run that it was told from.

    `is_pending`: it is not, and it can still become so. `age` are seconds since the run finished. `finished_at` is in UTC.
    """

    outcome: Outcome
    reason: Reason
    message: str
    workflow: str = ""
    phase: str = ""
    finished_at: str = ""
    age: float | None = None
    is_pending: bool = False

    @property
    def is_satisfied(self) -> bool:
        """Whether it is."""
        return self.outcome is Outcome.SATISFIED


class Run(NamedTuple):
    """One of the target's Workflows. `finish` is in seconds since 1970, None while it runs."""

    workflow: str
    phase: str
    finish: int | None
    began: str

    @property
    def has_succeeded(self) -> bool:
        """Whether its phase says so."""
        return self.phase == "Succeeded"


def answer(question: Question, workflows: Iterable[Object], now: float) -> Answer:
    """What Workflows say; those that the target does not mean are passed over. `now` is in seconds since 1970."""
    found = list(map(_run, relevant(question.target, workflows)))
    ended = sorted(
        (run for run in found if run.finish is not None),
        key=lambda run: (run.finish, run.has_succeeded, run.workflow),
    )
    inside = [run for run in ended if run.finish is not None and question.holds(run.finish, now)]
    running = max((run for run in found if run.finish is None), key=lambda run: run.began, default=None)
    if inside:
        return _of_newest(question, inside[-1], running, now)
    if running:
        message = (
            f"{running.workflow} is {running.phase}, and {_none(question)} in the time that is asked for"
        )
        return Answer(
            Outcome.NOT_SATISFIED,
            Reason.RUNNING,
            message,
            running.workflow,
            running.phase,
            is_pending=is_open(question, now),
        )
    return _outside(question, ended[-1], now) if ended else _nothing(question, now)


def is_open(question: Question, now: float) -> bool:
    """Whether a finish that is still to come could satisfy the question."""
    closes_at = question.closes_at(now)
    return closes_at is None or now < closes_at


def unknown(error: DepgenError) -> Answer:
    """What is told where nobody can say: the question is odd, or the API does not answer it."""
    reason = Reason.BUG if isinstance(error, InternalError) else Reason.BAD_USE
    if isinstance(error, ClusterError):
        is_denied = error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        gone = Reason.UNREACHABLE if error.is_transient else Reason.REFUSED
        reason = Reason.FORBIDDEN if is_denied else gone
    return Answer(Outcome.UNKNOWN, reason, str(error))


def as_result(answer: Answer) -> dict[str, Any]:
    """The answer as JSON: what is written to --result, and what a Workflow gets as output parameters."""
    return {
        "version": RESULT_VERSION,
        "satisfied": answer.is_satisfied,
        "outcome": answer.outcome.value,
        "reason": answer.reason.value,
        "message": answer.message,
        "workflow": answer.workflow,
        "phase": answer.phase,
        "finishedAt": answer.finished_at,
        "age": None if answer.age is None else int(answer.age),
    }


def phase_of(workflow: Object) -> str:
    """The phase of a Workflow, as the record programs take it: one that was terminated before it began has failed.

    Source: argo-workflows#16776: up to 3.7.14 `argo terminate` of a run that waits for a lock makes it Succeeded. The
    node of the same name, if it is there, has not.
    """
    status = workflow.get("status") or {}
    phase = str(status.get("phase") or "Pending")
    whole = (status.get("nodes") or {}).get(workflow["metadata"]["name"]) or {}
    is_terminated = (workflow.get("spec") or {}).get("shutdown") == "Terminate"
    is_wrong = phase == "Succeeded" and is_terminated and whole.get("phase", phase) != phase
    return "Failed" if is_wrong else phase


def ago(seconds: float) -> str:
    """`45s`, `5m`, `2h 5m`, `3d 1h`: the two largest units of a time."""
    left = int(max(seconds, 0))
    parts: list[str] = []
    for length, unit in _LENGTHS:
        if left >= length and len(parts) < 2:
            parts.append(f"{left // length}{unit}")
            left %= length
    return " ".join(parts) or f"{left}s"


def _run(workflow: Object) -> Run:
    metadata, status = workflow["metadata"], workflow.get("status") or {}
    has_ended = (metadata.get("labels") or {}).get(_COMPLETED) == "true"
    return Run(
        workflow=str(metadata["name"]),
        phase=phase_of(workflow),
        finish=keytimes.instant(str(status.get("finishedAt"))) if has_ended else None,
        began=str(status.get("startedAt") or metadata.get("creationTimestamp") or ""),
    )


def _of_newest(question: Question, run: Run, running: Run | None, now: float) -> Answer:
    is_satisfied = {
        "success": run.has_succeeded,
        "failure": run.phase in _FAILED,
        "done": True,
    }[question.status]
    again = f"; {running.workflow} is {running.phase}" if running else ""
    wanted = "" if is_satisfied else f", and {_WANTED[question.status]} is asked for{again}"
    can_end_anew = question.target.kind is not Kind.WORKFLOW and is_open(question, now)
    return _told(
        Outcome.SATISFIED if is_satisfied else Outcome.NOT_SATISFIED,
        Reason.SUCCEEDED if run.has_succeeded else Reason.FAILED,
        f"{_ended(run, now)}{wanted}",
        run,
        now,
        is_pending=not is_satisfied and can_end_anew,
    )


_WANTED = {"success": "a success", "failure": "a failure", "done": "an end"}


def _outside(question: Question, run: Run, now: float) -> Answer:
    can_end_anew = question.target.kind is not Kind.WORKFLOW and is_open(question, now)
    if question.window:
        first, last = question.bounds(now)
        where = (
            f"outside of the window from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({question.zone})"
        )
        reason = Reason.OUTSIDE_WINDOW
    else:
        where = f"longer ago than {ago(question.within or 0)}"
        reason = Reason.TOO_OLD
    return _told(
        Outcome.NOT_SATISFIED, reason, f"{_ended(run, now)}, {where}", run, now, is_pending=can_end_anew
    )


def _nothing(question: Question, now: float) -> Answer:
    target = question.target
    message = f"there is no Workflow of {target.words} in namespace {target.namespace}"
    if target.kind is Kind.WORKFLOW:
        message = f"there is no {target.words} in namespace {target.namespace}"
    return Answer(Outcome.NOT_SATISFIED, Reason.NO_RUN, message, is_pending=is_open(question, now))


def _none(question: Question) -> str:
    return f"none of {question.target.words} has ended"


def _ended(run: Run, now: float) -> str:
    assert run.finish is not None
    return f"{run.workflow} ended {run.phase} {ago(now - run.finish)} ago"


def _told(
    outcome: Outcome, reason: Reason, message: str, run: Run, now: float, is_pending: bool = False
) -> Answer:
    assert run.finish is not None
    finished_at = keytimes.utc(run.finish)
    return Answer(
        outcome, reason, message, run.workflow, run.phase, finished_at, now - run.finish, is_pending
    )
