"""How a fact gets from its own key to the ledger of another: as values, which `serving` makes and writes as jq."""

from __future__ import annotations

from dataclasses import dataclass

from depgen import naming
from depgen.calendars import Calendar
from depgen.times import Period


@dataclass(frozen=True, slots=True)
class Move:
    """How a fact gets from its key to a ledger. Kinds and what `n` is of each:

    "offset": the key so many before the ledger's (-1: the fact goes to the ledger of the next key).
    "within": to the ledger of the longer `period` that the key begins in.
    "containing": to the ledger of the n-th shorter `period` that begins in the key's.
    "back": to the n-th ledger whose key is `steps` open keys after, or with `is_last` so many at most.
    "since": to the ledger of the next open key of `period`.
    `theirs` and `mine` are the calendars of the upstream and of the node.
    """

    kind: str = "offset"
    n: int = 0
    period: Period | None = None
    steps: int = 0
    is_last: bool = False
    theirs: Calendar | None = None
    mine: Calendar | None = None

    @property
    def suffix(self) -> str:
        """Tells the moves of one event apart in names; "" for that to the key's own ledger."""
        if self.kind == "offset":
            return f"{'before' if self.n < 0 else 'after'}{abs(self.n)}" if self.n else ""
        if self.kind == "within":
            return f"within-{self._period.text}"
        if self.kind == "containing":
            return f"in-{self._period.text}-{self.n}"
        calendars = [calendar.name for calendar in (self.theirs, self.mine) if calendar]
        known = naming.stable_hash(repr((self._period.text, self.steps, self.is_last, calendars))) >> 40
        return f"{self.kind}-{known:06x}" + (f"-{self.n}" if self.n else "")

    @property
    def _period(self) -> Period:
        assert self.period
        return self.period


HOME = Move()
