"""The days of an iCalendar file (RFC 5545): the only module that knows the packages for it.

A day counts if an event that lasts whole days is on it: DTSTART and DTEND are dates, and the day of DTEND is the first
after it. Events with a time of day say nothing about a day being closed and are passed over, as are cancelled ones.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from depgen.errors import InputError

# A rule that repeats daily for ever is a mistake; what a lock can be read with is a few hundred days.
_MOST_DAYS = 2000


class UnreadableError(Exception):
    """The text is no iCalendar file, or has more days in it than a list of holidays has."""


def days_of(text: str, first: date, last: date) -> dict[date, str]:
    """The days of all-day events from `first` to `last`, with the events' summaries."""
    days: dict[date, str] = {}
    for event in _events(text, first, last):
        start, end = event.start, event.end
        if isinstance(start, datetime) or event.get("STATUS") == "CANCELLED":
            continue
        length = max((end - start).days, 1)
        for number in range(length):
            day = start + timedelta(days=number)
            if first <= day <= last:
                days.setdefault(day, str(event.get("SUMMARY", "")).strip())
        if len(days) > _MOST_DAYS:
            raise UnreadableError(f"it has more than {_MOST_DAYS} days from {first} to {last}")
    return days


def _events(text: str, first: date, last: date) -> list[Any]:
    """The occurrences in the time, by day."""
    try:
        import icalendar
        import recurring_ical_events
    except ImportError as error:
        raise InputError("iCalendar files need more packages: pip install 'depgen[ical]'") from error
    try:
        calendar = icalendar.Calendar.from_ical(text)
        found = recurring_ical_events.of(calendar).between(first, last + timedelta(days=1))
        return sorted(found, key=lambda event: (str(event.start), str(event.get("SUMMARY", ""))))
    except (ValueError, TypeError, LookupError, AttributeError, icalendar.error.InvalidCalendar) as error:
        raise UnreadableError(str(error) or "it is no iCalendar file") from error
