"""What is there when the days of a graph are over: its ledgers, its Workflows, and what was to be expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from depgen.cluster.states import Ledgers, Subject, read_ledgers
from depgen.model import Edge
from depgen.simulate.dates import Dates
from depgen.simulate.expected import Basis, Expected, Ground
from depgen.simulate.playing import Did, Played

# Sources that do not start, or not by themselves, and yet somebody may count on them.
_SILENT = (Basis.SUSPENDED, Basis.UNKNOWN, Basis.PLAYED)


@dataclass(frozen=True)
class Seen:
    """One graph, after its days."""

    played: Played
    subject: Subject
    dates: Dates
    expected: Expected

    @cached_property
    def ledgers(self) -> Ledgers:
        """All of them, as they are in the end."""
        return read_ledgers(self.played.world.emulator.api, self.subject)

    @cached_property
    def did(self) -> Mapping[tuple[str, str], list[Did]]:
        """The Workflows of each node and key, in order; the alerts' too."""
        found: dict[tuple[str, str], list[Did]] = {}
        for did in self.played.did:
            if did.graph == self.subject.graph.name:
                found.setdefault((did.node, did.key), []).append(did)
        return found

    @cached_property
    def by_name(self) -> Mapping[tuple[str, str], Did]:
        """What each Workflow is in each graph, and in any, which is ""."""
        own = {(did.graph, did.workflow): did for did in self.played.did}
        return {("", did.workflow): did for did in self.played.did} | own

    @cached_property
    def grounds(self) -> Mapping[str, Ground]:
        """What each source's starts are taken from."""
        return {ground.node: ground for ground in self.expected.grounds}

    @cached_property
    def starts(self) -> frozenset[tuple[str, str]]:
        """The sources that start for a key, or would if they were not missing."""
        return frozenset((start.node, start.key) for start in self.expected.starts)

    @cached_property
    def keys(self) -> Mapping[str, list[str]]:
        """The keys that are shown of each node, in order."""
        every = self.subject.analysis.every
        shown = {period: dict.fromkeys(self.dates.keys(period)) for period in set(every.values())}
        for start in self.expected.starts:
            if start.is_shown:
                shown[every[start.node]][start.key] = None
        listed = {period: sorted(found) for period, found in shown.items()}
        return {id_: listed[period] for id_, period in every.items()}

    @cached_property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """The nodes, with their keys, of which some source starts, or is to: something was to be expected of them."""
        found = set(self.starts)
        for id_ in self.subject.analysis.order:
            ground = self.grounds.get(id_)
            is_silent = ground is not None and ground.basis in _SILENT
            edges = self.subject.graph.nodes[id_].edges.leaves
            for key in self.keys[id_]:
                if is_silent or any(_may_come(edge, key, found) for edge in edges):
                    found.add((id_, key))
        return frozenset(found)


def _may_come(edge: Edge, key: str, found: set[tuple[str, str]]) -> bool:
    return edge.match.kind != "same" or (edge.upstream, key) in found
