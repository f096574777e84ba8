"""Since when each question waits, for Argo's agent asks again without saying that it does.

What a newcomer gets wrong: a request names the Workflow and its template, and not the node. A question is therefore known
again by its words. What was answered for good is forgotten, so that a node that is tried again waits anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any

from depgen.plugin.reads import Clock

# A day without a word: whoever asked is gone.
FORGET = 86400.0
MOST = 100_000


class Waits:
    """What waits, by Workflow and template."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._waits: dict[bytes, tuple[float, float]] = {}  # since when, asked last; the latest last

    def waited(self, workflow: str, template: Mapping[str, Any]) -> float:
        """For how many seconds this has been asked; 0 the first time."""
        now, key = self._clock(), _key(workflow, template)
        with self._lock:
            since, _ = self._waits.pop(key, (now, now))
            self._waits[key] = (since, now)
            self._forget(now)
            return now - since

    def over(self, workflow: str, template: Mapping[str, Any]) -> None:
        """It was answered for good."""
        with self._lock:
            self._waits.pop(_key(workflow, template), None)

    def __len__(self) -> int:
        return len(self._waits)

    def _forget(self, now: float) -> None:
        while self._waits:
            oldest = next(iter(self._waits))
            if len(self._waits) <= MOST and now - self._waits[oldest][1] < FORGET:
                return
            del self._waits[oldest]


def _key(workflow: str, template: Mapping[str, Any]) -> bytes:
    return sha256(f"{workflow}\n{json.dumps(template, sort_keys=True)}".encode()).digest()
