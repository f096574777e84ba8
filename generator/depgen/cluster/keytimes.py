"""The times that belong to a key: when its period begins, when the clocks of a node strike.

A time such as "02:00+1d" counts from the midnight of the key's date, or with `end` from that of the period's last day,
on the wall clock of the graph's zone. "18:00 end+2bd" counts open days of the node's calendar from there. Instants are in
seconds since 1970.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from depgen import keys
from depgen.calendars import Calendar
from depgen.model import KeyRule
from depgen.times import DAILY, Period, WallTime

_PERIODS = (DAILY, Period("week"), Period("month"))
_SLOT = r"(\d{8})t\d{2,4}b?"


def start(key: str, every: Period) -> datetime:
    """The wall-clock beginning of a key's period; ValueError if it is no key of that period."""
    if not re.fullmatch(every.pattern.strip("^$"), key):
        raise ValueError(key)
    if every.kind == "week":
        return datetime.fromisocalendar(int(key[:4]), int(key[5:7]), 1)
    # Not by strptime, which is slow, and reads the eight digits of a day as a month and a day as well.
    year, month, day, hour, minute = key[:4], key[4:6], key[6:8], key[9:11], key.removesuffix("b")[11:]
    return datetime(int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0))


def begin(key: str, every: Period, zone: str) -> int:
    """The instant at which a key's period begins."""
    return keys.instant(start(key, every), ZoneInfo(zone))


def end(key: str, every: Period, zone: str) -> int:
    """The instant at which a key's period is over."""
    begin = start(key, every)
    if every.kind == "slot":
        return keys.instant(begin, ZoneInfo(zone)) + every.seconds
    return keys.instant(keys.midnight(keys.last_day(begin, every) + timedelta(days=1)), ZoneInfo(zone))


@lru_cache(maxsize=4096)
def any_end(key: str, zone: str) -> int | None:
    """When the period of a key of whatever node ends, None if it is no key; of a part of a day, when the day does.

    What is run again has an id behind the key.
    """
    key = key.partition("-")[0]
    slot = re.fullmatch(_SLOT, key)
    for every in _PERIODS:
        try:
            return end(slot[1] if slot else key, every, zone)
        except (ValueError, OverflowError):
            continue
    return None


def clock_at(
    key: str,
    every: Period,
    time: WallTime,
    zone: str,
    is_last: bool = False,
    calendar: Calendar | None = None,
) -> int:
    """The instant at which a clock of this key strikes; of two such instants in autumn the first, or the last.

    `calendar` is that of the clock's node, for a time that counts open days; without one every day is open.
    """
    begin = start(key, every)
    day = keys.last_day(begin, every) if time.from_end else begin.date()
    day = (calendar or Calendar("every day")).add_open(day, time.open_days)
    clock, there = keys.midnight(day) + timedelta(seconds=time.offset), ZoneInfo(zone)
    later = int(clock.replace(tzinfo=there, fold=1).timestamp())
    return later if is_last and keys.wall(later, there) == clock else keys.instant(clock, there)


def moved(key: str, every: Period, steps: int) -> str:
    """The key so many periods later, for telling people of it: of two equal ones it is the first."""
    return keys.moved_back(start(key, every), every, -steps).strftime(every.strftime)


def key_at(rule: KeyRule, moment: int) -> str:
    """The key of a run that is scheduled at a moment."""
    found = keys.key_start(rule, moment)
    return found.wall.strftime(rule.every.strftime) + ("b" if found.is_late else "")


def utc(moment: float) -> str:
    """An instant as ledgers have it: `2026-11-21T19:00:00Z`."""
    return f"{datetime.fromtimestamp(int(moment), UTC).replace(tzinfo=None).isoformat()}Z"


def instant(text: str) -> int | None:
    """The instant of such a text, or of a Kubernetes time; None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None
