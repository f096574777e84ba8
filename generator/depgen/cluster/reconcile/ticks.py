"""Clock facts that are due: what the rendered programs make of the ticks that a calendar event has had.

Only ledgers that exist get them, but for young ticks: a key of which nothing else is known yet still has to reach
its deadline. Times before the sweep first saw a node are none of the node's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from depgen import cron, engine
from depgen.cluster.reconcile.expected import Wanted
from depgen.runnable import Calendar, Clock
from depgen.times import DAY

YOUNG = 2 * DAY
# Of a ledger that a backfill fills: its keys' times are long over, and nobody is late.
BACKFILL = "backfill"


def due(
    clocks: tuple[Clock, ...],
    ledgers: Mapping[str, Mapping[str, str]],
    since: Mapping[str, float],
    first: float,
    now: float,
) -> Iterator[tuple[str, Wanted]]:
    """Ledger name -> clock facts, for ticks in `[first, now]`.

    `ledgers`: the entries of those that exist; `since`: from when on the times of a node count.
    """
    for clock in clocks:
        with engine.zone_of_process(clock.zone):
            for tick in _ticks(clock.event, first, now):
                told = _told(clock.program, clock.zone, tick)
                entries = ledgers.get(told["name"])
                if not told["fresh"] or (entries is None and tick < now - YOUNG):
                    continue
                if entries is not None and BACKFILL in entries:
                    continue
                data = {n: v for n, v in told["data"].items() if tick >= since.get(n.split(".")[1], now + 1)}
                if data:
                    yield told["name"], Wanted(told["labels"], data)


@lru_cache(maxsize=65536)
def _told(program: engine.Program, zone: str, tick: int) -> Mapping[str, Any]:
    """Every pass asks of every tick that ledgers are kept for, and the answer is always the same."""
    told: Mapping[str, Any] = program.first(_event(tick), zone, now=0)
    return told


def _ticks(event: Calendar, first: float, now: float) -> Iterator[int]:
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (first, int(now) + 1))
    for tick in cron.parse(event.schedule).between(begin, end, ZoneInfo(event.zone)):
        yield int(tick.timestamp())


def _event(tick: int) -> dict[str, str]:
    """As a calendar EventSource sends it."""
    return {"eventTime": f"{datetime.fromtimestamp(tick, UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"}
