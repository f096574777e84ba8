"""Stories moved in time, because the clocks of the stack cannot be set.

`stack: near` of a story says which moment of it has to come soon. Everything moves with that moment: the times of the
steps and of what is expected, the clocks of the graph, and the dates in both. The graph's zone becomes one in which it is
the middle of the day, so that no midnight comes between. Other stories with clocks, or with a sweep, are moved to a year
that is still to come: ticks of long ago are not heard, and the sweep leaves alone what was written after its own time.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from depgen import naming
from depgen.pipeline import InputFile
from depgen.scenario import overlay
from depgen.scenario.moments import Clock
from depgen.scenario.story import (
    Action,
    Begin,
    Complete,
    Expectation,
    ExpectedLedger,
    ExpectedRun,
    ExpectedState,
    Fill,
    Handle,
    Story,
)

DAYTIME = dict.fromkeys((0, 1, 2, 3, 20, 21, 22, 23), "Asia/Tokyo")
LEAD = 40
CLOCKS = ("notBefore", "startBy", "deadline", "cutoff")
DATE = re.compile(r"(?<!\d)(20\d\d)(-?)(\d\d)\2(\d\d)(?!\d)")
# With the same days of the week.
YEAR = timedelta(weeks=52)

Keyed = TypeVar("Keyed", Handle, ExpectedState, ExpectedLedger)


def moved(story: Story, now: float) -> Story:
    """The story at a time at which `near` comes soon; as it is if it has none."""
    near = story.stack.near
    if near is None:
        return story
    zone = DAYTIME.get(datetime.fromtimestamp(now, UTC).hour, "UTC")
    soon = (int(now + LEAD) // 60 + 1) * 60
    there = datetime.fromtimestamp(soon, ZoneInfo(zone))
    before = datetime.fromtimestamp(near, ZoneInfo(story.clock.zone))
    days = there.date() - before.date()
    minutes = int((there.replace(tzinfo=None) - before.replace(tzinfo=None) - days).total_seconds() // 60)
    move = _Move(soon - near, days)
    return replace(
        story,
        files=_at_other_times(story.files, zone, days, minutes),
        clock=Clock(zone, story.clock.day + days),
        start=story.start + move.by,
        end=story.end + move.by,
        steps=tuple(s._replace(at=s.at + move.by, action=move.action(s.action)) for s in story.steps),
        expect=move.expectation(story.expect),
        stack=story.stack._replace(near=soon),
    )


@dataclass(frozen=True)
class _Move:
    """By so many seconds; dates, by whole days."""

    by: float
    days: timedelta

    def action(self, action: Action) -> Action:
        """What happens, or is looked at."""
        match action:
            case Begin():
                return self._begin(action)
            case Complete():
                return action._replace(of=self._begin(action.of), started=self._moment(action.started))
            case Handle():
                return self._keyed(action)
            case Fill():
                return action._replace(first=action.first + self.days, last=action.last + self.days)
            case Expectation():
                return self.expectation(action)
        return action

    def expectation(self, expected: Expectation) -> Expectation:
        """Its moments and keys."""
        return replace(
            expected,
            runs=self._runs(expected.runs),
            alerts=self._runs(expected.alerts),
            states=tuple(map(self._keyed, expected.states)),
            ledgers=tuple(map(self._keyed, expected.ledgers)),
        )

    def _runs(self, runs: tuple[ExpectedRun, ...] | None) -> tuple[ExpectedRun, ...] | None:
        return None if runs is None else tuple(map(self._run, runs))

    def _run(self, run: ExpectedRun) -> ExpectedRun:
        return replace(
            run,
            key=self._key(run.key),
            name=self._key(run.name),
            earliest=self._moment(run.earliest),
            latest=self._moment(run.latest),
        )

    def _begin(self, begin: Begin) -> Begin:
        labels = {n: self._key(text) if n == naming.LABEL_KEY else text for n, text in begin.labels.items()}
        scheduled = self._moment(begin.scheduled)
        return begin._replace(key=self._key(begin.key), scheduled=scheduled, labels=labels)

    def _keyed(self, thing: Keyed) -> Keyed:
        return thing._replace(key=self._key(thing.key))

    def _moment(self, moment: float | None) -> float | None:
        return None if moment is None else moment + self.by

    def _key(self, text: str) -> str:
        return _dates_later(text, self.days)


def in_years_to_come(raw: bytes, start: float, now: float) -> bytes:
    """A scenario file whose story begins at `start`, as it has to be read to begin after now: every date in it is later."""
    years = max(0, math.ceil((now - start) / YEAR.total_seconds()))
    return _dates_later(raw.decode(), years * YEAR).encode()


def _dates_later(text: str, by: timedelta) -> str:
    """`2026-11-21` and `20261121`, wherever they stand."""

    def later(found: re.Match[str]) -> str:
        year, dash, month, day = found.groups()
        try:
            there = date(int(year), int(month), int(day)) + by
        except ValueError:
            return found[0]
        return there.strftime(f"%Y{dash}%m{dash}%d")

    return DATE.sub(later, text)


def _at_other_times(
    files: Sequence[InputFile], zone: str, days: timedelta, minutes: int
) -> tuple[InputFile, ...]:
    """The graph on the clocks of another zone: every date so many days later, and every clock so many minutes."""
    first, *rest = overlay.overlaid(files, {"timezone": zone})
    first = replace(first, raw=_dates_later(first.raw.decode(), days).encode())
    graph = json.loads(first.raw)
    nodes = {
        id_: {name: _later(node[name], minutes) for name in CLOCKS if name in node}
        for id_, node in graph["nodes"].items()
    }
    return overlay.overlaid((first, *rest), {"nodes": nodes})


def _later(text: str, minutes: int) -> str:
    clock, _, days = text.removesuffix("d").partition("+")
    whole = int(clock[:2]) * 60 + int(clock[3:5]) + minutes + int(days or 0) * 1440
    day, rest = divmod(whole, 1440)
    return f"{rest // 60:02}:{rest % 60:02}" + (f"+{day}d" if day else "")
