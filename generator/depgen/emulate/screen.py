"""Which updates of an object cannot make a trigger act, so that it need not be asked.

Every node of a graph listens to every update of its ledger, and nearly none of them concerns it. What a program can
depend on is known (`jq_reads`), so once it has let nothing through for an update of an object in which nothing of that
changed, it lets nothing through for the next such update either, and that one is taken for delivered and acked. Where it
is known what an answer needs (`jq_needs`), one need that is not met is reason enough, until an entry changes that this
need looks at: of an object that is new all needs are asked about, and nothing more as long as one that was not met is left
as it was. That is asked when the update is published: needs know no clock, so the answer is the same whenever the
trigger comes to it. All of it changes how long an emulation takes and nothing else; only of a program that fails where it
would say no, the warning is not heard each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from depgen import engine
from depgen.emulate.jq_needs import Needs, missing
from depgen.emulate.jq_reads import Entries, Reads
from depgen.emulate.payload import Change, Payload

_Doubt = tuple["Screen", Sequence[int]]
# How many are asked together about an object that is not new: each of them looks through what all of them look at.
_TOGETHER = 8
# How the name of a claim ends in a ledger: a run that has just been submitted makes nobody ready.
_CLAIM = ".0"


class Screen:
    """Of one consumer, whose only program has these reads and runs in this zone. `is_silent`: it is known to let nothing
    through for an update in which nothing of them changed. `entries` and fields of `metadata` are what it looks at, `zone` is
    where it has to be asked what is missing, None if there is nothing to ask.
    """

    __slots__ = ("_always", "_missing", "_needs", "_turns", "_until", "_wary", "entries", "metadata", "zone")

    def __init__(self, reads: Reads, is_silent: bool, needs: Needs | None, zone: str) -> None:
        self.entries = reads.entries
        self.metadata = reads.metadata
        self.zone = zone if needs is not None else None
        self._needs = needs
        self._always = (self.entries,) if is_silent else ()
        # By object: nothing is let through as long as one of these has not changed, and how often something it reads has.
        self._until: dict[str, tuple[Entries, ...]] = {}
        self._turns: dict[str, int] = {}
        # By object: which needs were not met when it was last asked about them.
        self._missing: dict[str, Sequence[int]] = {}
        # By object: whether something went to the trigger that had better been asked about.
        self._wary: set[str] = set()

    @property
    def only(self) -> Entries | None:
        """Only a change of one of these can concern it; None if others can too."""
        return self.entries if self._always else None

    def concerns(self, change: Change, entries: Sequence[str] | None) -> bool:
        """Whether a trigger has to be asked about a change; `entries` are those that changed, None for all."""
        thing = change.object
        if entries is None:
            self._missing.pop(thing, None)
        else:
            until = self._until.get(thing, self._always)
            left = tuple(each for each in until if not each.touched(entries))
            if left:
                if left != until:
                    self._until[thing] = left
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
            self._until[change.object] = (self.entries,)

    def doubts(self, change: Change, entries: Sequence[str]) -> list[Sequence[int]]:
        """The needs to ask about for a change that concerns it, in lots, one after the other until one is missing.

        What most programs ask last is that they have not acted yet: of an object that is not known all else comes before that,
        and after it went to the trigger's program all else comes after it. In between what was missing counts, for all of
        that has changed: it is likely to be there now, and then the trigger's program says whether; but not if these
        entries are claims.
        """
        assert self._needs is not None
        missing, numbers = self._missing.get(change.object), self._needs.numbers
        if missing:
            is_likely = 0 not in missing and not all(name.endswith(_CLAIM) for name in entries)
            return [] if is_likely and change.object not in self._wary else [missing]
        lots = (numbers[1:], numbers[:1]) if missing is None else (numbers[:1], numbers[1:])
        return [lot for lot in lots if lot]

    def question(self, numbers: Sequence[int]) -> engine.Question:
        """What to ask about these needs, in its `zone`."""
        assert self._needs is not None
        return self._needs.question(numbers)

    def looked_at(self, numbers: Sequence[int]) -> list[Entries]:
        """By these needs."""
        assert self._needs is not None
        return [self._needs.entries(number) for number in numbers]

    def answered(self, change: Change, missing: Sequence[int]) -> bool:
        """What came of that: whether it is known that nothing is let through."""
        if missing:
            before = self._missing.get(change.object)
            if before is not None and not before and 0 not in missing:
                self._wary.add(change.object)
            self._until[change.object] = tuple(self.looked_at(missing))
        self._missing[change.object] = missing
        return bool(missing)

    def passed_on(self, change: Change) -> None:
        """It goes to the trigger's program."""
        self._missing[change.object] = ()


def lacking(screens: Sequence[Screen], change: Change, entries: Sequence[str] | None) -> set[Screen]:
    """Those that let nothing of a change through because it lacks something. It concerns them all, and is the newest of its
    object; `entries` are those that changed, None for all.
    """
    by_zone: dict[str, list[Screen]] = {}
    for one in screens:
        if one.zone is not None and change.type != "DELETE":
            by_zone.setdefault(one.zone, []).append(one)
    found: set[Screen] = set()
    for zone, asked in by_zone.items():
        # Of an object that is new, which has next to no entries, all are asked at once.
        most = len(asked) if change.type == "ADD" else _TOGETHER
        for place in range(0, len(asked), most):
            found |= _lacking(asked[place : place + most], change, entries or (), zone)
    return found


def _lacking(screens: Sequence[Screen], change: Change, entries: Sequence[str], zone: str) -> set[Screen]:
    """Of those that are asked together, in one zone."""
    doubts = [(one, one.doubts(change, entries)) for one in screens]
    found: set[Screen] = set()
    for turn in range(max(len(lots) for _, lots in doubts)):
        asked = [(one, lots[turn]) for one, lots in doubts if turn < len(lots) and one not in found]
        found |= _told(asked, change, zone) if asked else set()
    for one in screens:
        if one not in found:
            one.passed_on(change)
    return found


def _told(asked: Sequence[_Doubt], change: Change, zone: str) -> set[Screen]:
    metadata = asked[0][0].metadata.union(*(one.metadata for one, _ in asked[1:]))
    event = change.now(metadata, [entries for one, lot in asked for entries in one.looked_at(lot)])
    told = missing([one.question(lot) for one, lot in asked], event, zone)
    return {one for (one, _), numbers in zip(asked, told, strict=True) if one.answered(change, numbers)}


def screen(reads: Reads | None, wanted: str | None, needs: Needs | None, zone: str) -> Screen | None:
    """Of a program whose answer has to have a field that is true; None if nothing is known of the program."""
    if reads is None or reads.everything:
        return None
    is_silent = wanted in reads.never
    return Screen(reads, is_silent, needs, zone) if is_silent or not reads.clock else None
