"""What a played day comes to: an item for each node and key, with the reasons of what never ran.

What did not run is asked of the world as it is in the end (`unrun`). Added here is what only somebody who sees the whole
day can say: that nothing was to be expected of a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.cluster import keytimes
from depgen.cluster.causes import causes
from depgen.cluster.states import Subject, read_invalid, strikes_at
from depgen.model import Node
from depgen.simulate.dates import Dates, clock_change
from depgen.simulate.expected import Basis, Expected
from depgen.simulate.playing import Did, Played
from depgen.simulate.seen import Seen
from depgen.simulate.supposing import Supposition
from depgen.simulate.timeline import Day, Fate, Item, Last, Mark, Timeline, Told

# Explaining asks the programs and lists Workflows; of a whole graph that stands still, the first ones say it all.
_MOST_EXPLAINED = 1000
_HOUR = 3600
# What can be the last thing that a run waits for, of its clocks.
_OPENING = ("notBefore", "cutoff", "settle-")


def tell(played: Played, graph: str, dates: Dates, expected: Expected, supposition: Supposition) -> Timeline:
    """The timeline of one graph."""
    subject = played.world.subjects[graph]
    teller = _Teller(Seen(played, subject, dates, expected))
    items = sorted(teller.items(), key=_when)
    lost = read_invalid(played.world.emulator.api, subject)
    return Timeline(
        graph=graph,
        namespace=subject.graph.namespace,
        zone=subject.graph.zone,
        days=tuple(_days(subject, dates)),
        items=tuple(items),
        alerts=tuple(teller.alerts()),
        grounds=expected.grounds,
        strays=tuple(f"{one.workflow} of {one.node}: {one.reason}" for one in lost),
        seed=supposition.seed,
        made_up=tuple(supposition.made_up(graph)),
    )


def _when(item: Item) -> tuple[bool, float]:
    """By beginning; what never began stays in the order of the graph, at the end."""
    return item.begin is None, item.begin or 0.0


def _days(subject: Subject, dates: Dates) -> Iterator[Day]:
    there = ZoneInfo(dates.zone)
    for day in dates.each():
        begin, end = (keys.instant(keys.midnight(d), there) for d in (day, day + timedelta(days=1)))
        closed = (name for name, calendar in subject.graph.calendars.items() if not calendar.is_open(day))
        yield Day(day, (end - begin) / _HOUR, clock_change(day, dates.zone), tuple(closed))


class _Teller:
    """Tells of one graph, upstreams first, because what a node did depends on what they did."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.subject = seen.subject
        self.world = seen.played.world
        self._explained = 0
        self._fates: dict[tuple[str, str], Fate] = {}

    def items(self) -> Iterator[Item]:
        """Every node at every key that is shown and, for a source, that it has; upstreams first."""
        for id_ in self.subject.analysis.order:
            node = self.subject.graph.nodes[id_]
            for key in self.seen.keys[id_]:
                item = self._source(node, key) if node.source else self._run(node, key)
                if item:
                    self._fates[id_, key] = item.fate
                    yield item

    def alerts(self) -> Iterator[Told]:
        """What told of a missed clock or of a failure, in order."""
        nodes = self.subject.graph.nodes
        for did in self.seen.played.did:
            if did.graph == self.subject.graph.name and did.node not in nodes:
                node, _, kind = did.node.rpartition("-")
                if did.key in self.seen.keys.get(node, ()):
                    yield Told(did.submitted, kind, node, did.key, did.workflow)

    # ---- an item ----

    def _source(self, node: Node, key: str) -> Item | None:
        dids = self.seen.did.get((node.id, key)) or self._elsewhere(node, key)
        if dids:
            return self._ran(node, key, dids, ())
        basis = self.seen.grounds[node.id].basis
        is_missing = (node.id, key) in self.seen.starts or basis in (
            Basis.SUSPENDED,
            Basis.UNKNOWN,
            Basis.PLAYED,
        )
        if not is_missing:
            return Item(node.id, key, True, Fate.IDLE)
        what = "missing" if basis in (Basis.CRON, Basis.PROFILE, Basis.ASSUMED) else basis
        return Item(node.id, key, True, Fate.MISSING, supposed=str(what))

    def _elsewhere(self, node: Node, key: str) -> list[Did]:
        """What a node of another graph did, where that is played too."""
        if self.seen.grounds[node.id].basis is not Basis.PLAYED:
            return []
        assert node.source
        of = node.source.name, node.source.node, key
        return [did for did in self.seen.played.did if (did.graph, did.node, did.key) == of]

    def _run(self, node: Node, key: str) -> Item:
        dids = self.seen.did.get((node.id, key))
        if dids:
            return self._ran(node, key, dids, self._marks(node, key, dids[-1]))
        if (node.id, key) not in self.seen.wanted or self._is_closed(node, key):
            return Item(node.id, key, False, Fate.IDLE)
        from depgen.simulate import unrun  # slow to load, and on most days all run

        if behind := unrun.behind(self._fates, node, key):
            item = unrun.follower(self.seen, node, key, behind)
        elif self._explained >= _MOST_EXPLAINED:
            item = Item(node.id, key, False, Fate.NEVER)
        else:
            self._explained += 1
            item = unrun.explained(self.seen, self._fates, node, key)
        return item if item.fate is Fate.IDLE else item._replace(marks=self._marks(node, key, None))

    def _ran(self, node: Node, key: str, dids: Sequence[Did], marks: tuple[Mark, ...]) -> Item:
        did = dids[-1]
        causes_ = [] if node.source else list(self._causes(did))
        since = min((at for _, at in causes_), default=None)
        has_ended = did.end <= self.world.now
        ended = Fate.SUCCEEDED if did.phase == "Succeeded" else Fate.FAILED
        return Item(
            node=node.id,
            key=key,
            is_source=node.source is not None,
            fate=ended if has_ended else Fate.RUNNING,
            begin=did.begin,
            end=did.end,
            workflow=did.workflow,
            since=since,
            last=None if node.source else self._last(node, key, did, causes_),
            marks=marks,
            supposed=did.supposed,
            late_by=did.late_by,
            again=len(dids) - 1,
        )

    def _causes(self, did: Did) -> Iterator[tuple[str, float]]:
        """The nodes that a run was fired on, with when they ended."""
        for cause in causes(did.node, did.cause):
            if cause.finished_at:
                upstream = self.seen.by_name.get((did.graph, cause.workflow)) or self.seen.by_name.get(
                    ("", cause.workflow)
                )
                what = cause.workflow or "an outcome"
                if upstream:
                    graph = "" if upstream.graph == did.graph else f"{upstream.graph}/"
                    what = graph + upstream.node + ("" if upstream.key == did.key else f" {upstream.key}")
                yield what, _instant(cause.finished_at)

    def _last(self, node: Node, key: str, did: Did, found: Sequence[tuple[str, float]]) -> Last | None:
        """The newest of what a run was fired on, or the clock that opened after it."""
        clocks = [
            (name, float(at))
            for name in node.clocks
            if name.startswith(_OPENING) and (name != "cutoff" or node.on_cutoff == "run")
            if (at := strikes_at(self.subject, node, name, key)) is not None and at <= did.submitted
        ]
        newest = max([*found, *clocks], key=lambda one: one[1], default=None)
        return Last(*newest) if newest else None

    def _marks(self, node: Node, key: str, did: Did | None) -> tuple[Mark, ...]:
        found = []
        for name in node.clocks:
            at = strikes_at(self.subject, node, name, key)
            if at is not None:
                found.append(Mark(name, at, _is_missed(name, at, did)))
        return tuple(found)

    # ---- nothing was to be expected ----

    def _is_closed(self, node: Node, key: str) -> bool:
        calendar = self.subject.graph.calendar(node.id)
        every = self.subject.every(node.id)
        if calendar is None or every.kind in ("week", "month"):
            return False
        return not calendar.is_open(keytimes.start(key, every).date())


def _is_missed(name: str, at: float, did: Did | None) -> bool:
    if name == "startBy":
        return did is None or did.submitted > at
    return name == "deadline" and (did is None or did.phase != "Succeeded" or did.end > at)


def _instant(text: str) -> float:
    return float(keytimes.instant(text) or 0)
