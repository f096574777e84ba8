"""Which updates of an object cannot make a trigger act, so that it need not be asked.

Every node of a graph listens to every update of its ledger, and nearly none of them concerns it. What a program can
depend on is known (`jq_reads`), so once it has let nothing through for an update of an object in which nothing of that
changed, it lets nothing through for the next such update either, and that one is taken for delivered and acked. This
changes how long an emulation takes and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen.emulate.jq_reads import Reads
from depgen.emulate.payload import Change


class Screen:
    """Of one consumer, whose only program has these reads. `turns` counts what concerned it, by object."""

    def __init__(self, reads: Reads) -> None:
        self.reads = reads
        self._turns: dict[str, int] = {}
        self._quiet: set[str] = set()

    def concerns(self, change: Change, entries: Sequence[str] | None) -> bool:
        """Whether a trigger has to be asked about a change; `entries` are those that changed, None for all."""
        thing = change.object
        if entries is None or any(map(self.reads.tells, entries)):
            self._turns[thing] = self._turns.get(thing, 0) + 1
            self._quiet.discard(thing)
            return True
        return thing not in self._quiet

    def turn(self, change: Change) -> int:
        """What to hand to `passed_over` when the answer is there."""
        return self._turns.get(change.object, 0)

    def passed_over(self, change: Change, turn: int, was_still: bool) -> None:
        """The trigger did not act on a change; `was_still`: nothing that concerns it had changed in it."""
        if was_still and turn == self.turn(change):
            self._quiet.add(change.object)


def screen(reads: Reads | None) -> Screen | None:
    """None for a program of which nothing is known, or that asks for the time."""
    return None if reads is None or reads.everything or reads.clock else Screen(reads)
