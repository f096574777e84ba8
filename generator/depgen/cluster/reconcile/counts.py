"""What a pass found and did, as values to be told, counted and measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What was done to a ledger."""

    FACT = "fact"
    CLAIM = "claim"
    CLOCK = "clock"
    ASKED = "asked"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    REJECTED = "rejected"
    INVALID = "invalid"
    COMPACTED = "compacted"
    PRUNED = "pruned"


class Repair(NamedTuple):
    """One thing that was done; `node` is "" for what is done to a ledger as a whole."""

    kind: Kind
    ledger: str
    node: str
    key: str
    why: str


class Remaining(NamedTuple):
    """Something that the pass could not mend: `kind` is unmappable, rejected or stale."""

    kind: str
    what: str
    why: str


@dataclass
class Swept:
    """One pass over one graph.

    `expected` facts and claims follow from the Workflows that exist, of which `present` were in their ledgers;
    `late` ones belong to keys of which no ledger is kept any more. `missed` cron runs are None where nobody looked.
    `overdue`: how many keys, by node and clock.
    """

    graph: str
    is_dry: bool = False
    objects: int = 0
    ledgers: int = 0
    expected: int = 0
    present: int = 0
    late: int = 0
    missed: int | None = None
    overdue: dict[tuple[str, str], int] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)
    remaining: list[Remaining] = field(default_factory=list)
    seconds: float = 0

    @property
    def done(self) -> Counter[Kind]:
        """How much of each kind was done."""
        return Counter(repair.kind for repair in self.repairs)

    @property
    def left(self) -> Counter[str]:
        """How much of each kind remains."""
        return Counter(remaining.kind for remaining in self.remaining)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing more to do: nothing remains, and all that was found is written."""
        return not self.remaining and not (self.is_dry and self.repairs)


def are_clean(passes: Iterable[Swept]) -> bool:
    """Whether that is so for all."""
    return all(one.is_clean for one in passes)
