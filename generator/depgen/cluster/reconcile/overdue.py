"""Runs whose time has passed: `startBy` and nothing is submitted, `deadline` and nothing has succeeded.

Only what struck within a day counts: an alarm of what nobody mends any more would never end. A key needs no ledger to
be overdue, because a day on which nothing happened at all is the worst of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from depgen.cluster import entries
from depgen.cluster.reconcile.ledgers import Ledger
from depgen.cluster.reconcile.ticks import BACKFILL
from depgen.cluster.states import Ledgers, State, Subject, cell, strikes_at
from depgen.model import Node
from depgen.times import DAY

WITHIN = DAY
_UNSUBMITTED = frozenset({State.WAITING, State.READY, State.GATED})
# What is held or suspended waits because somebody said so.
_OVERDUE = {
    "startBy": _UNSUBMITTED,
    "deadline": _UNSUBMITTED | {State.SUBMITTED, State.FAILED, State.EXPIRED, State.REJECTED},
}
# A time counts from a day of its key's period, which is a month at most; open days may be far apart.
_PERIOD, _OPEN_DAY = 33, 4


def overdue(
    subject: Subject, ledgers: Iterable[Ledger], since: Mapping[str, float], now: float
) -> dict[tuple[str, str], int]:
    """How many keys of each node and clock are overdue. `since`: from when on the times of a node count."""
    timed = [
        (node, name) for node in subject.graph.nodes.values() for name in _OVERDUE if name in node.clocks
    ]
    if subject.graph.is_shadow or not timed:
        return {}
    found = Ledgers(subject.graph.name, (entries.ledger(one.body(one.data)) for one in ledgers))
    return {
        (node.id, name): sum(
            _is_overdue(subject, node, name, found, key, now)
            for key, at in _struck(subject, node, name, now)
            if at >= since.get(node.id, now)
        )
        for node, name in timed
    }


def _struck(subject: Subject, node: Node, name: str, now: float) -> Iterator[tuple[str, int]]:
    """The keys whose clock struck lately, and when it did."""
    time, every = node.clocks[name], subject.every(node.id)
    today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(subject.graph.zone)).date()
    back = time.offset // DAY + time.open_days * _OPEN_DAY + (0 if every.kind == "day" else _PERIOD) + 2
    for key in {every.key(day) for day in _days(today, back)}:
        at = strikes_at(subject, node, name, key)
        if at is not None and now - WITHIN < at <= now:
            yield key, at


def _days(today: date, back: int) -> Iterator[date]:
    return (today - timedelta(days=number) for number in range(back))


def _is_overdue(subject: Subject, node: Node, name: str, found: Ledgers, key: str, now: float) -> bool:
    ledger = found.of(subject, node.id, key)
    if BACKFILL in ledger.data:
        return False
    state = cell(subject, node, ledger, now)
    return state is not None and state.was in _OVERDUE[name]
