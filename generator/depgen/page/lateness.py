"""How late nodes were, day after day, from the history: a row a node, a column a key's date.

Late is measured from the deadline. Of a node without one it is measured from when it is usually done, the median of
the days that are shown, by the same clock: so many seconds after its key's date began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.history.records import FAILURES, Known

_MINUTE, _HOUR = 60, 3600
# What is within so many seconds of the usual is on time.
_USUAL = 15 * _MINUTE


class Square(NamedTuple):
    """A node on a day: `kind` names its colour, `text` says it without colours, `words` in full."""

    kind: str
    text: str
    words: str


class HeatRow(NamedTuple):
    """A node's squares, one for each day."""

    node: str
    squares: tuple[Square, ...]


@dataclass(frozen=True)
class Heat:
    """The whole map."""

    about: str
    days: tuple[date, ...]
    rows: tuple[HeatRow, ...]


def heat(found: Sequence[Known], zone: str) -> Heat | None:
    """Of runs with keys that are dates, or parts of one; None if there is none. Of several on a day the latest counts."""
    dated = [(day, known) for known in found if (day := date_of(known.run.key)) is not None]
    if not dated:
        return None
    days = sorted({day for day, _ in dated})
    nodes: dict[str, list[tuple[date, Known]]] = {}
    for day, known in dated:
        nodes.setdefault(f"{known.run.graph}/{known.run.node}", []).append((day, known))
    rows = tuple(HeatRow(node, tuple(_squares(of, days, zone))) for node, of in sorted(nodes.items()))
    about = "Lateness: minutes after the deadline, or after the usual time of a node without one"
    return Heat(about, tuple(days), rows)


def newest(found: Sequence[Known], days: int) -> list[Known]:
    """The runs of the newest days of which there are any."""
    dated = [(day, known) for known in found if (day := date_of(known.run.key)) is not None]
    kept = set(sorted({day for day, _ in dated})[-days:])
    return [known for day, known in dated if day in kept]


def date_of(key: str) -> date | None:
    """The date of a key that is one, or a part of one; None of a week, a month or no key."""
    digits = key.partition("t")[0]
    if len(digits) != 8 or not digits.isdigit():
        return None
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


def _squares(of: Sequence[tuple[date, Known]], days: Sequence[date], zone: str) -> Iterator[Square]:
    ends = [_after(day, known, zone) for day, known in of if known.run.finished_at]
    usual = median(ends) if ends else 0.0
    for day in days:
        there = [known for date_, known in of if date_ == day]
        yield _square(day, there, usual, zone)


def _square(day: date, there: Sequence[Known], usual: float, zone: str) -> Square:
    failed = [known for known in there if known.run.phase in FAILURES]
    ended = [known for known in there if known.run.finished_at and known.run.phase == "Succeeded"]
    if failed and not ended:
        return Square("h-failed", "✘", f"{failed[0].run.workflow} {failed[0].run.phase}")
    if not ended:
        return Square("empty", "·", "nothing is known of it")
    late, known = max((_late(day, each, usual, zone), each) for each in ended)
    against = "its deadline" if known.deadline else "the usual time"
    way = "after" if late > 0 else "before"
    words = f"{known.run.workflow or known.run.node}: {_length(abs(late))} {way} {against}"
    return Square(_colour(late, known), _signed(late), words)


def _late(day: date, known: Known, usual: float, zone: str) -> float:
    if known.lateness is not None:
        return known.lateness
    return _after(day, known, zone) - usual


def _after(day: date, known: Known, zone: str) -> float:
    begin = keys.instant(keys.midnight(day), ZoneInfo(zone))
    finished = known.run.finished_at
    return (finished or datetime.fromtimestamp(begin, UTC)).timestamp() - begin


def _colour(late: float, known: Known) -> str:
    """Before a deadline is on time; without one, as long as it is about the usual."""
    if late <= (0 if known.deadline else _USUAL):
        return "h-early" if late < -_HOUR else "h-time"
    return "h-late" if late < _HOUR else "h-later" if late < 3 * _HOUR else "h-latest"


def _signed(late: float) -> str:
    return f"{'+' if late > 0 else '−' if late < 0 else ''}{_length(abs(late))}"


def _length(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / _MINUTE), 60)
    return f"{hours}h{minutes:02}" if hours else f"{minutes}m"
