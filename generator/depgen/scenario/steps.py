"""The steps of a story, as they are read from its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from depgen.cluster.orders import Verb
from depgen.diagnostics import Route
from depgen.scenario import story
from depgen.scenario.expecting import expectation
from depgen.scenario.moments import Clock, seconds
from depgen.scenario.page import Data, Page
from depgen.scenario.story import Begin, Complete, Step

_SHORT = ("begin", "complete", "hold", "release", "fire", "skip")


@dataclass(frozen=True)
class Steps:
    """Reads the steps of one file, whose story begins at `start`."""

    page: Page
    clock: Clock
    start: float

    def all(self) -> Iterable[Step]:
        """Each of them; that they go forward in time is seen to."""
        before = self.start
        for number, data in enumerate(self.page.data.get("steps") or ()):
            route: Route = ("steps", number)
            at = self._moment((*route, "at"), data["at"]) if "at" in data else before
            if at < before:
                shown = self.clock.shown
                message = f"{shown(at)} is before {shown(before)}, where the story is"
                hint = 'steps stand in the order of time; write the next day as in "02:00+1d"'
                self.page.report((*route, "at"), "step-order", message, hint)
            before = max(before, at)
            kind = next(name for name in data if name != "at")
            spot = self.page.document.position((*route, kind))
            yield Step(at, self._action(kind, data[kind], (*route, kind)), spot.line, spot.column)

    def _action(self, kind: str, data: Any, route: Route) -> story.Action:
        given: Data = {"node": data} if kind in _SHORT and isinstance(data, str) else data
        match kind:
            case "begin":
                return self._begin(given, route)
            case "complete":
                return Complete(
                    self._begin(given, route),
                    given.get("phase", "Succeeded"),
                    given.get("outputs") or {},
                    self._moment((*route, "started"), given["started"]) if "started" in given else None,
                    given.get("again", ""),
                    seconds(given.get("every", "0s")),
                )
            case "edit":
                return story.Edit(given)
            case "sweep":
                return story.Sweep(seconds(given["since"]) if "since" in given else None)
            case "backfill":
                return self._fill(given, route)
            case "fault":
                return _fault(given)
            case "event":
                return story.Publish(given["eventSource"], given["event"], given["payload"])
            case "expect":
                return expectation(self.page, self.clock, route, given)
        why = given.get("why", "told by the scenario")
        return story.Handle(Verb(kind), given["node"], given.get("key", ""), why, given.get("upstream", ""))

    def _begin(self, given: Data, route: Route) -> Begin:
        return Begin(
            node=given["node"],
            key=given.get("key", ""),
            scheduled=self._moment((*route, "scheduled"), given["scheduled"])
            if "scheduled" in given
            else None,
            is_manual=given.get("manual", False),
            labels=given.get("labels") or {},
            annotations=given.get("annotations") or {},
            parameters=given.get("parameters") or {},
        )

    def _moment(self, route: Route, text: str) -> float:
        return self.page.moment(self.clock, route, text)

    def _fill(self, given: Data, route: Route) -> story.Fill:
        days = [self.page.day((*route, name), given[name], self.clock.day) for name in ("from", "to")]
        if days[1] < days[0]:
            self.page.report((*route, "to"), "step-order", "it ends before it begins", "exchange the two")
        return story.Fill(
            given.get("graph", ""),
            days[0],
            days[1],
            tuple(given.get("nodes") or ()),
            tuple(given.get("assume") or ()),
            given.get("atOnce", 8),
            given.get("rerun", ""),
        )


def _fault(given: Data) -> story.Break:
    what = next(name for name in ("stop", "start", "restart", "drop", "duplicate", "delay") if name in given)
    down, by, lasts = (
        seconds(given.get(name, default)) for name, default in (("down", "30s"), ("by", "0s"), ("for", "1h"))
    )
    return story.Break(what, given[what], down, by, lasts)
