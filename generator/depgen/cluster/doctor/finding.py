"""What a check says: how things stand with one thing, why that matters, and one way out.

`unknown` is an answer of its own, not a mild error: the check could not look, and the message says what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How things stand, the worst last."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    ERROR = "error"


class Finding(NamedTuple):
    """`about` names the thing, as in `Sensor data/etl-submit`; `message` says what was found and what it means."""

    level: Level
    about: str
    message: str
    way_out: str = ""


class Result(NamedTuple):
    """One check, once or for one namespace or graph: `about` is which. No findings: nothing is wrong."""

    check: str
    about: str
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst of the findings."""
        return worst(finding.level for finding in self.findings)


def worst(levels: Iterable[Level]) -> Level:
    """The worst of some levels; ok if there are none."""
    order = list(Level)
    return max(levels, key=order.index, default=Level.OK)


def ok(about: str, message: str) -> Finding:
    """Something worth knowing although nothing is wrong with it."""
    return Finding(Level.OK, about, message)


def unknown(about: str, message: str, way_out: str = "") -> Finding:
    """What could not be looked at, and why."""
    return Finding(Level.UNKNOWN, about, message, way_out)


def warning(about: str, message: str, way_out: str) -> Finding:
    """What works today and will not always."""
    return Finding(Level.WARNING, about, message, way_out)


def error(about: str, message: str, way_out: str) -> Finding:
    """What keeps a graph from doing what it says."""
    return Finding(Level.ERROR, about, message, way_out)


def some(names: Sequence[str], most: int = 5) -> str:
    """A list of names for a sentence: the first of many, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
