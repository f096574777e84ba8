"""Instants for people: on the clock of a graph's zone, and how long ago or ahead."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def shown(at: float | str, zone: str, now: float) -> str:
    """`2026-11-21 08:30 (in 2 h)`; a text that is no instant as it is, and "" for ""."""
    moment = _seconds(at)
    if moment is None:
        return str(at)
    try:
        clock = datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    except OverflowError:  # the last day of the year 9999, east of Greenwich
        return str(at)
    return f"{clock} ({distance(moment, now)})"


def distance(moment: float, now: float) -> str:
    """`2 h ago`, `in 5 min`, `just now`: in the largest unit there is one of."""
    away = abs(moment - now)
    told = next((f"{away // size:.0f} {name}" for size, name in _UNITS if away >= size), "")
    if not told:
        return "just now" if moment <= now else "in a moment"
    return f"{told} ago" if moment < now else f"in {told}"


def _seconds(at: float | str) -> float | None:
    if not isinstance(at, str):
        return at
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError):
        return None
