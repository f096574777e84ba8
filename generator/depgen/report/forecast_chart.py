"""A day as rows of bars: an axis in local time, and what each row shows on it.

Columns are even in elapsed time, so that a bar is as long as it takes, also on the day the clocks change; the labels
then tell the local time of their column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.simulate.timeline import Fate, Item, Mark

_STEPS = tuple(minutes * 60 for minutes in (5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440))
# A label and the space beside it.
_LABEL = 9

SOURCE, LATE, RUN, LATE_RUN, WAIT, GATE, FAILED, DEADLINE, MISSED, NEVER = "━╍█▒┄◷✘╷!✘"
LEGEND = {
    SOURCE: "a source runs",
    LATE: "later than usual",
    RUN: "a run",
    LATE_RUN: "longer than usual",
    WAIT: "waits",
    GATE: "gate",
    FAILED: "failed, or never ran",
    DEADLINE: "deadline",
    MISSED: "missed",
}
RESET, BOLD = "\x1b[0m", "\x1b[1m"
GREEN, RED, YELLOW, BLUE, GREY = (f"\x1b[{code}m" for code in (32, 31, 33, 36, 90))
_COLOURS = {
    SOURCE: BLUE,
    LATE: YELLOW,
    RUN: GREEN,
    LATE_RUN: YELLOW,
    WAIT: GREY,
    GATE: BLUE,
    FAILED: RED,
    DEADLINE: GREY,
    MISSED: RED,
}


class Axis(NamedTuple):
    """So many columns from one instant to another, by the clocks of a zone."""

    begin: float
    end: float
    width: int
    zone: str

    @classmethod
    def around(cls, moments: Iterable[float], width: int, zone: str) -> Axis:
        """An axis that holds all of them, from a full step on."""
        found = sorted(moments)
        low, high = found[0], max(found[-1], found[0] + 600)
        step = _step(high - low, width)
        ticks = list(_ticks(low - step, high + 2 * step, step, zone))
        begin = max((tick for tick in ticks if tick <= low), default=low)
        # The end need not have a label: a quarter of a step is fine enough, and leaves more room for the bars.
        quarters = -(-(high - begin) // (step / 4))
        return cls(begin, begin + quarters * step / 4, width, zone)

    def column(self, at: float) -> int:
        """The column that holds a moment; the nearest one if it lies outside."""
        return min(self.width - 1, int(self.share(at) * self.width))

    def share(self, at: float) -> float:
        """How far along the axis a moment lies, from 0 to 1."""
        return min(1.0, max(0.0, (at - self.begin) / max(1.0, self.end - self.begin)))

    def ticks(self) -> Iterator[float]:
        """The instants that have a label."""
        return _ticks(self.begin, self.end, _step(self.end - self.begin, self.width), self.zone)

    def lines(self) -> tuple[str, str]:
        """The labels, and below them the axis."""
        labels, line = [" "] * (self.width + 5), ["─"] * self.width
        free = 0
        for tick in self.ticks():
            column = self.column(tick)
            if column >= free and tick < self.end:
                line[column] = "┬" if column else "┌"
                for number, character in enumerate(label(tick, self.zone, not column)):
                    labels[column + number] = character
                free = column + 6
        return "".join(labels).rstrip(), "".join(line)


def local(at: float, zone: str, day: date) -> str:
    """`18:00`, by the clocks of a zone; `Tue 07:00` if that is on another day."""
    clock = keys.wall(int(at), ZoneInfo(zone))
    return clock.strftime("%H:%M" if clock.date() == day else "%a %H:%M")


def label(at: float, zone: str, is_first: bool) -> str:
    """What stands at a tick: a time, but where another day begins its name."""
    clock = keys.wall(int(at), ZoneInfo(zone))
    begins = (clock.hour, clock.minute) == (0, 0) and not is_first
    return clock.strftime("%a" if begins else "%H:%M")


def bars(items: Iterable[Item], axis: Axis) -> list[str]:
    """A row: a character for each column, all items on it, what is worse on top."""
    row = [" "] * axis.width
    for item in items:
        _draw(row, item, axis)
    return row


def painted(row: Iterable[str], has_colour: bool) -> str:
    """The row as text, with a colour for each stretch of one kind."""
    if not has_colour:
        return "".join(row)
    text, last = [], ""
    for character in row:
        colour = _COLOURS.get(character, "")
        if colour != last:
            text.append((RESET if last else "") + colour)
            last = colour
        text.append(character)
    return "".join(text) + (RESET if last else "")


def _draw(row: list[str], item: Item, axis: Axis) -> None:
    if item.fate is Fate.IDLE:
        return
    if item.since is not None:
        _fill(row, axis, item.since, axis.end if item.begin is None else item.begin, WAIT)
    if item.begin is not None and item.end is not None:
        usual = item.end - item.late_by
        bar, late = (SOURCE, LATE) if item.is_source else (RUN, LATE_RUN)
        if item.late_by:
            _fill(row, axis, usual, item.end, late)
        _fill(row, axis, item.begin, max(usual, item.begin), bar)
        if item.fate is Fate.FAILED:
            row[axis.column(item.end)] = FAILED
    for mark in item.marks:
        _mark(row, item, axis, mark)


def _mark(row: list[str], item: Item, axis: Axis, mark: Mark) -> None:
    """A gate shows while something waits for it, a deadline always; a clock off the axis is left to the note."""
    if not axis.begin <= mark.at < axis.end:
        return
    column = axis.column(mark.at)
    if mark.name == "notBefore":
        is_waiting = item.since is not None and item.since < mark.at <= (item.begin or axis.end)
        # In the column before the run that it let go, if they would share one.
        place = column - 1 if column and row[column] not in (" ", WAIT) else column
        if is_waiting and row[place] in (" ", WAIT):
            row[place] = GATE
    elif mark.is_missed:
        row[column] = MISSED
    elif mark.name == "deadline" and row[column] == " ":
        row[column] = DEADLINE


def _fill(row: list[str], axis: Axis, begin: float, end: float, character: str) -> None:
    """At least one column, and not the one in which the next thing begins."""
    first, last = axis.column(begin), axis.column(end - 1)
    for column in range(first, max(first, last) + 1):
        if character != WAIT or row[column] == " ":
            row[column] = character


def _step(length: float, width: int) -> int:
    most = max(1, width // _LABEL)
    return next((step for step in _STEPS if length / step <= most), 86400 * (1 + int(length / 86400 / most)))


def _ticks(begin: float, end: float, step: int, zone: str) -> Iterator[float]:
    """The instants at which the local clock shows a multiple of the step."""
    there = ZoneInfo(zone)
    midnight = keys.midnight(keys.wall(int(begin), there).date())
    last = 0.0
    for number in range(int((end - begin + 2 * 86400) / step) + 2):
        clock = midnight + timedelta(seconds=number * step)
        at = float(keys.instant(clock, there))
        if begin <= at <= end and at > last:
            last = at
            yield at
