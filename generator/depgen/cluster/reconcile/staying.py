"""A sweeper that stays: a pass at an interval, sooner after ledgers changed, later after a failure.

What a newcomer gets wrong: a change is no reason for a pass at once. Events are acted on within a second, and only what
lies still for a minute is the sweep's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

from depgen import naming
from depgen.cluster.api import CONFIG_MAPS, Cluster, ClusterError
from depgen.cluster.states import Subject

# After a change: when everything about it has settled, and a little more.
AFTER_CHANGE = 75.0
# Between the beginnings of two passes, however much changes.
LEAST_PAUSE = 60.0
FIRST_RETRY = 5.0
_LOOK = 1.0

Clock = Callable[[], float]


class Pulse:
    """When the next pass is due. Safe to be told of changes by other threads."""

    def __init__(self, every: float, clock: Clock = time.monotonic) -> None:
        self._every = every
        self._clock = clock
        self._lock = Lock()
        self._last = self._next = clock()
        self._failures = 0

    def changed(self) -> None:
        """A ledger did."""
        with self._lock:
            soon = max(self._clock() + AFTER_CHANGE, self._last + LEAST_PAUSE)
            self._next = min(self._next, soon)

    def passed(self, is_done: bool) -> None:
        """A pass ended. Failed ones are repeated with growing pauses, up to the interval."""
        with self._lock:
            self._last = self._clock()
            self._failures = 0 if is_done else self._failures + 1
            retry = FIRST_RETRY * 2.0 ** min(self._failures - 1, 20)
            self._next = self._last + (self._every if is_done else min(retry, self._every))

    @property
    def remaining(self) -> float:
        """Seconds until the next pass."""
        with self._lock:
            return max(0.0, self._next - self._clock())

    @property
    def is_alive(self) -> bool:
        """Whether passes are made as they should be, be they done or failed."""
        with self._lock:
            return self._clock() - self._last < 3 * max(self._every, LEAST_PAUSE)


def stay(pulse: Pulse, stop: Event, one_pass: Callable[[], bool]) -> None:
    """Passes until `stop` is set. `one_pass` says whether it could be done."""
    while not stop.is_set():
        pulse.passed(one_pass())
        while pulse.remaining and not stop.is_set():
            stop.wait(min(_LOOK, pulse.remaining))


def look_out(
    cluster: Cluster, subject: Subject, pulse: Pulse, stop: Event, failed: Callable[[ClusterError], None]
) -> Thread:
    """Tell the pulse of every change of a graph's ledgers, from a thread that ends with the process."""
    selector = f"{naming.LABEL_GRAPH}={subject.graph.name}"

    def watch() -> None:
        while not stop.is_set():
            try:
                for _ in cluster.watch(CONFIG_MAPS, subject.graph.namespace, selector):
                    pulse.changed()
            except ClusterError as error:
                failed(error)
            stop.wait(LEAST_PAUSE)

    thread = Thread(target=watch, name=f"watch-{subject.graph.name}", daemon=True)
    thread.start()
    return thread
