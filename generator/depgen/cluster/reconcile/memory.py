"""What the sweep remembers between passes: since when it knows each node, and that a node is suspended.

The ConfigMap `<graph>-sweep` has an entry `since.<node>`: a UTC time, with `suspended` or `resumed` before it where
that is so. What was complete before that time does not fire. A node that is new gets the time `replayWithin` ago: what
events would still have acted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from depgen.cluster import keytimes

Catchup = Literal["none", "latest", "all"]
_PREFIX = "since."


class Standing(NamedTuple):
    """What the graph says of a node."""

    is_suspended: bool = False
    catchup: Catchup = "none"


class Bound(NamedTuple):
    """From when on a node fires, and why not for what was complete before. `chooses_latest`: it was just resumed,
    and of the keys that are due only the newest one fires.
    """

    since: float
    reason: str = "complete before the node existed"
    chooses_latest: bool = False


class Remembered(NamedTuple):
    """The bounds of a pass, and what is to be written down after it."""

    bounds: dict[str, Bound]
    entries: dict[str, str]


def name_of(graph: str) -> str:
    """The memory's ConfigMap."""
    return f"{graph}-sweep"


def labels(graph: str) -> dict[str, str]:
    """Not the ledgers' label: nothing decides on it."""
    return {"depgen.io/sweep": graph}


def remember(
    before: Mapping[str, str], nodes: Mapping[str, Standing], first: float, now: float, by_hand: float | None
) -> Remembered:
    """The bound of each node. `first` is that of a node never seen; none is later than `by_hand`, if given."""
    bounds: dict[str, Bound] = {}
    entries: dict[str, str] = {}
    for node, standing in nodes.items():
        state, since = _parsed(before.get(_PREFIX + node, ""), first)
        chooses_latest = False
        if standing.is_suspended:
            state = "suspended"
        elif state == "suspended":
            state = "resumed"
            chooses_latest = standing.catchup == "latest"
            since = now if standing.catchup == "none" else since
        since = since if by_hand is None else min(since, by_hand)
        was_suspended = f"suspended, catchup {standing.catchup}"
        reason = was_suspended if state == "resumed" else Bound(since).reason
        bounds[node] = Bound(since, reason, chooses_latest)
        entries[_PREFIX + node] = f"{state} {keytimes.utc(since)}".strip()
    return Remembered(bounds, entries)


def _parsed(text: str, first: float) -> tuple[str, float]:
    state, _, at = text.rpartition(" ")
    since = keytimes.instant(at)
    return (state, first) if since is None else (state, since)
