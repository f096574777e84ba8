"""The virtual clock: what happens when, one thing after the other, and nothing in between.

Things of the same moment happen in the order in which they were said. A process is a generator that yields the moments
at which it wants to go on; between two yields nobody else does anything, so there are no races but at yields.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import count

Steps = Iterator[float]


class Clock:
    """`now`, in seconds since 1970, moves only in `run_until`, which goes on within `during`."""

    def __init__(
        self, start: float, during: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self.now = start
        self._during = during
        self._todo: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def at(self, moment: float, action: Callable[[], object]) -> None:
        """Do something at a moment; at once (but after what is going on) if that is over."""
        heapq.heappush(self._todo, (max(moment, self.now), next(self._numbers), action))

    def soon(self, action: Callable[[], object]) -> None:
        """Do something at this moment, after all that is to be done already."""
        heapq.heappush(self._todo, (self.now, next(self._numbers), action))

    def start(self, steps: Steps) -> Task:
        """Run a process from now on."""
        task = Task(self, steps)
        task.go_on()
        return task

    def run_until(self, moment: float) -> None:
        """All that happens up to and including a moment."""
        todo = self._todo
        with self._during():
            while todo and todo[0][0] <= moment:
                self.now, _, action = heapq.heappop(todo)
                action()
        self.now = max(self.now, moment)

    @property
    def next(self) -> float:
        """When something happens next; infinity if never."""
        return self._todo[0][0] if self._todo else math.inf


class Task:
    """A process that runs; `end` ends it wherever it is."""

    def __init__(self, clock: Clock, steps: Steps) -> None:
        self.clock = clock
        self.steps: Steps | None = steps

    def go_on(self) -> None:
        """To the next moment it wants."""
        if self.steps is None:
            return
        moment = next(self.steps, None)
        if moment is None:
            self.steps = None
        elif self.steps is not None:  # it may have ended itself meanwhile
            self.clock.at(moment, self.go_on)

    def end(self) -> None:
        """Nothing of it happens any more."""
        self.steps = None
