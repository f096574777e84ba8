"""Times as Go writes them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def rfc3339(moment: float) -> str:
    """As metav1.Time in JSON: UTC, whole seconds."""
    return datetime.fromtimestamp(math.floor(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(moment: float, zone: ZoneInfo, since: float) -> str:
    """As time.Time's String of a time that a timer gave, in the process's zone; `since` is when the process began:
    `2026-11-21 08:11:00.0063 +0000 UTC m=+32.020000000`.
    """
    microseconds = round((moment - math.floor(moment)) * 1e6)
    local = datetime.fromtimestamp(math.floor(moment) + microseconds // 10**6, zone)
    fraction = f".{microseconds % 10**6:06}".rstrip("0").rstrip(".")
    offset = local.strftime("%z")[:5]
    return f"{local:%Y-%m-%d %H:%M:%S}{fraction} {offset} {local.tzname()} m={round(moment - since, 6):+.9f}"
