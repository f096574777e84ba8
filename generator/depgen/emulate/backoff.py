"""`retryStrategy`: how often an action is tried, and how long is waited between.

What a newcomer gets wrong: without one there is one try; `steps: 0` means 5; a number as `duration` is nanoseconds;
`jitter: 1`, the default, adds up to as much again to each wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

_PART = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class DurationError(ValueError):
    """No duration as Go reads it."""


class Backoff(NamedTuple):
    """`steps` tries; before the second `duration` seconds, then `factor` times as long each time."""

    steps: int = 1
    duration: float = 1.0
    factor: float = 1.0
    jitter: float = 1.0

    def waits(self, random: Random) -> Iterator[float]:
        """The seconds between the tries."""
        duration = self.duration
        for _ in range(self.steps - 1):
            yield duration + (random.random() * self.jitter * duration if self.jitter > 0 else 0)
            if self.factor:
                duration *= self.factor


# What EventSources publish with, and what is left out of a retryStrategy.
DEFAULT = Backoff(steps=5)


def backoff(strategy: Mapping[str, Any] | None) -> Backoff:
    """Of a trigger's `retryStrategy`; raises DurationError, ValueError."""
    if strategy is None:
        return Backoff()
    steps = int(strategy.get("steps") or 0)
    return Backoff(
        steps if steps > 0 else DEFAULT.steps,
        _duration(strategy.get("duration", "1s")),
        float(strategy.get("factor", 1.0)),
        float(strategy.get("jitter", 1.0)),
    )


def _duration(value: Any) -> float:
    if isinstance(value, int):
        return value * 1e-9
    return duration(str(value))


@lru_cache(maxsize=256)
def duration(text: str) -> float:
    """A Go duration, such as `1h30m` or `500ms`, in seconds."""
    unsigned = text.lstrip("+-")
    sign = -1 if text.startswith("-") else 1
    if unsigned == "0":
        return 0.0
    total, place = 0.0, 0
    while place < len(unsigned):
        match = _PART.match(unsigned, place)
        if match is None or match[1] in ("", "."):
            break
        total += float(match[1]) * _SECONDS[match[2]]
        place = match.end()
    if not unsigned or place < len(unsigned):
        raise DurationError(f'found duration "{text}", expected one such as 500ms')
    return sign * total
