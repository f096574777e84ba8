"""A question asked again until it is satisfied, can no longer become so, or the time for it is over.

It polls, because a Role that may only get and list cannot watch. What a newcomer gets wrong: the API being away for a
while says nothing about the target, so it is asked again; a refusal for good ends the wait at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from depgen.cluster.api import ClusterError
from depgen.cluster.checking.answer import Answer, Outcome, Reason, ago, unknown
from depgen.cluster.checking.target import Kind, Target


@dataclass(frozen=True)
class Patience:
    """How long to wait, and how often to ask meanwhile, both in seconds; 0 is not to wait."""

    wait: float = 0
    interval: float = 30


def wait(
    asks: Callable[[float], Answer],
    target: Target,
    patience: Patience,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
    told: Callable[[Answer], object],
) -> Answer:
    """The last answer of `asks`, which gets the time; `told` hears of each after which it is asked again.

    Other errors than those of an API that is away are raised.
    """
    begun = now = clock()
    was_there = False
    while True:
        found = _asked(asks, now, is_last=now - begun >= patience.wait)
        if target.kind is Kind.WORKFLOW:
            if was_there and found.reason is Reason.NO_RUN:
                text = f"{target.words} was there, and has been deleted"
                return replace(found, reason=Reason.DELETED, message=text, is_pending=False)
            was_there = was_there or bool(found.workflow)
        left = begun + patience.wait - now
        if found.outcome is Outcome.SATISFIED or not found.is_pending:
            return found
        if left <= 0:
            return _over(found, patience)
        told(found)
        sleep(min(patience.interval, left))
        now = clock()


def _asked(asks: Callable[[float], Answer], now: float, is_last: bool) -> Answer:
    try:
        return asks(now)
    except ClusterError as error:
        if is_last or not error.is_transient:
            raise
        return replace(unknown(error), is_pending=True)


def _over(found: Answer, patience: Patience) -> Answer:
    if not patience.wait:
        return found
    return replace(found, message=f"{found.message}; waited {ago(patience.wait)}", is_pending=True)
