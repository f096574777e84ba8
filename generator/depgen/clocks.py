"""The times of nodes as calendar events: which ticks are watched, and whose clock facts each of them is.

A tick is a minute of the day in the graph's zone, shared by every node that has a time then. It says nothing of keys:
the program of its dependency finds the key whose time has come. A minute that the clocks skip in spring has no
tick of its own, so its nodes also listen to the minute at which that gap ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from depgen.calendars import Calendar
from depgen.keys import gap_ends
from depgen.model import Graph
from depgen.times import HOUR, Period

# Of an ambiguous minute in autumn the first counts for these, the last for the others: what ends ends late.
_STARTS = ("notBefore",)


class Tick(NamedTuple):
    """A calendar event of an EventSource: a minute of every day."""

    name: str
    schedule: str
    zone: str


class Minute(NamedTuple):
    """A time of day in seconds, and the clocks (`report.notBefore`) that strike then for the first and for the last time."""

    at: int
    first: tuple[str, ...]
    last: tuple[str, ...]


class Face(NamedTuple):
    """How a tick's date leads to a key: the period, whether its last day counts, and how many days lie between.

    With a `calendar` so many of its open days lie between. `is_eve`: a gap before midnight ended with the tick, so the times it swallowed are of the day before.
    """

    partition: int | None
    period: Period
    from_end: bool
    days: int
    is_eve: bool = False
    open_days: int = 0
    calendar: Calendar | None = None

    @property
    def suffix(self) -> str:
        """Tells the faces of one tick apart."""
        parts = [] if self.partition is None else [f"p{self.partition}"]
        parts += [self.period.kind] if self.period.kind != "day" else []
        parts += ["end"] if self.from_end else []
        parts += [f"{self.days}d"] if self.days else []
        parts += [f"{self.open_days}bd-{_named(self.calendar)}"] if self.calendar else []
        parts += ["eve"] if self.is_eve else []
        return "".join(f"-{part}" for part in parts)


@dataclass(frozen=True, slots=True)
class Striking:
    """One dependency of a record Sensor: ticks of one event to clock facts in one series of ledgers."""

    name: str
    event: str
    graph: str
    zone: str
    face: Face
    minutes: tuple[Minute, ...]


def clocks(
    graph: Graph, every: Mapping[str, Period], partition: Mapping[str, int | None]
) -> tuple[tuple[Tick, ...], tuple[Striking, ...]]:
    """The ticks of a graph's clocks and what listens to them, both sorted by name."""
    named: dict[tuple[Face, int], list[str]] = defaultdict(list)
    for id_, node in graph.nodes.items():
        for name, time in node.clocks.items():
            from_end = time.from_end and every[id_].kind != "day"
            face = Face(partition[id_], every[id_], from_end, time.days)
            if time.open_days:
                face = face._replace(open_days=time.open_days, calendar=graph.calendar(id_))
            named[face, time.seconds].append(f"{id_}.{name}")
    heard: dict[tuple[int, Face], list[Minute]] = defaultdict(list)
    for (face, seconds), names in sorted(named.items(), key=lambda item: (item[0][1], item[0][0].suffix)):
        minute = _minute(seconds, sorted(names))
        for tick in (seconds, *gap_ends(graph.zone, seconds)):
            heard[tick, face._replace(is_eve=seconds > tick)].append(minute)
    ticks = {seconds: _tick(seconds, graph.zone) for seconds, _ in heard}
    strikings = [
        Striking(
            ticks[seconds].name + face.suffix,
            ticks[seconds].name,
            graph.name,
            graph.zone,
            face,
            tuple(minutes),
        )
        for (seconds, face), minutes in heard.items()
    ]
    return tuple(sorted(ticks.values())), tuple(sorted(strikings, key=lambda s: s.name))


def _named(calendar: Calendar) -> str:
    return re.sub("[^a-z0-9]+", "-", calendar.name)


def _minute(seconds: int, names: list[str]) -> Minute:
    first = tuple(name for name in names if name.endswith(_STARTS))
    return Minute(seconds, first, tuple(name for name in names if name not in first))


def _tick(seconds: int, zone: str) -> Tick:
    hour, minute = seconds // HOUR, seconds % HOUR // 60
    return Tick(f"at-{hour:02}{minute:02}", f"{minute} {hour} * * *", zone)
