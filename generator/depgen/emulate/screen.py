"""Which updates of an object cannot make a trigger act, so that it need not be asked.

Every node of a graph listens to every update of its ledger, and nearly none of them concerns it. What a program can
depend on is known (`jq_reads`), so once it has let nothing through for an update of an object in which nothing of that
changed, it lets nothing through for the next such update either, and that one is taken for delivered and acked. Where it
is known what an answer needs (`jq_needs`), one need that is not met is reason enough, until an entry changes that this
need looks at. That is asked when the update is published: needs know no clock, so the answer is the same whenever the trigger
comes to it. All of it changes how long an emulation takes and nothing else; only of a program that fails where it would
say no, the warning is not heard each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen import engine
from depgen.emulate.jq_needs import Needs, missing
from depgen.emulate.jq_reads import Entries, Reads
from depgen.emulate.payload import Change, Payload


class Screen:
    """Of one consumer, whose only program has these reads and runs in this zone. `is_silent`: it is known to let nothing
    through for an update in which nothing of them changed. `entries` are what it looks at, `zone` is where it has to be
    asked what is missing, None if there is nothing to ask.
    """

    __slots__ = ("_always", "_likely", "_needs", "_turns", "_until", "entries", "zone")

    def __init__(self, reads: Reads, is_silent: bool, needs: Needs | None, zone: str) -> None:
        self.entries = reads.entries
        self.zone = zone if needs is not None else None
        self._needs = needs
        self._always = self.entries if is_silent else None
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
            if not self.entries.touched(entries):
                return True
        self._turns[thing] = self._turns.get(thing, 0) + 1
        self._until.pop(thing, None)
        return True

    def is_still(self, entries: Sequence[str] | None) -> bool:
        """Whether nothing changed that concerns it."""
        return entries is not None and not self.entries.touched(entries)

    def turn(self, change: Change) -> int:
        """What to hand back when the answer is there."""
        return self._turns.get(change.object, 0)

    def passed_over(self, change: Payload, turn: int, was_still: bool) -> None:
        """The trigger did not act on a change; `was_still`: nothing that concerns it had changed in it."""
        if was_still and isinstance(change, Change) and turn == self.turn(change):
            self._until[change.object] = self.entries

    def question(self) -> engine.Question:
        """What to ask about a change that concerns it, in its `zone`."""
        assert self._needs is not None
        return self._needs.question(self._likely)

    def answered(self, change: Change, number: int) -> bool:
        """What came of that: whether it is known that nothing is let through."""
        self._likely = max(number, 0)
        if number < 0 or self._needs is None:
            return False
        self._until[change.object] = self._needs.entries(number)
        return True


def lacking(screens: Sequence[Screen], change: Change) -> set[Screen]:
    """Those that let nothing of a change through because it lacks something. It concerns them all, and is the newest of its object."""
    if change.type == "DELETE":
        return set()
    groups: dict[object, list[Screen]] = {}
    for one in screens:
        if one.zone is not None:
            # All are asked about an object that is new, which has next to no entries. Of one that has many each gets its own.
            groups.setdefault(one.zone if change.type == "ADD" else one, []).append(one)
    return {one for together in groups.values() for one in _lacking(together, change)}


def _lacking(asked: Sequence[Screen], change: Change) -> Iterator[Screen]:
    """Of those that are asked together, in one zone."""
    event = change.now([one.entries for one in asked])
    numbers = missing([one.question() for one in asked], event, asked[0].zone or "")
    for one, number in zip(asked, numbers, strict=True):
        if one.answered(change, number):
            yield one


def screen(reads: Reads | None, wanted: str | None, needs: Needs | None, zone: str) -> Screen | None:
    """Of a program whose answer has to have a field that is true; None if nothing is known of the program."""
    if reads is None or reads.everything:
        return None
    is_silent = wanted in reads.never
    return Screen(reads, is_silent, needs, zone) if is_silent or not reads.clock else None
