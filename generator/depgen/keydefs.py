"""jq text: arithmetic on keys, and the functions it is written with.

Two jq engines run it: gojq in Argo Events, libjq on a laptop. So only what both read alike is used: `strptime` gives
UTC, `localtime` follows the zone of the process. Wall-clock seconds are a local time read as if it were UTC.
"""

from __future__ import annotations

from depgen.model import KeyRule
from depgen.times import DAY, HOUR, WEEK, Duration, Period, shift

FIRST_OF_MONTH = 'def first_of($m): "\\($m / 12 | floor)-\\(101 + $m % 12 | tostring | .[1:])-01T00:00:00Z" | fromdateiso8601;'
# Wall-clock seconds moved by months; the day is cut to the month's length.
MONTHS = """def months($n): . as $w | (strftime("%d") | tonumber) as $d
  | ((strftime("%Y") | tonumber) * 12 + (strftime("%m") | tonumber) - 1 + $n) as $m
  | ([first_of($m) + ($d - 1) * 86400, first_of($m + 1) - 86400] | min) + $w % 86400;"""
# Wall-clock seconds to the instant: the first of two, and after a gap the first that exists.
INSTANT = """def instant: . as $w | ($w - (($w - 86400 | localtime | mktime) - ($w - 86400))) as $a | ($w - (($w + 86400 | localtime | mktime) - ($w + 86400))) as $b
  | if ($a | localtime | mktime) == $w then $a elif ($b | localtime | mktime) == $w then $b
    else first(range($b - $b % 60; $a + 1; 60) | select((localtime | mktime) > $w)) end;"""


def parse_key(period: Period) -> str:
    """jq: a key (text) to the wall-clock second at which its period starts."""
    if period.kind == "week":
        return (
            '((.[0:4] + "0104" | strptime("%Y%m%d") | mktime) as $j'
            f" | $j - (($j / {DAY} | floor) + 3) % 7 * {DAY} + ((.[5:7] | tonumber) - 1) * {WEEK})"
        )
    if period.kind == "month":
        return '(.[0:6] + "01" | strptime("%Y%m%d") | mktime)'
    if period.kind == "day":
        return '(.[0:8] | strptime("%Y%m%d") | mktime)'
    width = 11 if period.seconds % HOUR == 0 else 13
    return f'(.[0:{width}] | strptime("{period.strftime}") | mktime)'


def date_of(period: Period) -> str:
    """jq: a key (text) to the midnight of its date, in wall-clock seconds."""
    return '(.[0:8] | strptime("%Y%m%d") | mktime)' if period.kind == "slot" else parse_key(period)


class KeyDefs:
    """The `def`s that key programs need, each once and in order."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.needed: list[str] = []

    def need(self, *defs: str) -> None:
        self.needed.extend(d for d in defs if d not in self.needed)

    def format(self, period: Period) -> str:
        """jq: wall-clock seconds to a key; an instant to a key where keys can repeat."""
        if period.kind != "slot":
            return f'strftime("{period.strftime}")'
        floor = f'. - . % {period.seconds} | strftime("{period.strftime}")'
        if not period.repeats(self.zone):
            return floor
        name = f"slot{period.seconds // 60}"
        self.need(
            f"def {name}: (localtime | mktime | {floor}) as $k"
            f' | $k + (if (. - {shift(self.zone)} | localtime | mktime | {floor}) == $k then "b" else "" end);'
        )
        return name

    def move(self, period: Period, steps: int) -> str:
        """jq: a key (text) to the one `steps` later."""
        start = parse_key(period)
        if period.repeats(self.zone):
            self.need(INSTANT)
            late = f'(if endswith("b") then {shift(self.zone)} else 0 end)'
            return f"({start} | instant) + {late} + {steps * period.seconds} | {self.format(period)}"
        if period.kind == "month":
            self.need(FIRST_OF_MONTH, MONTHS)
            return f"{start} | months({steps}) | {self.format(period)}"
        length = {"week": WEEK, "day": DAY, "slot": period.seconds}[period.kind]
        return f"{start} + {steps * length} | {self.format(period)}"

    def from_instant(self, rule: KeyRule) -> str:
        """jq: an epoch to its key."""
        steps = [f". + {rule.offset.seconds}"] if rule.offset.seconds else []
        moved = self._calendar(rule.offset)
        if rule.every.repeats(rule.zone):
            if moved:
                self.need(INSTANT)
                steps += ["wall", *moved, "instant"]
        else:
            steps += ["wall", *([f". - {rule.day_start}"] if rule.day_start else []), *moved]
        return " | ".join([*steps, self.format(rule.every)])

    def _calendar(self, offset: Duration) -> list[str]:
        if offset.months:
            self.need(FIRST_OF_MONTH, MONTHS)
            return [f"months({offset.months})"]
        return [f". + {offset.days * DAY}"] if offset.days else []
