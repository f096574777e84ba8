"""Keys and clocks, the slow way: by asking `zoneinfo` and stepping through periods one by one.

Nothing here is clever on purpose (what was asked before is remembered), and nothing is imported from depgen. A period is a text: `month`, `week`, `day`,
`hour`, or a divisor of the day such as `6h` or `15m`. Instants are seconds since 1970; what clocks show is a naive
datetime.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def wall(instant: float, zone: str) -> datetime:
    """What the clocks of a zone show."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@cache
def instants(shown: datetime, zone: str) -> tuple[int, ...]:
    """When the clocks show that: never, once or twice, in order."""
    tried = {int(shown.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) for fold in (0, 1)}
    return tuple(sorted(instant for instant in tried if wall(instant, zone) == shown))


@cache
def first_instant(shown: datetime, zone: str) -> int:
    """When the clocks show that for the first time; what they skip is the first minute after the gap."""
    while not instants(shown, zone):
        shown = shown.replace(second=0) + MINUTE
    return instants(shown, zone)[0]


@cache
def last_instant(shown: datetime, zone: str) -> int:
    """The same for the last time."""
    while not instants(shown, zone):
        shown = shown.replace(second=0) + MINUTE
    return instants(shown, zone)[-1]


def length(every: str) -> int:
    """The seconds of a period of less than a day."""
    if every == "hour":
        return 3600
    return int(every[:-1]) * {"h": 3600, "m": 60}[every[-1]]


def is_slot(every: str) -> bool:
    """Whether a day has several keys."""
    return every not in ("day", "week", "month")


def repeats(every: str) -> bool:
    """Whether two keys of the day the clocks go back would be alike; the oracle knows only zones that go back an hour."""
    return is_slot(every) and length(every) <= 3600


def begin_of(shown: datetime, every: str) -> datetime:
    """What the clocks showed when the period began."""
    midnight = shown.replace(hour=0, minute=0, second=0)
    if every == "month":
        return midnight.replace(day=1)
    if every == "week":
        return midnight - midnight.weekday() * DAY
    if every == "day":
        return midnight
    seconds = int((shown - midnight).total_seconds())
    return midnight + timedelta(seconds=seconds - seconds % length(every))


def written(begin: datetime, every: str) -> str:
    """The key of the period that begins then."""
    if every == "month":
        return begin.strftime("%Y%m")
    if every == "week":
        return "{}w{:02}".format(*begin.isocalendar()[:2])
    if every == "day":
        return begin.strftime("%Y%m%d")
    return begin.strftime("%Y%m%dt%H" if length(every) % 3600 == 0 else "%Y%m%dt%H%M")


@cache
def key_at(instant: float, every: str, zone: str) -> str:
    """The key of the period that an instant lies in."""
    key = written(begin_of(wall(instant, zone), every), every)
    is_second = datetime.fromtimestamp(instant, ZoneInfo(zone)).fold == 1
    return key + "b" if repeats(every) and is_second else key


@cache
def begin(key: str) -> datetime:
    """What the clocks show when a key's period begins."""
    if "w" in key:
        return datetime.fromisocalendar(int(key[:4]), int(key[5:7]), 1)
    if len(key) == 6:
        return datetime(int(key[:4]), int(key[4:]), 1)
    day = datetime(int(key[:4]), int(key[4:6]), int(key[6:8]))
    digits = key[9:].removesuffix("b")
    return day + timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))


def day_of(key: str) -> date:
    """The date of a key; a week's and a month's is its first day."""
    return begin(key).date()


def last_day_of(key: str, every: str) -> date:
    """The last date of its period."""
    first = day_of(key)
    if every == "week":
        return first + 6 * DAY
    if every == "month":
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first


@cache
def start(key: str, every: str, zone: str) -> int:
    """The first instant of a key's period."""
    shown = begin(key)
    return last_instant(shown, zone) if key.endswith("b") else first_instant(shown, zone)


@cache
def neighbour(key: str, every: str, zone: str, steps: int) -> str:
    """The key so many periods later or earlier."""
    if repeats(every):
        return key_at(start(key, every, zone) + steps * length(every), every, zone)
    shown = begin(key)
    for _ in range(abs(steps)):
        if steps < 0:
            shown = begin_of(shown - timedelta(seconds=1), every)
        elif every == "month":
            shown = begin_of(shown + 31 * DAY, every)
        else:
            shown += {"week": 7 * DAY, "day": DAY}.get(every) or timedelta(seconds=length(every))
    return written(shown, every)


@cache
def end(key: str, every: str, zone: str) -> int:
    """The first instant after a key's period."""
    if repeats(every):
        return start(key, every, zone) + length(every)
    return start(neighbour(key, every, zone, 1), every, zone)


def rfc3339(instant: int, zone: str) -> str:
    """As `2026-11-21T00:00:00+01:00`."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).isoformat()


def utc(instant: int) -> str:
    """As Kubernetes writes it."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def clock(text: str, key: str, every: str) -> datetime:
    """What the clocks show at a time such as `18:00`, `02:00+1d`, `18:00 end` of a key."""
    match = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d))?( end)?(?:\+(\d+)d)?", text)
    assert match is not None, text
    hours, minutes, seconds, at_end, days = match.groups()
    day = last_day_of(key, every) if at_end else day_of(key)
    time = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0), days=int(days or 0))
    return datetime.combine(day, datetime.min.time()) + time


def window(texts: dict[str, str], key: str, every: str) -> tuple[datetime, datetime]:
    """What the clocks show at the ends of a window; `to` at or before `from` is the next such time after it."""
    opens, closes = clock(texts["from"], key, every), clock(texts["to"], key, every)
    while closes <= opens:
        closes += DAY
    return opens, closes


def before(instant: int, duration: str, zone: str) -> int:
    """The instant a lookback before another: `h m s` elapsed, `d w mo` by the calendar."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)(mo|[smhdw])", duration)}
    shown = wall(instant, zone)
    if "mo" in parts:
        return first_instant(months_later(shown, -parts["mo"]), zone)
    if "d" in parts or "w" in parts:
        return first_instant(shown - (parts.get("d", 0) + 7 * parts.get("w", 0)) * DAY, zone)
    return instant - sum(number * {"h": 3600, "m": 60, "s": 1}[unit] for unit, number in parts.items())


def months_later(shown: datetime, months: int) -> datetime:
    """The same day of another month, or that month's last."""
    year, month = divmod(shown.year * 12 + shown.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return shown.replace(year=year, month=month + 1, day=min(shown.day, last))
