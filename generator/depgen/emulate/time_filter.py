"""The time filter: whether an event was published between two times of a day.

Start is within, stop is not; a stop before the start means the next day. The times are of UTC unless `timezone` is set.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo


def in_time(wanted: Mapping[str, Any], moment: float) -> bool:
    """Whether a moment is in `{start, stop, timezone}`."""
    zone = ZoneInfo(wanted.get("timezone") or "UTC")
    day = datetime.fromtimestamp(math.floor(moment), zone).date()

    def instant(text: str) -> float:
        return datetime.combine(day, time.fromisoformat(text), zone).timestamp()

    start, stop = instant(wanted["start"]), instant(wanted["stop"])
    if start < stop:
        return start <= moment < stop
    return start <= moment or moment < stop


def is_time(text: str) -> bool:
    """Whether it is a time as Argo Events reads it, `15:04:05`."""
    return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", text) is not None
