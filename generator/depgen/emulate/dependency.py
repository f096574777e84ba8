"""A dependency of a Sensor: which events it takes, what its jq program makes of them, and which it lets through.

What a newcomer gets wrong: the transform comes before the filters; a program that fails, or gives no object, throws the
event away; and one Sensor has one time zone, that of its process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from depgen import engine
from depgen.emulate.events import Event, Transformed
from depgen.emulate.filters import OR, Filter, FilterError
from depgen.emulate.jq_guards import Guard, guard
from depgen.emulate.jq_needs import needs
from depgen.emulate.jq_reads import reads
from depgen.emulate.payload import Change
from depgen.emulate.screen import Screen, screen
from depgen.errors import InternalError


class DiscardedError(Exception):
    """The event is thrown away, with a warning in the Sensor's log."""


class Dependency:
    """One, compiled."""

    def __init__(self, manifest: Mapping[str, Any], zone: str) -> None:
        self.name = str(manifest["name"])
        self.source = str(manifest["eventSourceName"])
        self.event = str(manifest["eventName"])
        self.zone = zone
        program = (manifest.get("transform") or {}).get("jq")
        self.program = engine.compiled(program) if program else None
        self.reads = reads(self.program) if self.program else None
        filters = manifest.get("filters")
        self.operator = manifest.get("filtersLogicalOperator", "")
        self._filters: Mapping[str, Any] = filters or {}
        self.filter = Filter(filters, self.operator) if filters else None

    def screen(self) -> Screen | None:
        """Which updates of an object need not be shown to it; None if nothing of the kind is known."""
        wanted = self._wanted()
        if self._filters.get("time") or self.program is None:
            return None
        return screen(self.reads, wanted, needs(self.program, wanted) if wanted else None, self.zone)

    def guard(self) -> Guard | None:
        """Which objects only may be of interest; None if nothing of the kind is known."""
        wanted = self._wanted()
        return guard(self.program, wanted) if self.program is not None and wanted is not None else None

    def _wanted(self) -> str | None:
        """The field of the transformed payload that has to be true; None if more or other things are asked for."""
        (wanted, *more) = self._filters.get("data") or [{}]
        is_alone = not more and self.operator != OR and "\\" not in wanted.get("path", "")
        is_yes = wanted.get("type") == "bool" and wanted.get("value") == ["true"]
        return str(wanted["path"]) if is_alone and is_yes else None

    def taken(self, event: Event, now: float) -> Event | None:
        """The event as a trigger gets it; None if the filters do not let it through. Raises DiscardedError."""
        if self.program is not None:
            event = self._transformed(event, now)
        try:
            if self.filter is not None and not self.filter.passes(event):
                return None
        except FilterError as error:
            raise DiscardedError(str(error)) from error
        return event.in_order() if isinstance(event, Transformed) else event

    def _transformed(self, event: Event, now: float) -> Event:
        assert self.program is not None
        payload = event.payload
        text = payload.of(self.reads) if isinstance(payload, Change) else payload.text
        if text[:1] not in ("{", "n"):
            raise DiscardedError("a transform takes a JSON object")
        try:
            result = self.program.first_of_text(text, self.zone, now)
        except InternalError as error:
            raise DiscardedError(str(error)) from error
        if not isinstance(result, dict):
            raise DiscardedError("jq transformation output must be a JSON object")
        return Transformed(event.id, event.source, event.subject, event.type, event.time, payload, result)
