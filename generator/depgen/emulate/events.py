"""An event as it travels: its context as a CloudEvent has it, and its payload as text and value.

The text is made by the EventSource once and read by every Sensor; the value is parsed at most once.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from depgen.emulate.gojson_text import encoded, ordered
from depgen.emulate.payload import Payload


class Event:
    """`source` is the EventSource, `subject` the event's name in it, `type` the kind of source (`resource`)."""

    def __init__(
        self, id_: str, source: str, subject: str, type_: str, time: float, payload: Payload
    ) -> None:
        self.id = id_
        self.source = source
        self.subject = subject
        self.type = type_
        self.time = time
        self.payload = payload

    @cached_property
    def value(self) -> Any:
        """The payload."""
        return json.loads(self.payload.text)

    @property
    def payload_text(self) -> str:
        """The payload as text."""
        return self.payload.text


class Transformed(Event):
    """An event whose payload a Sensor's jq program made: `value`; `payload` is still that of the original."""

    def __init__(
        self, id_: str, source: str, subject: str, type_: str, time: float, payload: Payload, value: Any
    ) -> None:
        super().__init__(id_, source, subject, type_, time, payload)
        self.value = value

    def in_order(self) -> Transformed:
        """Itself, with its names in the order of Go, which shows where an object goes into a text."""
        self.value = ordered(self.value)
        return self

    @property
    def payload_text(self) -> str:
        """What the program gave, as Go writes it."""
        return encoded(self.value)
