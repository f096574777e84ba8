"""Reads that several questions share: of equal ones that come together, one goes to the API.

What a newcomer gets wrong: a shared read must have begun after the question came, or the question is answered with what
was so before it. Only reads that somebody allowed to be a little old are given to later ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

Clock = Callable[[], float]

MOST = 500


class _Read:
    """One kind of read: when the last one began, and what it gave."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.begun = float("-inf")
        self.found: Any = None


class Reads:
    """The last reads, at most `MOST`. `clock` is in seconds."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._reads: dict[Hashable, _Read] = {}

    def since(self, key: Hashable, moment: float, fetch: Callable[[], Any], apart: float = 0.0) -> Any:
        """What `fetch` gives, or gave to somebody else if that began at `moment` or later. Errors are not kept.

        Two of a key begin at least `apart` seconds after each other, so that who comes meanwhile shares the second.
        """
        read = self._of(key)
        with read.lock:
            if read.begun < moment:
                time.sleep(max(0.0, min(apart, read.begun + apart - self._clock())))
                begun = self._clock()
                read.found = fetch()
                read.begun = begun
            return read.found

    def _of(self, key: Hashable) -> _Read:
        with self._lock:
            read = self._reads.pop(key, None) or _Read()
            self._reads[key] = read  # the newest last
            if len(self._reads) > MOST:
                del self._reads[next(iter(self._reads))]
            return read
