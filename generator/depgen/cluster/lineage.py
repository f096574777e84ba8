"""The run lineage as values: the answer of `trace`, before anybody prints it.

A step is one Workflow of a node and key, or an outcome without one; two runs of a source for one key are two steps.
Links go from what ended to what was fired on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from depgen.cluster.entries import Hand


class Place(NamedTuple):
    """What a step is of. `workflow` is "" for an outcome, and for a run that there never was."""

    namespace: str
    graph: str
    node: str
    key: str
    workflow: str


class Step(NamedTuple):
    """What is known of a place. `is_there` is whether the Workflow is still in the cluster; `phase` may be "".

    `reason`, `by` and `why` are of an outcome, `hands` of a run: who fired it, and who put an edge of it right.
    """

    place: Place
    phase: str = ""
    finished_at: str = ""
    is_source: bool = False
    is_there: bool = False
    reason: str = ""
    by: str = ""
    why: str = ""
    hands: tuple[Hand, ...] = ()


class Link(NamedTuple):
    """`later` was fired on `earlier`. `is_written` if its Workflow says so itself; else the ledger says it, as it is now."""

    earlier: Place
    later: Place
    hand: Hand | None = None
    is_written: bool = False


@dataclass
class Lineage:
    """All that led to one Workflow and came of it. `root` is its place, `zone` that of its graph."""

    root: Place
    zone: str
    steps: dict[Place, Step] = field(default_factory=dict)
    earlier: dict[Place, tuple[Link, ...]] = field(default_factory=dict)
    later: dict[Place, tuple[Link, ...]] = field(default_factory=dict)

    def links(self) -> Iterator[Link]:
        """Every link once, in the order of their places."""
        yield from sorted(
            {link for links in (*self.earlier.values(), *self.later.values()) for link in links},
            key=lambda link: (link.later, link.earlier),
        )
