"""A compiled graph in plain words: what listens to what, in how many pods, at which rate.

Made by the compiler for people: the tree of `build` and the pictures of `graph` print it. No decision is
taken from it; whether a node is ready is decided by the generated programs alone.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class EdgeSummary:
    """One upstream: `status` in the author's word, `extras` its other conditions, each a phrase."""

    node: str
    status: str = "success"
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """Edges and groups of which all (`need` 0), or at least `need`, must be satisfied."""

    members: tuple[EdgeSummary | GroupSummary, ...] = ()
    need: int = 0

    @property
    def is_all(self) -> bool:
        """Whether every member must be satisfied."""
        return self.need in (0, len(self.members))

    @property
    def words(self) -> str:
        """The group's rule: `all of 2`, `any of 3`, `at least 2 of 3`."""
        if self.is_all:
            return f"all of {len(self.members)}"
        return (
            f"any of {len(self.members)}"
            if self.need == 1
            else f"at least {self.need} of {len(self.members)}"
        )

    def only(self, nodes: Container[str]) -> GroupSummary:
        """The group without edges on other nodes; a group within of which one member is left is that member."""
        kept: list[EdgeSummary | GroupSummary] = []
        for member in self.members:
            if isinstance(member, EdgeSummary):
                kept += [member] if member.node in nodes else []
            else:
                left = member.only(nodes)
                kept += left.members if len(left.members) == 1 else [left] if left.members else []
        return GroupSummary(tuple(kept), min(self.need, len(kept)))

    def edges(self) -> Iterator[EdgeSummary]:
        """The edges of the group and of the groups within, in their order."""
        for member in self.members:
            if isinstance(member, EdgeSummary):
                yield member
            else:
                yield from member.edges()


@dataclass(frozen=True, slots=True)
class NodeSummary:
    """A source or a run; `what` names the Argo object: `CronWorkflow sales-load`."""

    id: str
    what: str
    is_source: bool
    waits_for: GroupSummary = GroupSummary()
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """One graph. `nodes` are sorted by id, `pods` counts pods by role, `sweep` says how often it is swept.

    `left_out` counts the sources and runs that are not in `nodes`, because nobody would look at them.
    """

    name: str
    namespace: str
    timezone: str
    nodes: tuple[NodeSummary, ...]
    pods: tuple[tuple[str, int], ...] = ()
    bound: str = ""
    sweep: str = ""
    left_out: tuple[int, int] = (0, 0)

    def only(self, nodes: Container[str]) -> GraphSummary:
        """The graph without other nodes, and without the edges that lead to or from them."""
        kept = tuple(
            replace(node, waits_for=node.waits_for.only(nodes)) for node in self.nodes if node.id in nodes
        )
        return replace(self, nodes=kept)

    @property
    def sources(self) -> int:
        """How many nodes are only listened to."""
        return sum(node.is_source for node in self.nodes) + self.left_out[0]

    @property
    def runs(self) -> int:
        """How many nodes are submitted."""
        return sum(not node.is_source for node in self.nodes) + self.left_out[1]
