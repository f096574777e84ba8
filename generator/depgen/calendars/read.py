"""From the `calendars` of a graph's files, and the lock beside them, to Calendars.

What a country or an iCalendar file means is in the lock or nowhere: a build never looks it up. A calendar with a mistake
is still made of what could be read, so that nobody is told besides that it does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from depgen.calendars.calendar import WEEK, Calendar, calendar
from depgen.calendars.definition import Definition, beside, definitions, files_of, written_in
from depgen.calendars.lock import LOCK, Entry, LockError, digest, found_in, read
from depgen.diagnostics import Diagnostic, Place
from depgen.document import Document
from depgen.filetext import FileText


def companions(documents: Iterable[Document]) -> list[str]:
    """The paths of the files that calendars want beside the graphs, there or not; total on any data."""
    wanted: set[str] = set()
    for document in documents:
        for given in written_in(document.data):
            wanted |= {beside(document.path, LOCK), *files_of(document.path, given)}
    return sorted(wanted)


def read_calendars(
    documents: Sequence[Document], files: Mapping[str, FileText]
) -> tuple[dict[str, Calendar], list[Diagnostic]]:
    """The calendars of one graph by name, and what is wrong with them.

    `documents` are the files of the graph and fit the schema; `files` holds their companions by path.
    """
    found: list[Diagnostic] = []
    made = definitions(documents, files, found)
    return {name: _calendar(definition, files, found) for name, definition in made.items()}, found


def _calendar(definition: Definition, files: Mapping[str, FileText], found: list[Diagnostic]) -> Calendar:
    # Without an end there is nothing to look up, which is told already.
    entry = _entry(definition, files, found) if definition.has_lock and definition.valid_through else None
    return calendar(
        definition.name,
        definition.days,
        (*definition.holidays.dates, *(entry.holidays if entry else ())),
        (*definition.extra.dates, *(entry.extra if entry else ())),
        definition.last,
        Place(definition.path, definition.place.route, at_key=True),
    )


def _entry(definition: Definition, files: Mapping[str, FileText], found: list[Diagnostic]) -> Entry | None:
    """What the lock says of a calendar; a finding if it is not there, or not what the graph asks for."""
    text = files.get(beside(definition.path, LOCK))
    try:
        entry = found_in(read(text) if text else {}, definition, digest(definition, files))
        problem = _mismatch(definition, files, entry)
    except LockError:
        entry, problem = None, f"{LOCK} is not as depgen writes it"
    if problem:
        place = Place(definition.path, definition.place.route, at_key=True)
        hint = f"run: depgen calendars lock {definition.path}"
        found.append(Diagnostic(place, "calendar-lock", problem, hint))
    return entry


def _mismatch(definition: Definition, files: Mapping[str, FileText], entry: Entry | None) -> str | None:
    if entry is None:
        return f'the days of calendar "{definition.name}" are not in {LOCK}'
    if entry.digest != digest(definition, files):
        return f'calendar "{definition.name}" is not what it was when {LOCK} was written'
    return None


def inlined(data: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> dict[str, Any]:
    """The data of a graph file with its calendars as dates, so that it stands without the files beside it.

    `calendars` are as the chosen environment has them, so what environments say of calendars is left out.
    """
    layers: dict[str, Any] = data.get("environments", {})
    names = dict.fromkeys(name for layer in (data, *layers.values()) for name in layer.get("calendars", ()))
    if not names:
        return dict(data)
    plain = {
        environment: {field: value for field, value in layer.items() if field != "calendars"}
        for environment, layer in layers.items()
    }
    dates = {name: _written_out(calendars[name]) for name in names if name in calendars}
    return {**data, "calendars": dates, **({"environments": plain} if layers else {})}


def _written_out(made: Calendar) -> dict[str, Any]:
    dates = {"holidays": [str(day) for day in made.holidays], "extra": [str(day) for day in made.extra]}
    end = {"validThrough": str(made.valid_through)} if made.valid_through else {}
    return {"days": [WEEK[day] for day in made.days], **{k: v for k, v in dates.items() if v}, **end}
