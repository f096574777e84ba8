"""What the real services say in their logs, as far as it can be compared.

Identical lines are left out by the services' logger from the hundredth in a second on, so a case must not have so many.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.stack.emulation.stage import Names, Told, same_text

FILTER_FAILED = re.compile(r"\] discarded due to filtering error: ")
PROCESSED = re.compile(r"Successfully processed trigger '(.*)'")


def told(log: Path, names: Names) -> Iterator[Told]:
    """What the processes of one service did, one after the other."""
    kind, _, name = log.stem.removeprefix(f"{names.namespace}-").partition("-")
    if kind not in ("eventsource", "sensor"):
        return
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            try:
                yield from _told_by(name.removeprefix(f"{names.prefix}-"), json.loads(line))
            except ValueError:  # cut off by a kill
                continue


def _told_by(component: str, line: dict[str, Any]) -> Iterator[Told]:
    message: str = line["msg"]
    trigger = f"{component}/{line.get('triggerName')}"
    if match := PROCESSED.match(message):
        yield Told("done", f"{component}/{match[1]}")
    elif message == "Failed to execute a trigger" and "triggeredBy" in line:
        yield Told("failed", trigger)
    elif message.startswith("failed to trigger actions"):
        yield Told("gave up", trigger)
    elif message.startswith("failed to trigger dlqTrigger"):
        yield Told("dlq gave up", trigger)
    elif message.startswith("failed to apply event transformation") or FILTER_FAILED.search(message):
        yield Told("discarded", trigger)
    elif message == "failed to process a Resource event":
        yield Told("lost", f"{component}/{line['eventName']}")
    elif message == "Succeeded to publish an event":
        yield Told("published", f"{component}/{line['eventName']}")
    elif "dependencyName" in line and "eventContext" in line:
        yield Told("logged", trigger, f"{line['dependencyName']} {same_text(message)}")
