"""Asking the submit Sensor again: a counter in the ledger, with growing pauses, and REJECTED at the end.

A Sensor that sees `sweep.<node>` change acts as if the node had just become due. It is asked only about what has been
due for a while and lies still: asked too early it would create a Workflow twice, and the API server's refusal of the
second one holds up all that waits behind it.

That nothing comes of it can mean that the API server refuses, or that nobody hears: a bus or a Sensor that is down. A run
is given up after three tries only if the Sensor submitted something else after the last of them, else after a day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from depgen.cluster import keytimes
from depgen.cluster.reconcile.ledgers import Ledger

# How long events take to be acted on, at most, when nothing is lost.
SETTLED = 60
# How long to wait for an answer after the first, second and third try.
PAUSES = (120, 480, 480)
# How long after each further one, and how many of them make a day.
_LATER_PAUSE = 1800
_MOST = 48

Turn = Literal["wait", "ask", "reject"]


def is_settled(ledger: Ledger, newest: float, now: float, replay_within: float) -> bool:
    """Whether the Sensor had the time to act on a node that is due since `newest`.

    A ledger that changes all the time is not waited for longer than the record Sensor may be late; but always for what
    depgen itself wrote, which may be of any age.
    """
    if newest > now - SETTLED or ledger.touched_at > now - SETTLED:
        return False
    return ledger.changed_at <= now - SETTLED or newest < now - replay_within - SETTLED


def turn(
    counter: str, newest: float, now: float, is_heard_since: Callable[[float], bool]
) -> tuple[Turn, str]:
    """What to do about a node that is due and has no run, and the counter's next value.

    `counter` is the value so far, "" if there is none; one from before `newest` belongs to another matter.
    `is_heard_since`: whether the Sensor is known to have submitted anything after a moment.
    """
    number, _, text = counter.partition(" ")
    at = keytimes.instant(text)
    tries = int(number) if number.isascii() and number.isdigit() and at is not None and at >= newest else 0
    following = f"{tries + 1} {keytimes.utc(now)}"
    if tries == 0 or at is None:
        return "ask", following
    if now < at + PAUSES[min(tries, len(PAUSES)) - 1]:
        return "wait", counter
    if tries < len(PAUSES):
        return "ask", following
    if tries >= _MOST or is_heard_since(at):
        return "reject", counter
    return ("wait", counter) if now < at + _LATER_PAUSE else ("ask", following)
