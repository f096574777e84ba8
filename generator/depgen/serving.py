"""Which keys serve which: the ledgers an upstream's fact goes to, and the keys of it that an edge wants there.

The two are each other's inverse, written once for the record programs (a key to a ledger) and once for the decide
programs (a ledger's key to keys), so that a fact is where it is looked for. Several ledgers for one fact are several
moves, because a trigger patches one object. Both are jq on the text of a key; what they need is put into KeyDefs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from depgen.calendars import Calendar
from depgen.keydefs import FIRST_OF_MONTH, INSTANT, MONTHS, KeyDefs, parse_key
from depgen.model import Edge
from depgen.moves import HOME, Move
from depgen.opendays import after, before, open_day, steps, upto
from depgen.times import DAY, HOUR, WEEK, Period, shift

# Beyond its last holiday a calendar repeats itself every week.
_MARGIN = timedelta(days=60)
_NO_HOLIDAYS = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Serving:
    """One edge: the periods and calendars of both its ends."""

    edge: Edge
    mine: Period
    theirs: Period
    my_calendar: Calendar | None = None
    their_calendar: Calendar | None = None

    @property
    def steps_over(self) -> bool:
        """Whether the upstream's closed days matter for which keys are wanted."""
        return self.their_calendar is not None and self.theirs.kind == "day"

    @property
    def is_plain(self) -> bool:
        """Whether the facts' own `offset` says which of them are wanted."""
        return self.edge.match.kind == "same" or (self.edge.match.kind == "offset" and not self.steps_over)

    @property
    def most_recorded(self) -> int:
        """How many keys of the upstream a ledger can hold because of the edge, at most."""
        match = self.edge.match
        if match.kind == "last":
            return match.n
        if match.kind not in ("within", "since"):
            return 1
        inside = most_in(self.mine, self.theirs) if self.mine != self.theirs else 1
        return inside * (_longest_step(self.my_calendar) if match.kind == "since" and self.my_calendar else 1)

    def moves(self) -> Iterator[Move]:
        """All ways of a fact to the ledgers that want it."""
        match = self.edge.match
        if self.is_plain:
            yield Move(n=match.n)
        elif match.kind == "within":
            yield Move("within", period=self.mine)
        elif match.kind == "containing":
            yield from (
                Move("containing", number, self.mine) for number in range(most_in(self.theirs, self.mine))
            )
        elif match.kind == "since":
            is_next = self.mine == self.theirs and self.my_calendar is None
            yield Move(n=-1) if is_next else Move("since", period=self.mine, mine=self.my_calendar)
        elif self.steps_over:
            is_last = match.kind == "last"
            if is_last:
                yield HOME
            steps = match.n - 1 if is_last else -match.n
            back = Move("back", 0, self.mine, steps, is_last, self.their_calendar, self.my_calendar)
            yield from (_numbered(back, number) for number in range(_most_ledgers(back)))
        else:
            yield from (Move(n=-back) for back in range(match.n))

    def wanted(self, defs: KeyDefs) -> str:
        """jq: the ledger's key (text) to those of the upstream's keys that are open, in order."""
        match, start = self.edge.match, parse_key(self.mine)
        if match.kind == "containing":
            return self._containing(defs)
        if match.kind == "within":
            keys = self._between(defs, start, f"($low | {_moved(self.mine, 1, defs)})")
            return f"([{keys}][-1:][])" if match.pick == "last" else keys
        if match.kind == "since":
            if self.my_calendar:
                low = f"({start} | {before(self.my_calendar, defs)})"
            else:
                low = f"({start} | {_moved(self.mine, -1, defs)})"
            return self._between(defs, low, start)
        if match.kind == "last" and self.steps_over:
            assert self.their_calendar
            newest = upto(self.their_calendar, defs)
            older = f"[limit({match.n}; recurse({before(self.their_calendar, defs)}))] | reverse[]"
            return f"({start} | {newest} | {older} | {defs.format(self.theirs)})"
        if match.kind == "last":
            keys = ", ".join(f"({defs.move(self.theirs, -back)})" for back in range(match.n - 1, -1, -1))
            return f"({keys})"
        if match.kind == "offset" and self.steps_over:
            assert self.their_calendar
            return f"({start} | {steps(-match.n, self.their_calendar, defs)} | {defs.format(self.theirs)})"
        return "." if not match.n else f"({defs.move(self.theirs, match.n)})"

    def _containing(self, defs: KeyDefs) -> str:
        start = parse_key(self.mine)
        if self.theirs.repeats(defs.zone):
            defs.need(INSTANT)
            return f"(({start} | instant) + {_late(defs)} | {defs.format(self.theirs)})"
        return f"({start} | {defs.format(self.theirs)})"

    def _between(self, defs: KeyDefs, low: str, high: str) -> str:
        """jq: the open keys of the upstream that begin in an interval of wall-clock seconds; `high` may be of `$low`."""
        keys = keys_between(self.theirs, defs, self.their_calendar, self.mine.repeats(defs.zone))
        return f"(. as $mine | {low} as $low | {high} as $high | {keys})"


# ---- jq ----


def keys_between(
    period: Period, defs: KeyDefs, calendar: Calendar | None = None, is_from_key: bool = False
) -> str:
    """jq: the keys of a period that begin in `[$low, $high)`, wall-clock seconds, in order.

    `is_from_key`: both are of a key `$mine` that may be the second of two equal ones.
    """
    is_open = f" | select({_of_day(period, calendar, defs)})" if calendar else ""
    if period.repeats(defs.zone):
        defs.need(INSTANT)
        late = f" + ($mine | {_late(defs)})" if is_from_key else ""
        ends = f"($low | instant){late}; " + (
            f"($low | instant){late} + ($high - $low)" if is_from_key else "($high | instant)"
        )
        open_ = (
            f" | select(localtime | mktime | . - . % {DAY} | {open_day(calendar, defs)})" if calendar else ""
        )
        return f"range({ends}; {period.seconds}){open_} | {defs.format(period)}"
    if period.kind == "slot":
        return f"range($low; $high; {period.seconds}){is_open} | {defs.format(period)}"
    first = {"week": " | select((. / 86400 + 3) % 7 == 0)", "month": ' | select(strftime("%d") == "01")'}
    only = first.get(period.kind, is_open)
    return f"range($low; $high; {DAY}){only} | {defs.format(period)}"


def _of_day(period: Period, calendar: Calendar, defs: KeyDefs) -> str:
    day = f". - . % {DAY} | " if period.kind == "slot" else ""
    return f"{day}{open_day(calendar, defs)}"


def _late(defs: KeyDefs) -> str:
    return f'(if test("b(-|$)") then {shift(defs.zone)} else 0 end)'


def move(of: Move, theirs: Period, defs: KeyDefs) -> str:
    """jq: the text of an upstream's key to that of the ledger; nothing if this move leads to none."""
    start = parse_key(theirs)
    if of.kind == "offset":
        return defs.move(theirs, -of.n)
    assert of.period
    if of.kind == "within":
        if of.period.repeats(defs.zone):
            defs.need(INSTANT)
            return f"({start} | instant) + {_late(defs)} | {defs.format(of.period)}"
        return f"{start}{_first_of_week(of.period)} | {defs.format(of.period)}"
    if of.kind == "containing":
        keys = keys_between(of.period, defs, is_from_key=theirs.repeats(defs.zone))
        return f". as $mine | {start} as $low | ($low | {_moved(theirs, 1, defs)}) as $high | [{keys}][{of.n}] | strings"
    if of.kind == "since":
        begin = start if of.period == theirs else f"({start} | {_floor(of.period)})"
        following = after(of.mine, defs) if of.mine else _moved(of.period, 1, defs)
        return f"{begin} | {following} | {defs.format(of.period)}"
    return f"{start} as $u | [{_ledgers(of, defs)}][{of.n}] | numbers | {defs.format(of.period)}"


def distance(of: Move, theirs: Period) -> str:
    """jq: what `offset` a fact of `$key` gets in `$ledger`, so that it is the same text whatever way it came."""
    if of.kind == "offset":
        return str(of.n)
    if of.period != theirs or theirs.kind != "day":
        return ""
    return f"((($key | {parse_key(theirs)}) - ($ledger | {parse_key(theirs)})) / {DAY})"


def _ledgers(of: Move, defs: KeyDefs) -> str:
    assert of.theirs
    step = 1 if of.is_last or of.steps > 0 else -1
    near, far = step, step * (_reach(of) + 1)
    is_mine = f" | select({open_day(of.mine, defs)})" if of.mine else ""
    if of.is_last:
        before_ = before(of.theirs, defs)
        hit = f"any({upto(of.theirs, defs)} | limit({of.steps + 1}; recurse({before_})); . == $u)"
    else:
        hit = f"({steps(of.steps, of.theirs, defs)}) == $u"
    return f"range({near}; {far}; {step}) * {DAY} + $u{is_mine} | select({hit})"


def _moved(period: Period, steps: int, defs: KeyDefs) -> str:
    if period.kind == "month":
        defs.need(FIRST_OF_MONTH, MONTHS)
        return f"months({steps})"
    return f". + {steps * {'week': WEEK, 'day': DAY, 'slot': period.seconds}[period.kind]}"


def _floor(period: Period) -> str:
    """jq: wall-clock seconds to the start of the period around them."""
    if period.kind == "slot":
        return f". - . % {period.seconds}"
    if period.kind == "month":
        return 'strftime("%Y%m01") | strptime("%Y%m%d") | mktime'
    day = f". - . % {DAY}"
    return f"{day} | . - (. / {DAY} + 3) % 7 * {DAY}" if period.kind == "week" else day


def _first_of_week(period: Period) -> str:
    return f" | {_floor(period)}" if period.kind == "week" else ""


# ---- how many ----


def most_in(longer: Period, shorter: Period) -> int:
    """How many of the shorter periods begin in a longer one, at most; 1 if they are not shorter, as `period-mismatch` tells."""
    days = {"month": 31, "week": 7, "day": 1}.get(longer.kind)
    if shorter.kind == "slot":
        seconds = days * DAY if days else longer.seconds
        # The hour that comes twice in autumn is in the longer one twice, unless that comes twice itself.
        twice = HOUR // shorter.seconds if seconds > HOUR else 0
        return seconds // shorter.seconds + twice
    return {"day": days, "week": 5, "month": 1}[shorter.kind] if days else 1


@lru_cache(maxsize=256)
def _longest_step(calendar: Calendar) -> int:
    """How many days lie between an open day and the next, at most."""
    listed = [*calendar.holidays, *calendar.extra, _NO_HOLIDAYS]
    day, end = min(listed) - _MARGIN, max(listed) + _MARGIN
    longest = 1
    while day < end:
        following = calendar.next_open(day)
        longest, day = max(longest, (following - day).days), following
    return longest


def _numbered(of: Move, number: int) -> Move:
    return Move(of.kind, number, of.period, of.steps, of.is_last, of.theirs, of.mine)


def _most_ledgers(of: Move) -> int:
    return max(map(len, _table(of)), default=0)


def _reach(of: Move) -> int:
    """How many days a ledger can be away."""
    return max((distance for row in _table(of) for distance in row), default=0)


@lru_cache(maxsize=256)
def _table(of: Move) -> tuple[tuple[int, ...], ...]:
    """For every day on which the upstream can be open, how many days away the ledgers are that want its key."""
    theirs, mine = of.theirs, of.mine
    assert theirs
    listed = [d for c in (theirs, mine) if c for d in (*c.holidays, *c.extra)]
    day, end = min(listed, default=_NO_HOLIDAYS) - _MARGIN, max(listed, default=_NO_HOLIDAYS) + _MARGIN
    rows: dict[date, list[int]] = {}
    while day < end:
        if mine is None or mine.is_open(day):
            for wanted in _wanted_days(of, theirs, day):
                if wanted != day:
                    rows.setdefault(wanted, []).append(abs((day - wanted).days))
        day += timedelta(days=1)
    return tuple(tuple(row) for row in rows.values())


def _wanted_days(of: Move, theirs: Calendar, day: date) -> Iterator[date]:
    if not of.is_last:
        yield theirs.add_open(day, -of.steps)
        return
    found = day if theirs.is_open(day) else theirs.previous_open(day)
    yield found
    for _ in range(of.steps):
        found = theirs.previous_open(found)
        yield found
