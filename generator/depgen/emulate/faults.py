"""What goes wrong on request, drawn from the emulator's seed.

A Fault names what it strikes by a pattern with `*` and says how likely that is each time there is an occasion. Without any,
nothing goes wrong by chance: `stop`, `start` and `restart` of the Emulator are for what has to happen at a moment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from random import Random
from typing import Literal, NamedTuple

FaultKind = Literal["drop", "duplicate", "delay", "reorder", "crash", "api-error", "lost-answer", "skew"]
# By what `target` is compared.
EVENTS: tuple[FaultKind, ...] = ("drop", "duplicate", "delay", "reorder")
REQUESTS: tuple[FaultKind, ...] = ("api-error", "lost-answer")


class Fault(NamedTuple):
    """`kind` and what its `target` names:

    - `drop`, `duplicate`, `delay`, `reorder`: events, `<EventSource>/<event>`. Dropped before the bus; put on the bus twice
      under two ids, as a restart of the EventSource does; late by up to `seconds`; held back until another event of that
      EventSource has passed, for at most `seconds`.
    - `crash`: a part, `sensor/<name>` or `eventsource/<name>`; a Sensor dies between an action and its ack, an EventSource
      after it has put an event on the bus. It is down for `seconds`.
    - `api-error`, `lost-answer`: requests of Sensors, `<verb> <Kind>`, such as `patch ConfigMap`: refused with a 500; done,
      but the Sensor is told that they failed.
    - `skew`: a part, whose clock is `seconds` ahead, always.

    `probability` of each occasion between `begin` and `end`, and `times` at most in all.
    """

    kind: FaultKind
    target: str = "*"
    probability: float = 1.0
    times: int | None = None
    seconds: float = 0.0
    begin: float = -math.inf
    end: float = math.inf


class Faults:
    """Draws: asked at each occasion, in the order in which they come."""

    def __init__(self, faults: Iterable[Fault], random: Random) -> None:
        self._faults: Sequence[Fault] = tuple(faults)
        self._left = [math.inf if f.times is None else f.times for f in self._faults]
        self._random = random
        self._kinds = {fault.kind for fault in self._faults}

    def strike(self, kinds: Sequence[FaultKind], target: str, now: float) -> Fault | None:
        """The fault of these kinds that happens to a target now, if any."""
        if not self._kinds or self._kinds.isdisjoint(kinds):
            return None
        for place, fault in enumerate(self._faults):
            if fault.kind in kinds and self._fits(place, fault, target, now):
                self._left[place] -= 1
                return fault
        return None

    def skew(self, part: str) -> float:
        """How many seconds a part's clock is ahead."""
        return sum(f.seconds for f in self._faults if f.kind == "skew" and fnmatchcase(part, f.target))

    def some(self, seconds: float) -> float:
        """A part of so many seconds."""
        return self._random.random() * seconds

    def _fits(self, place: int, fault: Fault, target: str, now: float) -> bool:
        if self._left[place] < 1 or not fault.begin <= now <= fault.end:
            return False
        return fnmatchcase(target, fault.target) and self._random.random() < fault.probability
