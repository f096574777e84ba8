"""An event as it travels: its context as a CloudEvent has it, and its payload as text and value.

The text is made by the EventSource once and read by every Sensor; the value is parsed at most once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from depgen.emulate.gojson_text import encoded, ordered
from depgen.emulate.payload import Payload


@dataclass(frozen=True)
class Event:
    """`source` is the EventSource, `subject` the event's name in it, `type` the kind of source (`resource`)."""

    id: str
    source: str
    subject: str
    type: str
    time: float
    payload: Payload

    @cached_property
    def value(self) -> Any:
        """The payload."""
        return json.loads(self.payload.text)

    @property
    def payload_text(self) -> str:
        """The payload as text."""
        return self.payload.text


@dataclass(frozen=True)
class Transformed(Event):
    """An event whose payload a Sensor's jq program made; `payload` is still that of the original."""

    result: Any = field(default=None)

    @cached_property
    def value(self) -> Any:
        """What the program gave."""
        return self.result

    def in_order(self) -> Transformed:
        """With its names in the order of Go, which shows where an object goes into a text."""
        return replace(self, result=ordered(self.result))

    @property
    def payload_text(self) -> str:
        """What the program gave, as Go writes it."""
        return encoded(self.value)
