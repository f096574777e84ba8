"""When sources start: by the schedule of their CronWorkflow, else by the profile's, else, said so, as early as can be.

A source of which nothing is known is supposed to start at the first moment of each of its keys, or if all who wait for
it have a window, as the first of those opens. That it never starts would make a forecast of nothing; the report says of
each source what its starts are taken from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from depgen import keys
from depgen.analyse import Analysis
from depgen.cluster import keytimes
from depgen.errors import InputError
from depgen.manifests import Manifests, mapping
from depgen.model import Edge, Graph, Node, Source
from depgen.play.begun import moment_of
from depgen.simulate.dates import Dates
from depgen.simulate.profile import Profile
from depgen.simulate.reach import length, reach
from depgen.times import DAY, WallTime
from depgen.workflows import cron_of

if TYPE_CHECKING:
    from depgen.cron import Schedule

# Firings lie about a day around their key, by zones and `dayStart`.
_MARGIN = 2 * DAY


class Basis(StrEnum):
    """What the starts of a source are taken from."""

    CRON = "cron"
    SUSPENDED = "suspended"
    PROFILE = "profile"
    ASSUMED = "assumed"
    PLAYED = "played"
    UNKNOWN = "unknown"


class Ground(NamedTuple):
    """A source, what its starts are taken from, and that in words."""

    node: str
    basis: Basis
    text: str


class Start(NamedTuple):
    """A source starts, in seconds since 1970, for a key. `is_shown`: one of those that were asked about."""

    graph: str
    node: str
    key: str
    at: int
    is_shown: bool


class Expected(NamedTuple):
    """The starts of a graph's sources, in order, and what they are taken from; `first` is the first day that is played."""

    first: date
    starts: tuple[Start, ...]
    grounds: tuple[Ground, ...]


def expected(
    graph: Graph, analysis: Analysis, dates: Dates, profile: Profile, given: Manifests, names: frozenset[str]
) -> Expected:
    """What sources do for the keys of these days, and before them as far back as those keys need.

    `names` are the graphs that are played: a source in one of them is a node that runs by itself.
    """
    first = dates.first - timedelta(days=-(-reach(graph, analysis) // DAY))
    waiting = _waiting(graph)
    found: list[Start] = []
    grounds = []
    for id_ in analysis.order:
        node = graph.nodes[id_]
        if node.source:
            hinted = profile.of(graph.name, id_).schedules
            ground, schedules = _ground(node, node.source, hinted, given, names)
            grounds.append(ground)
            edges = waiting.get(id_, [])
            found += _starts(graph, node, ground.basis, schedules, dates, first, edges)
    return Expected(first, tuple(sorted(found, key=lambda start: (start.at, start.node))), tuple(grounds))


def _ground(
    node: Node, source: Source, hinted: tuple[Schedule, ...], given: Manifests, graphs: frozenset[str]
) -> tuple[Ground, tuple[Schedule, ...]]:
    """What a source's starts are taken from, and its schedules."""
    cron = cron_of(source, given)
    if source.kind == "graph" and source.name.rpartition("/")[2] in graphs:
        return Ground(node.id, Basis.PLAYED, f"graph {source.name} is simulated too"), ()
    if cron is not None:
        from depgen import firings

        texts = ", ".join(text for text, _ in firings.schedules(cron))
        zone = mapping(cron.get("spec")).get("timezone") or "UTC"
        if mapping(cron.get("spec")).get("suspend"):
            return Ground(node.id, Basis.SUSPENDED, f"CronWorkflow {source.name} is suspended"), ()
        return Ground(node.id, Basis.CRON, f"CronWorkflow {source.name}: {texts}, {zone}"), firings.readable(
            cron
        )
    if source.kind == "event":
        return Ground(node.id, Basis.UNKNOWN, "what its events hold is not known: supposed never to run"), ()
    if source.key.origin == "jq":
        return Ground(node.id, Basis.UNKNOWN, "its key is an expression: supposed never to run"), ()
    if hinted:
        return Ground(node.id, Basis.PROFILE, "the profile's schedule"), hinted
    return Ground(
        node.id,
        Basis.ASSUMED,
        "no schedule is known: supposed to start as its period, or a window for it, begins",
    ), ()


def _waiting(graph: Graph) -> dict[str, list[Edge]]:
    """The edges on each node."""
    found: dict[str, list[Edge]] = {}
    for node in graph.nodes.values():
        for edge in node.edges.leaves:
            found.setdefault(edge.upstream, []).append(edge)
    return found


def _starts(
    graph: Graph,
    node: Node,
    basis: Basis,
    schedules: tuple[Schedule, ...],
    dates: Dates,
    first: date,
    edges: Sequence[Edge],
) -> Iterator[Start]:
    assert node.source
    every = node.source.key.every
    wide = Dates(first, (dates.last - first).days + 1, dates.zone)
    if basis is Basis.ASSUMED:
        moments: Iterator[tuple[int, str]] = _assumed(graph, node, node.source, wide, edges)
    elif schedules:
        moments = _scheduled(node.source, schedules, wide)
    else:
        return
    for at, key in moments:
        begin = keytimes.start(key, every).date()
        is_shown = dates.has_key(key, every)
        if every.kind in ("week", "month"):
            is_shown = is_shown or dates.begin <= at < dates.end
        if begin <= dates.last and (is_shown or keys.last_day(keytimes.start(key, every), every) >= first):
            yield Start(graph.name, node.id, key, at, is_shown)


def _scheduled(source: Source, schedules: tuple[Schedule, ...], wide: Dates) -> Iterator[tuple[int, str]]:
    from depgen import firings

    rule = source.key
    moved = abs(rule.offset.longest)
    # A key of a week or month that ends on the days may have started long before.
    low = wide.begin - length(rule.every) - moved - _MARGIN
    high = wide.end + moved + _MARGIN
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (low, high))
    found = {int(m.timestamp()) for each in schedules for m in each.between(begin, end, firings.UNZONED)}
    return ((moment, keytimes.key_at(rule, moment)) for moment in sorted(found))


def _assumed(
    graph: Graph, node: Node, source: Source, wide: Dates, edges: Sequence[Edge]
) -> Iterator[tuple[int, str]]:
    """The first moment of each key, but for days on which the source is closed."""
    calendar, every = graph.calendar(node.id), source.key.every
    opening = _opening(edges)
    # A week or a month that begins on these days may go on after them.
    last = (
        wide.last
        if every.kind == "slot"
        else keys.last_day(keytimes.start(every.key(wide.last), every), every)
    )
    for key in Dates(wide.first, (last - wide.first).days + 1, source.key.zone).keys(every):
        day = keytimes.start(key, every).date()
        if calendar is None or every.kind in ("week", "month") or calendar.is_open(day):
            try:
                begin = int(moment_of(source.key, key))
            except InputError:
                continue  # the hour that the clocks leave out
            opens = keytimes.clock_at(key, every, opening, source.key.zone) if opening else begin
            yield max(begin, opens), key


def _opening(edges: Sequence[Edge]) -> WallTime | None:
    """The first window of the edges on a source; None if an edge has none, or waits for another key."""
    windows = [edge.window.start for edge in edges if edge.window and edge.match.kind == "same"]
    return (
        min(windows, key=lambda time: (time.from_end, time.offset))
        if len(windows) == len(edges) and windows
        else None
    )
