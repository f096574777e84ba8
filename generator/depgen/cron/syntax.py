"""The text of a schedule: five fields, or a descriptor such as `@daily`, maybe after a time zone.

What is odd here is odd in robfig: nothing between two commas is nothing, so `,` alone never fires; what
follows the hyphen of `*-5` goes unread; a sign may stand before a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from depgen.cron.schedule import Schedule

LARGEST_INT64 = 2**63 - 1
DURATION_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,  # micro sign
    "μs": 10**3,  # Greek mu
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class CronError(ValueError):
    """An expression that robfig refuses; the text says what was found and what is expected."""


@dataclass(frozen=True, slots=True)
class Field:
    """What one of the five fields may hold; `names` stand for the numbers from `lowest` on."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """The values it takes, for a message."""
        names = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.lowest} to {self.highest}{names}"


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field(
        "month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    ),
    Field("day of week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def parse(expression: str) -> Schedule:
    """Reads what robfig's ParseStandard reads; raises CronError."""
    zone, text = _split_zone(expression)
    if text.startswith("@every "):
        return Schedule(zone=zone, every=_delay(text.removeprefix("@every ")))
    if text.startswith("@") and text not in DESCRIPTORS:
        raise CronError(f'found "{text}", expected {", ".join(DESCRIPTORS)} or @every with a duration')
    fields = DESCRIPTORS.get(text, text).split()
    if len(fields) != len(FIELDS):
        wanted = ", ".join(field.name for field in FIELDS)
        raise CronError(f'found {len(fields)} fields in "{text}", expected 5: {wanted}')
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = map(
        _read, FIELDS, fields
    )
    return Schedule(minutes, hours, days, months, weekdays, any_day, any_weekday, zone)


def _split_zone(expression: str) -> tuple[ZoneInfo | None, str]:
    prefix, equals, rest = expression.partition("=")
    if not equals or prefix not in ("TZ", "CRON_TZ"):
        return None, expression
    name, blank, text = rest.partition(" ")
    if not blank:
        raise CronError(f'found "{expression}", expected a schedule after the time zone')
    return _zone(name), text.strip()


def _zone(name: str) -> ZoneInfo | None:
    if name == "Local":
        return None
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, OSError, ValueError):
        raise CronError(f'found time zone "{name}", expected one such as Europe/Paris') from None


def _delay(text: str) -> timedelta:
    """A Go duration, whose fractions are floats there too, in whole seconds and at least one."""
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    total, position = 0, 0
    while position < len(unsigned) and unsigned != "0":
        part = DURATION_PART.match(unsigned, position)
        if part is None or not (part[1] or part[2]):
            raise CronError(f'found duration "{text}", expected one such as 1h30m')
        unit, fraction = NANOSECONDS[part[3]], (part[2] or "")[:18]
        total += _digits(part[1]) * unit + int(_digits(fraction) * (unit / 10 ** len(fraction)))
        position = part.end()
    if not unsigned or total > LARGEST_INT64:
        raise CronError(f'found duration "{text}", expected one such as 1h30m, of less than 292 years')
    return timedelta(seconds=1 if text.startswith("-") else max(1, total // 10**9))


def _read(field: Field, text: str) -> tuple[frozenset[int], bool]:
    """The numbers of a field, and whether it has a star."""
    parts = [_read_range(field, part) for part in text.split(",") if part]
    return frozenset(number for numbers, _ in parts for number in numbers), any(star for _, star in parts)


def _read_range(field: Field, text: str) -> tuple[range, bool]:
    span, *steps = text.split("/")
    first, *last = span.split("-")
    star = first in ("*", "?")
    if len(steps) > 1 or (len(last) > 1 and not star):
        raise CronError(f'{field.name}: found "{text}", expected at most one "-" and one "/"')
    step = _integer(steps[0]) if steps else 1
    if not step:
        raise CronError(f'{field.name}: found "{text}", expected a whole number above 0 after "/"')
    if star:
        return range(field.lowest, field.highest + 1, step), step == 1
    low = _number(field, first)
    high = _number(field, last[0]) if last else field.highest if steps else low
    if low > high:
        raise CronError(f'{field.name}: found "{text}", expected a range that does not end before it begins')
    return range(low, high + 1, step), False


def _number(field: Field, text: str) -> int:
    name = text.lower()
    number = field.names.index(name) + field.lowest if name in field.names else _integer(text)
    if number is None or not field.lowest <= number <= field.highest:
        raise CronError(f'{field.name}: found "{text}", expected {field.expected}')
    return number


def _integer(text: str) -> int | None:
    """What Go's Atoi makes of it if that is not negative, else None."""
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = _digits(digits)
    return number if number <= LARGEST_INT64 else None


def _digits(text: str) -> int:
    """The number; one that is too large for Go comes out as some other that is."""
    return int(text.lstrip("0")[:20] or "0")
