"""One scenario file as data: what is wrong is told at its lines, and its times become moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from depgen.diagnostics import Diagnostic, Place, Route
from depgen.document import Document
from depgen.scenario.moments import Clock

Data = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A file whose form is right; findings go to `found`."""

    document: Document
    found: list[Diagnostic]

    @property
    def data(self) -> Data:
        """What it says."""
        return cast(Data, self.document.data)

    def report(self, route: Route, rule: str, message: str, hint: str) -> None:
        """Something is wrong at a spot."""
        self.found.append(Diagnostic(Place(self.document.path, route), rule, message, hint))

    def line(self, route: Route) -> int:
        """Where something stands."""
        return self.document.position(route).line

    def day(self, route: Route, text: str, instead: date) -> date:
        """A date; `instead` if it does not exist, which is told."""
        try:
            return date.fromisoformat(text)
        except ValueError:
            message = f'"{route[-1]}" is "{text}", a date that does not exist'
            self.report(route, "bad-date", message, "correct it")
            return instead

    def moment(self, clock: Clock, route: Route, text: str) -> float:
        """The instant of a time; of one that does not exist, which is told, the beginning of the story's date."""
        try:
            return clock.moment(text)
        except ValueError:
            message = f'"{route[-1]}" is "{text}", a time that does not exist'
            self.report(route, "bad-date", message, "correct it")
            return clock.moment("00:00")
