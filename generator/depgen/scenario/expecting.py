"""What must have come of a story, as it is read from its file."""

from __future__ import annotations

from typing import Any

from depgen.diagnostics import Route
from depgen.scenario import story
from depgen.scenario.moments import Clock
from depgen.scenario.page import Data, Page
from depgen.scenario.story import Expectation, ExpectedRun


def expectation(page: Page, clock: Clock, route: Route, data: Data, is_last: bool = False) -> Expectation:
    """The expectation at a route; at the end, what it does not name must not be there."""
    nothing: list[Any] | None = [] if is_last and "findings" not in data else None

    def all_of(name: str) -> list[tuple[Route, Any]] | None:
        given = data.get(name, nothing)
        return None if given is None else [((*route, name, n), item) for n, item in enumerate(given)]

    runs, alerts = all_of("runs"), all_of("alerts")
    only = frozenset(data.get("only") or ())
    return Expectation(
        line=page.line(route),
        runs=None if runs is None else tuple(_run(page, clock, *one) for one in runs),
        alerts=None if alerts is None else tuple(_run(page, clock, *one) for one in alerts),
        only=only,
        states=tuple(
            story.ExpectedState(
                one["node"],
                one.get("key", ""),
                one.get("state", ""),
                tuple(sorted(one["reasons"])) if "reasons" in one else None,
                page.line(place),
            )
            for place, one in all_of("states") or ()
        ),
        ledgers=tuple(
            story.ExpectedLedger(
                one.get("graph", ""), one.get("key", ""), tuple(sorted(one["facts"])), page.line(place)
            )
            for place, one in all_of("ledgers") or ()
        ),
        invalid=None if (lost := data.get("invalid", nothing)) is None else tuple(sorted(lost)),
        refused=data.get("refused", 0 if is_last else None),
        findings=tuple(sorted(data.get("findings") or ())),
    )


def _run(page: Page, clock: Clock, route: Route, item: Any) -> ExpectedRun:
    line = page.line(route)
    if isinstance(item, str):
        return ExpectedRun(item, line)
    earliest, latest, shown = _between(page, clock, route, item)
    if earliest is not None and latest is not None and latest < earliest:
        page.report((*route, "between"), "step-order", "it ends before it begins", "exchange the two")
    return ExpectedRun(
        node=item["node"],
        line=line,
        key=item.get("key", ""),
        earliest=earliest,
        latest=latest,
        shown_time=shown,
        params=item.get("params") or {},
        count=item.get("count"),
        name=item.get("name", ""),
        kind=item.get("kind", ""),
    )


def _between(page: Page, clock: Clock, route: Route, item: Data) -> tuple[float | None, float | None, str]:
    """From when to when, and how that is told: to the minute, or with seconds to five of them."""
    if "between" in item:
        first, last = (page.moment(clock, (*route, "between"), text) for text in item["between"])
        return first, last + 0.999, f"between {clock.shown(first)} and {clock.shown(last)}"
    if "at" not in item:
        return None, None, ""
    moment, has_seconds = (
        page.moment(clock, (*route, "at"), item["at"]),
        item["at"].partition("+")[0].count(":") >= 2,
    )
    return moment, moment + (5.999 if has_seconds else 59.999), f"at {clock.shown(moment, has_seconds)}"
