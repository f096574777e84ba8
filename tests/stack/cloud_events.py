"""Events as EventSources put them on the bus: a CloudEvent as JSON, in the letters that Go writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4


def subject(source: str, event: str) -> str:
    """Where on the bus the events of that name go."""
    return f"default.{source}.{event}"


def cloud_event(source: str, event: str, body: Any) -> bytes:
    """As a webhook EventSource writes it."""
    return _as_go_writes(
        {
            "specversion": "1.0",
            "id": uuid4().hex,
            "source": source,
            "type": "webhook",
            "subject": event,
            "datacontenttype": "application/json",
            "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "data": body,
        }
    )


def told_again(event: bytes) -> bytes:
    """The same under another id, as an EventSource tells after a restart what it told before."""
    return _as_go_writes({**json.loads(event), "id": uuid4().hex})


def _as_go_writes(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.encode()
