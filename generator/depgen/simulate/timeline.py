"""What was forecast, as values: what ran when and for which key, what it waited for last, and what never ran, and why.

Instants are in seconds since 1970. A report shows a timeline and decides nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from depgen.simulate.dates import Change
from depgen.simulate.expected import Ground

if TYPE_CHECKING:
    from depgen.cluster.reasons import Finding


class Fate(StrEnum):
    """What became of a node at a key. IDLE: it had no reason to run, such as a branch that was not taken."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RUNNING = "running"
    MISSING = "missing"
    NEVER = "never"
    IDLE = "idle"


class Mark(NamedTuple):
    """A clock of a node for a key, by the name of its field; whether what it is for did not happen in time."""

    name: str
    at: int
    is_missed: bool = False


class Last(NamedTuple):
    """What a run waited for last: a node with its key, or a clock by the name of its field."""

    what: str
    at: float


class Item(NamedTuple):
    """A node at a key. `since` is when the first of what it waited for was there.

    `supposed` is a mishap in the user's words; `late_by` how many seconds of the duration are due to it.
    """

    node: str
    key: str
    is_source: bool
    fate: Fate
    begin: float | None = None
    end: float | None = None
    workflow: str = ""
    since: float | None = None
    last: Last | None = None
    marks: tuple[Mark, ...] = ()
    reasons: tuple[Finding, ...] = ()
    supposed: str = ""
    late_by: int = 0
    again: int = 0

    @property
    def missed(self) -> tuple[Mark, ...]:
        """The clocks that were missed."""
        return tuple(mark for mark in self.marks if mark.is_missed)

    @property
    def moments(self) -> Iterator[float]:
        """What is worth a place on an axis."""
        if self.fate is Fate.IDLE:
            return
        # What a run waited for may lie days back; its bar is what counts.
        since = self.since if self.begin is None else None
        yield from (moment for moment in (self.begin, self.end, since) if moment is not None)
        if self.begin is not None or self.since is not None:
            yield from (mark.at for mark in self.marks if mark.is_missed or mark.name == "notBefore")

    @property
    def is_trouble(self) -> bool:
        """Whether somebody should look at it."""
        return self.fate in (Fate.FAILED, Fate.NEVER, Fate.MISSING) or bool(self.missed)


class Told(NamedTuple):
    """An alert that was submitted: for which node and key, `kind` missed, late or failed."""

    at: float
    kind: str
    node: str
    key: str
    workflow: str


class Day(NamedTuple):
    """A day that was asked for: its hours, the change of its clocks, and which calendars are closed on it."""

    date: date
    hours: float
    change: Change | None
    closed: tuple[str, ...]

    @property
    def notes(self) -> Iterator[str]:
        """What is unusual about it, in words."""
        if self.change:
            way = "forward" if self.change.by > 0 else "back"
            by = abs(self.change.by) / 3600
            yield f"{self.hours:g} hours: at {self.change.wall} the clocks go {way} {by:g} h"
        if self.closed:
            yield f"closed: {', '.join(self.closed)}"


class Timeline(NamedTuple):
    """One graph. Nodes stand in the order in which they began, those that never did after what they wait for.

    `strays` are completions without a key, `made_up` outputs (`sales.rows`) of which nothing is known.
    """

    graph: str
    namespace: str
    zone: str
    days: tuple[Day, ...]
    items: tuple[Item, ...]
    alerts: tuple[Told, ...]
    grounds: tuple[Ground, ...]
    strays: tuple[str, ...]
    seed: int
    made_up: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether every run came to run that had a reason to, and in time."""
        return not any(item.fate is Fate.NEVER or item.missed for item in self.items)

    def of_day(self, day: Day) -> list[Item]:
        """The items of a day."""
        return [item for item in self.items if self.day_of(item.key) == day.date]

    def day_of(self, key: str) -> date:
        """The day under which a key stands: its date; of a week or month, the last one."""
        digits = key.partition("t")[0]
        found = date.fromisoformat(digits) if len(digits) == 8 and digits.isdigit() else self.days[-1].date
        return found if self.days[0].date <= found <= self.days[-1].date else self.days[-1].date
