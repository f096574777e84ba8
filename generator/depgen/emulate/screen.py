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
    """Of one consumer, whose only program has these reads. `turns` counts what concerned it, by object.

    `is_silent`: it is known to let nothing through for an update that does not concern it.
    """

    def __init__(self, reads: Reads, is_silent: bool) -> None:
        self.reads = reads
        self._is_silent = is_silent
        self._turns: dict[str, int] = {}
        self._quiet: set[str] = set()

    def concerns(self, change: Change, entries: Sequence[str] | None) -> bool:
        """Whether a trigger has to be asked about a change; `entries` are those that changed, None for all."""
        if self._is_silent and entries is not None:
            names, starts = self.reads.names, self.reads.starts
            return any(name in names or name.startswith(starts) for name in entries)
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


def screen(reads: Reads | None, wanted: str | None) -> Screen | None:
    """Of a program whose answer has to have a field that is true; None if nothing is known of the program."""
    if reads is None or reads.everything:
        return None
    is_silent = wanted in reads.never
    return Screen(reads, is_silent) if is_silent or not reads.clock else None
