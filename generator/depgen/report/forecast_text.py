"""A forecast for people: a chart for each day, then in words what never ran, what was late, and what was supposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.report.display import count, visible
from depgen.report.forecast_chart import (
    BOLD,
    GREEN,
    GREY,
    LEGEND,
    RED,
    RESET,
    YELLOW,
    Axis,
    bars,
    local,
    painted,
)
from depgen.simulate.expected import Basis
from depgen.simulate.timeline import Day, Fate, Item, Timeline

_NOTE = 40
_LONGEST_NAME = 22
# Rows of one chart; of more, those that somebody should look at come first.
_MOST_ROWS = 60
_MOST_TOLD = 20
_MOST_NAMES = 6
# Days that are all drawn; of more, only those on which something is unusual.
_MOST_CHARTS = 3
_CLOCKS = {"notBefore": "its gate", "cutoff": "its cutoff"}


def text(timelines: Sequence[Timeline], width: int, has_colour: bool) -> str:
    """Every graph, one after the other, in lines of at most `width` columns."""
    return "\n".join(
        "".join(f"{line}\n" for line in _Lines(one, width, has_colour).all()) for one in timelines
    )


class _Lines:
    """The lines of one graph."""

    def __init__(self, told: Timeline, width: int, has_colour: bool) -> None:
        self.told = told
        self.has_colour = has_colour
        self.name = min(_LONGEST_NAME, max((len(item.node) for item in told.items), default=4))
        self.bar = max(24, width - self.name - _NOTE - 6)
        self.drawn: set[str] = set()

    def all(self) -> Iterator[str]:
        told = self.told
        sources = {item.node for item in told.items if item.is_source}
        runs = {item.node for item in told.items if not item.is_source}
        size = f"{count(len(sources), 'source')}, {count(len(runs), 'run')}"
        yield self.coloured(BOLD, f"{told.graph}  ({told.zone}, {size})")
        was_short = False
        for day in told.days:
            lines = list(self.day(day))
            is_short = len(lines) == 1
            yield from lines if is_short and was_short else ("", *lines)
            was_short = is_short
        yield from self.legend()
        yield from self.troubles()
        yield from self.supposed()
        yield ""
        yield f"  {self.coloured(GREEN if told.is_clean else RED, summary(told))}"

    # ---- a day ----

    def day(self, day: Day) -> Iterator[str]:
        items = self.told.of_day(day)
        is_usual = not any(item.is_trouble for item in items) and not day.change
        if is_usual and len(self.told.days) > _MOST_CHARTS:
            yield f"  {self.heading(day)}  {self.in_short(items)}"
            return
        yield f"  {self.heading(day)}"
        rows = self.rows(items)
        moments = [moment for item in items for moment in item.moments]
        if not moments:
            yield "  nothing happens"
            return
        axis = Axis.around(moments, self.bar, self.told.zone)
        for line in axis.lines():
            yield self.coloured(GREY, f"{'':{self.name + 4}}{line}")
        for node, row in rows[:_MOST_ROWS]:
            yield self.row(node, row, axis)
        if len(rows) > _MOST_ROWS:
            yield self.coloured(GREY, f"  ... and {len(rows) - _MOST_ROWS} more nodes; -o json has them all")
        yield from self.idle(items)

    def heading(self, day: Day) -> str:
        title = self.coloured(BOLD, day.date.strftime("%a %Y-%m-%d"))
        return "  ".join([title, *(self.coloured(YELLOW, visible(note)) for note in day.notes)])

    def in_short(self, items: Sequence[Item]) -> str:
        """A day on which all is as usual, in a line."""
        ran = [item for item in items if item.begin is not None and item.end is not None]
        if not ran:
            return "nothing happens"
        begin, end = min(item.begin or 0 for item in ran), max(item.end or 0 for item in ran)
        return f"all {len(ran)} ran, {_span(begin, end, self.told.zone, self.told.day_of(ran[0].key))}"

    def rows(self, items: Iterable[Item]) -> list[tuple[str, list[Item]]]:
        """The items of each node; if there are too many nodes, those in trouble first."""
        found: dict[str, list[Item]] = {}
        for item in items:
            if item.fate is not Fate.IDLE:
                found.setdefault(item.node, []).append(item)
        rows = list(found.items())
        if len(rows) > _MOST_ROWS:
            rows.sort(key=lambda row: not any(item.is_trouble for item in row[1]))
        return rows

    def row(self, node: str, items: Sequence[Item], axis: Axis) -> str:
        row = bars(items, axis)
        self.drawn |= set(row)
        name = node if len(node) <= self.name else f"{node[: self.name - 1]}…"
        style = RED if any(i.fate in (Fate.NEVER, Fate.FAILED, Fate.MISSING) for i in items) else ""
        note, colour = note_of(self.told, items)
        shown = f"{name:<{self.name}}"
        return f"  {self.coloured(style, shown)}  {painted(row, self.has_colour)}  {self.coloured(colour, note)}".rstrip()

    def idle(self, items: Iterable[Item]) -> Iterator[str]:
        names = list(dict.fromkeys(item.node for item in items if item.fate is Fate.IDLE))
        if names:
            yield self.coloured(GREY, f"  no reason to run: {_listed(names)}")

    def legend(self) -> Iterator[str]:
        shown = [f"{symbol} {words}" for symbol, words in LEGEND.items() if symbol in self.drawn]
        if shown:
            yield ""
            yield self.coloured(GREY, f"  {'   '.join(shown)}")

    # ---- in words ----

    def troubles(self) -> Iterator[str]:
        """What never ran and why, what missed its time, and who was told."""
        never = [item for item in self.told.items if item.fate is Fate.NEVER]
        first = [item for item in never if not _only_follows(item)]
        others = [item for item in never if _only_follows(item)]
        if first or others or any(item.missed for item in self.told.items):
            yield ""
        for item in first[:_MOST_TOLD]:
            yield self.coloured(RED, f"  ✘ {item.node} {item.key} never ran")
            yield from (
                f"      {visible(f.text)}  {self.coloured(GREY, f'[{f.reason}]')}" for f in item.reasons
            )
        if len(first) > _MOST_TOLD:
            yield f"  ✘ and {len(first) - _MOST_TOLD} more never ran"
        if others:
            yield self.coloured(
                RED, f"  ✘ and for want of {'it' if len(first) == 1 else 'them'}: {_names(others)}"
            )
        yield from self.missed()
        for alert in self.told.alerts[:_MOST_TOLD]:
            at = local(alert.at, self.told.zone, self.told.day_of(alert.key))
            yield self.coloured(
                YELLOW, f"  ! {at} alert: {alert.node} {alert.key} {alert.kind} ({alert.workflow})"
            )
        yield from (
            self.coloured(RED, f"  ? no key: {visible(stray)}") for stray in self.told.strays[:_MOST_TOLD]
        )

    def missed(self) -> Iterator[str]:
        found = [(item, mark) for item in self.told.items for mark in item.missed]
        for item, mark in found[:_MOST_TOLD]:
            at = item.begin if mark.name == "startBy" else item.end
            is_late = at is not None and at > mark.at and item.fate is not Fate.FAILED
            how = f"by {_hours(int((at or 0) - mark.at))}" if is_late else "and not met later either"
            when = local(mark.at, self.told.zone, self.told.day_of(item.key))
            yield self.coloured(YELLOW, f"  ! {item.node} {item.key} missed its {mark.name} {when}, {how}")

    def supposed(self) -> Iterator[str]:
        """What the forecast stands on, where it is not a CronWorkflow that was given."""
        lines = []
        by_text = sorted(self.told.grounds, key=lambda ground: (ground.basis, ground.text))
        for (basis, words), grounds in groupby(by_text, key=lambda ground: (ground.basis, ground.text)):
            if basis not in (Basis.CRON, Basis.PLAYED, Basis.PROFILE):
                lines.append(f"  {_listed([ground.node for ground in grounds])}: {visible(words)}")
        if any(ground.basis is Basis.ASSUMED for ground in self.told.grounds):
            lines.append(
                "  (--manifests DIR reads CronWorkflows, --profile FILE says schedules and durations)"
            )
        if self.told.made_up:
            lines.append(
                f'  outputs {_listed(self.told.made_up)}: supposed to be "1" (--profile says others)'
            )
        if lines:
            yield ""
            yield from (self.coloured(GREY, line) for line in lines)

    def coloured(self, colour: str, words: str) -> str:
        return f"{colour}{words}{RESET}" if self.has_colour and colour else words


def note_of(told: Timeline, items: Sequence[Item]) -> tuple[str, str]:
    """What stands at the end of a row of one node, and its colour."""
    if len(items) == 1:
        words, colour = _note(items[0], told.zone, told.day_of(items[0].key))
        return _cut(words), colour
    bad = [item.key for item in items if item.is_trouble]
    ran = sum(item.begin is not None for item in items)
    words = f"{ran} of {len(items)} ran" if ran < len(items) else f"{ran} ran"
    return (_cut(f"{words}; look at {_listed(bad, 2)}"), RED) if bad else (words, "")


def _note(item: Item, zone: str, day: date) -> tuple[str, str]:
    if item.begin is None or item.end is None:
        codes = list(dict.fromkeys(str(finding.reason) for finding in item.reasons))
        never = "never starts" if item.is_source else "never ran"
        return never + (f": {', '.join(codes)}" if codes else ""), RED
    span = _span(item.begin, item.end, zone, day)
    parts = [f"after {_CLOCKS.get(item.last.what, item.last.what)}"] if item.last else []
    parts += [f"run {item.again + 1} times"] if item.again else []
    if item.fate is Fate.FAILED:
        return ", ".join([f"{span} failed", *parts]), RED
    if item.missed:
        names = " and ".join(f"{mark.name} {local(mark.at, zone, day)}" for mark in item.missed)
        return f"{span} missed {names}", YELLOW
    if item.late_by:
        return ", ".join([f"{span} {_hours(item.late_by)} late", *parts]), YELLOW
    return " ".join([span, *parts]), ""


def summary(told: Timeline) -> str:
    """`5 sources: 4 succeeded, 1 failed; 3 runs: 2 succeeded, 1 never ran; 1 not in time`."""
    parts = [
        _counted("source", [item for item in told.items if item.is_source]),
        _counted("run", [item for item in told.items if not item.is_source]),
    ]
    missed = sum(bool(item.missed) for item in told.items)
    parts += [f"{missed} not in time"] if missed else []
    parts += [count(len(told.alerts), "alert")] if told.alerts else []
    return "; ".join(part for part in parts if part) or "nothing to run"


_WORDS = {
    Fate.SUCCEEDED: "succeeded",
    Fate.FAILED: "failed",
    Fate.RUNNING: "still running",
    Fate.MISSING: "never started",
    Fate.NEVER: "never ran",
}


def _counted(noun: str, items: Sequence[Item]) -> str:
    """`5 sources: 4 succeeded (1 late), 1 failed`, of a node at a key each."""
    counted: Counter[Fate] = Counter(item.fate for item in items if item.fate is not Fate.IDLE)
    late = sum(bool(item.late_by) for item in items)
    told = [f"{counted[fate]} {words}" for fate, words in _WORDS.items() if counted[fate]]
    if late:
        told.append(f"{late} late")
    return f"{count(sum(counted.values()), noun)}: {', '.join(told)}" if told else ""


def _only_follows(item: Item) -> bool:
    """Whether all that kept it is that others did not run."""
    from depgen.cluster.reasons import Reason  # loaded already, if anything never ran

    return bool(item.reasons) and all(
        finding.reason is Reason.NOT_RUN and finding.text.endswith(" never ran") for finding in item.reasons
    )


def _names(items: Sequence[Item]) -> str:
    keys = {item.key for item in items}
    one = len(keys) == 1
    return _listed(list(dict.fromkeys(item.node if one else f"{item.node} {item.key}" for item in items)))


def _listed(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _hours(seconds: int) -> str:
    hours, minutes = divmod(max(seconds, 60) // 60, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part
    )


def _span(begin: float, end: float, zone: str, day: date) -> str:
    """`18:00–22:10`; the end names its day only if it is not that of the beginning."""
    return f"{local(begin, zone, day)}–{local(end, zone, keys.wall(int(begin), ZoneInfo(zone)).date())}"


def _cut(words: str) -> str:
    shown = visible(words)
    return shown if len(shown) <= _NOTE else f"{shown[: _NOTE - 1]}…"
