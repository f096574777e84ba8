"""Looks up what countries and iCalendar files mean, for the lock: the part of calendars that no build runs.

The first day of an entry stays what it was when the entry was first written, so that the same graph gives the same
lock next year: a backfill may still ask about the past. A new entry begins a year before it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from depgen.calendars.definition import Definition, Listed, beside
from depgen.calendars.lock import Entry, Lock, digest, entry_name
from depgen.diagnostics import Diagnostic, Place
from depgen.filetext import FileText


def expanded(
    definitions: Iterable[Definition], files: Mapping[str, FileText], old: Lock, today: date
) -> tuple[dict[str, Entry], list[Diagnostic]]:
    """The entries of a lock for these calendars, all of one folder, and what could not be looked up."""
    found: list[Diagnostic] = []
    entries = {}
    for definition in definitions:
        if definition.has_lock and definition.valid_through:
            name = entry_name(definition)
            first = old[name].first if name in old else date(today.year - 1, 1, 1)
            entries[name] = _Look(definition, files, found).entry(first, definition.valid_through)
    return entries, found


class _Look:
    """Looks one calendar up; findings go to the list it was made with."""

    def __init__(
        self, definition: Definition, files: Mapping[str, FileText], found: list[Diagnostic]
    ) -> None:
        self.definition = definition
        self.files = files
        self.found = found

    def entry(self, first: date, last: date) -> Entry:
        return Entry(
            digest(self.definition, self.files),
            first,
            last,
            self.days("holidays", self.definition.holidays, first, last),
            self.days("extra", self.definition.extra, first, last),
        )

    def days(self, field: str, listed: Listed, first: date, last: date) -> dict[date, str]:
        from depgen.calendars import country, ical

        days: dict[date, str] = {}
        for item in listed.looked:
            try:
                if item.path:
                    text = self.files[beside(self.definition.path, item.path)]
                    more = ical.days_of(text.characters, first, last)
                else:
                    more = country.holidays_of(item, first, last)
            except ical.UnreadableError as error:
                self.report(field, "calendar-file", f"cannot read {item.path}: {error}", "correct the file")
                continue
            except country.UnknownPlaceError as error:
                self.report(field, "calendar-file", str(error), "write an ISO 3166 code such as FR or DE")
                continue
            for day, name in more.items():
                days.setdefault(day, name)
        return days

    def report(self, field: str, rule: str, message: str, hint: str) -> None:
        place = Place(self.definition.path, (*self.definition.place.route, field))
        self.found.append(Diagnostic(place, rule, message, hint))
