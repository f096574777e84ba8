"""What befalls events between an EventSource and the Sensors, on request: some are lost, some come late or twice.

No process is touched. An event that is to be lost or late is put by the NATS server under a subject to which no Sensor
listens: its EventSource has the acknowledgement and will never send it again. Who holds it back publishes it later.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.stack.bus import Bus
from tests.stack.bus_request import RefusedError, request
from tests.stack.cloud_events import told_again

STREAM = "$JS.API.STREAM"
NO_MESSAGE = 10037


class Told(NamedTuple):
    """An event, and the subject on which it was published."""

    subject: str
    event: bytes


class EventFault:
    """One fault: what is published on these subjects from now on is noted and, unless `is_heard`, kept from Sensors."""

    def __init__(self, bus: Bus, subjects: list[str], *, is_heard: bool) -> None:
        self._bus = bus
        self._put = {subject: subject if is_heard else _aside(subject) for subject in subjects}
        self._aside = {} if is_heard else self._put
        self._known = int(request(bus.url, bus.certificate, f"{STREAM}.INFO.default")["state"]["last_seq"])
        self._redirect(self._aside)

    def end(self) -> None:
        """What is published from now on is heard."""
        self._redirect(dict.fromkeys(self._aside))
        self._aside = {}

    def fresh(self) -> list[Told]:
        """What it has befallen since it was last asked, in order."""
        found = sorted(
            (seq, Told(subject, event)) for subject in self._put for seq, event in self._since(subject)
        )
        self._known = found[-1][0] if found else self._known
        return [told for _, told in found]

    def tell(self, told: Told) -> None:
        """Publishes what was kept back."""
        self._redirect(dict.fromkeys(self._aside))
        request(self._bus.url, self._bus.certificate, told.subject, told.event)
        self._redirect(self._aside)

    def tell_again(self, told: Told) -> None:
        """Publishes what was heard already once more, under another id; it does not count as befallen."""
        answer = request(self._bus.url, self._bus.certificate, told.subject, told_again(told.event))
        self._known = int(answer["seq"])

    def _redirect(self, subjects: Mapping[str, str | None]) -> None:
        if subjects:
            self._bus.redirect(subjects)

    def _since(self, subject: str) -> Iterator[tuple[int, bytes]]:
        known = self._known
        while message := _message(self._bus, self._put[subject], known + 1):
            known = int(message["seq"])
            yield known, base64.b64decode(message["data"])


def _aside(subject: str) -> str:
    """On the same stream, so that the publisher is answered."""
    _, source, event = subject.split(".")
    return f"default.aside.{source}_{event}"


def _message(bus: Bus, subject: str, sequence: int) -> dict[str, Any] | None:
    """The first message on a subject that is not before that number."""
    asked = json.dumps({"seq": sequence, "next_by_subj": subject}).encode()
    try:
        answer = request(bus.url, bus.certificate, f"{STREAM}.MSG.GET.default", asked)
    except RefusedError as refusal:
        if refusal.code != NO_MESSAGE:
            raise
        return None
    message: dict[str, Any] = answer["message"]
    return message
