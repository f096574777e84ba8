"""Two limits of speed in a Sensor: its Kubernetes client's, and `rateLimit` of a trigger.

What a newcomer gets wrong: the first is one for the whole Sensor process, 5 requests a second after a burst of 10, and no
setting changes it (client-go's default).
"""

from __future__ import annotations

REQUESTS_PER_SECOND = 5.0
BURST = 10.0
# uber/ratelimit lets a trigger that was idle catch up by so many.
SLACK = 10


class TokenBucket:
    """golang.org/x/time/rate, as client-go uses it: waiting requests are served in turn."""

    def __init__(self, now: float, rate: float = REQUESTS_PER_SECOND, burst: float = BURST) -> None:
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._last = now

    def take(self, now: float) -> float:
        """When a request that is wanted now may go out."""
        tokens = min(self.burst, self._tokens + (now - self._last) * self.rate) - 1
        self._tokens, self._last = tokens, now
        return now if tokens >= 0 else round(now - tokens / self.rate, 6)


class RateLimit:
    """go.uber.org/ratelimit with its slack of 10: one action per `1 / rate`."""

    def __init__(self, per_unit: int, unit: float) -> None:
        self.interval = unit / per_unit
        self._next: float | None = None

    def take(self, now: float) -> float:
        """When an action that is wanted now may run."""
        slack = SLACK * self.interval
        if self._next is None:
            self._next = now
        elif now - self._next > slack + self.interval:
            self._next = now - slack
        else:
            self._next += self.interval
        return max(now, self._next)
