"""Which updates of an object cannot make a trigger act, so that it need not be asked.

Every node of a graph listens to every update of its ledger, and nearly none of them concerns it. What a program can
depend on is known (`jq_reads`), so once it has let nothing through for an update of an object in which nothing of that
changed, it lets nothing through for the next such update either, and that one is taken for delivered and acked. Where it
is known what an answer needs (`jq_needs`), one need that is not met is reason enough, until an entry changes that this
need looks at. All of it changes how long an emulation takes and nothing else; only of a program that fails where it would
say no, the warning is not heard each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen.emulate.jq_needs import BEGIN, Needs
from depgen.emulate.jq_reads import Entries, Reads
from depgen.emulate.payload import Change, Payload


class Screen:
    """Of one consumer, whose only program has these reads and runs in this zone. `is_silent`: it is known to let nothing
    through for an update in which nothing of them changed.
    """

    __slots__ = ("_always", "_entries", "_likely", "_needs", "_reads", "_turns", "_until", "_zone")

    def __init__(self, reads: Reads, is_silent: bool, needs: Needs | None, zone: str) -> None:
        self._zone = zone
        self._reads = reads
        self._entries = reads.entries
        self._needs = needs
        self._always = self._entries if is_silent else None
        # By object: nothing is let through until one of these changes, and how often something it reads has changed.
        self._until: dict[str, Entries] = {}
        self._turns: dict[str, int] = {}
        # The need that was missing last. An object that is new lacks the first one, and one on which the program has acted
        # the last one of its text: most programs ask there whether they have.
        self._likely = needs.last if needs is not None else 0

    @property
    def only(self) -> Entries | None:
        """Only a change of one of these can concern it; None if others can too."""
        return self._always

    def concerns(self, change: Change, entries: Sequence[str] | None) -> bool:
        """Whether a trigger has to be asked about a change; `entries` are those that changed, None for all."""
        thing = change.object
        if entries is not None:
            until = self._until.get(thing, self._always)
            if until is not None and not until.touched(entries):
                return False
            if not self._entries.touched(entries):
                return True
        self._turns[thing] = self._turns.get(thing, 0) + 1
        self._until.pop(thing, None)
        return True

    def is_still(self, entries: Sequence[str] | None) -> bool:
        """Whether nothing changed that concerns it."""
        return entries is not None and not self._entries.touched(entries)

    def turn(self, change: Change) -> int:
        """What to hand back when the answer is there."""
        return self._turns.get(change.object, 0)

    def lacks(self, change: Payload, turn: int, now: float) -> bool:
        """Whether it is known that a change lacks what the program needs to let it through."""
        if self._needs is None or not isinstance(change, Change) or change.type == "DELETE":
            return False
        event = change.now(self._reads, f'"{BEGIN}":{self._likely}')
        number = self._needs.missing(event, self._zone, now)
        self._likely = max(number, 0)
        if number < 0:
            return False
        if turn == self.turn(change):
            self._until[change.object] = self._needs.entries(number)
        return True

    def passed_over(self, change: Payload, turn: int, was_still: bool) -> None:
        """The trigger did not act on a change; `was_still`: nothing that concerns it had changed in it."""
        if was_still and isinstance(change, Change) and turn == self.turn(change):
            self._until[change.object] = self._entries


def screen(reads: Reads | None, wanted: str | None, needs: Needs | None, zone: str) -> Screen | None:
    """Of a program whose answer has to have a field that is true; None if nothing is known of the program."""
    if reads is None or reads.everything:
        return None
    is_silent = wanted in reads.never
    return Screen(reads, is_silent, needs, zone) if is_silent or not reads.clock else None
