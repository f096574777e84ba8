"""What a graph file says of a calendar, before countries and iCalendar files are looked up.

Dates and text files are read as they are. The rest, which takes a package and can change under the graph, is left as
`Looked`: only the lock says what days it means. A path belongs to the folder of the file that names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Literal, NamedTuple, cast

from depgen.calendars.calendar import WEEK
from depgen.calendars.dates import dates_in, is_date
from depgen.diagnostics import Diagnostic, Place
from depgen.document import Document
from depgen.filetext import FileText
from depgen.phrases import quoted

LISTS: tuple[Literal["holidays", "extra"], ...] = ("holidays", "extra")


class Looked(NamedTuple):
    """What has to be looked up: the holidays of a country, or (`path`) an iCalendar file."""

    country: str = ""
    subdivision: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """The parts of one list of days."""

    dates: tuple[date, ...] = ()
    looked: tuple[Looked, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """One calendar of one graph as it is written. `path` is the file that it stands in."""

    graph: str
    name: str
    place: Place
    days: tuple[int, ...]
    holidays: Listed
    extra: Listed
    valid_through: date | None

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.place.path

    @property
    def has_lock(self) -> bool:
        """Whether some of its days are in the lock."""
        return bool(self.holidays.looked or self.extra.looked)

    @property
    def last(self) -> date | None:
        """The last day that its lists are known for: the end of the year of the last date unless it says so."""
        listed = (*self.holidays.dates, *self.extra.dates)
        return self.valid_through or (date(max(listed).year, 12, 31) if listed else None)


def beside(path: str, name: str) -> str:
    """The path of a file that `path` names."""
    return str(PurePath(path).parent / name)


def written_in(data: Any) -> Iterator[dict[str, Any]]:
    """Every calendar of a file, those that its environments lay over them among them; total on any data."""
    given = data if isinstance(data, dict) else {}
    environments = given.get("environments")
    for layer in (given, *(environments.values() if isinstance(environments, dict) else ())):
        calendars = layer.get("calendars") if isinstance(layer, dict) else None
        for calendar in calendars.values() if isinstance(calendars, dict) else ():
            if isinstance(calendar, dict):
                yield calendar


def files_of(path: str, calendar: dict[str, Any]) -> Iterator[str]:
    """The paths of the files that a calendar in the file `path` names and may name; total on any data."""
    for field in LISTS:
        for item in _items(calendar.get(field)):
            if isinstance(item, str) and not is_date(item) and _is_inside(item):
                yield beside(path, item)


def definitions(
    documents: Sequence[Document], files: Mapping[str, FileText], found: list[Diagnostic]
) -> dict[str, Definition]:
    """The calendars of one graph by name; `documents` fit the schema. What is wrong goes to `found`."""
    first: dict[str, tuple[Definition, Any]] = {}
    for document in documents:
        data = cast(dict[str, Any], document.data)
        for name, given in data.get("calendars", {}).items():
            place = Place(document.path, ("calendars", name), at_key=True)
            if name not in first:
                reader = _Reader(Place(document.path, place.route), files, found)
                first[name] = reader.definition(data["graph"], name, given), given
            elif first[name][1] != given:
                found.append(_disagreement(place, first[name][0], data["graph"]))
    return {name: first[name][0] for name in sorted(first)}


def _disagreement(place: Place, other: Definition, graph: str) -> Diagnostic:
    return Diagnostic(
        place,
        "files-disagree",
        f'calendar "{other.name}" is not the same here and in another file of graph "{graph}"',
        "write it in one of them only",
        related=((Place(other.path, other.place.route, at_key=True), "the other one"),),
    )


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_inside(name: str) -> bool:
    """Whether a path leads to no place above the folder that it starts from."""
    path = PurePath(name)
    return not path.is_absolute() and ".." not in path.parts


class _Reader:
    """Reads one calendar; findings go to the list it was made with."""

    def __init__(self, place: Place, files: Mapping[str, FileText], found: list[Diagnostic]) -> None:
        self.place = place
        self.files = files
        self.found = found

    def definition(self, graph: str, name: str, data: dict[str, Any]) -> Definition:
        lists = {field: self.listed(field, data.get(field)) for field in LISTS}
        end = data.get("validThrough")
        made = Definition(
            graph=graph,
            name=name,
            place=self.place,
            days=tuple(sorted(WEEK.index(day) for day in data.get("days", WEEK))),
            valid_through=self.date(("validThrough",), end) if end else None,
            **lists,
        )
        if made.has_lock and not end:
            hint = 'say through which day they are looked up, as in validThrough: "2030-12-31"'
            self.report((), "missing-field", f'calendar "{name}" has no "validThrough"', hint)
        return made

    def listed(self, field: str, value: Any) -> Listed:
        dates: list[date] = []
        looked: list[Looked] = []
        for index, item in enumerate(_items(value)):
            route = (field, index) if isinstance(value, list) else (field,)
            if isinstance(item, dict):
                looked.append(Looked(item["country"], item.get("subdivision", "")))
            elif is_date(item):
                day = self.date(route, item)
                dates += [day] if day else []
            elif (text := self.file(route, item)) is not None:
                if item.endswith(".ics"):
                    looked.append(Looked(path=item))
                else:
                    dates += dates_in(text, self.found)
        return Listed(tuple(sorted(set(dates))), tuple(sorted(set(looked))))

    def file(self, route: tuple[str | int, ...], name: str) -> FileText | None:
        text = self.files.get(beside(self.place.path, name)) if _is_inside(name) else None
        if text is None:
            message = f"there is no file {quoted(name)} beside the graph"
            hint = "a path starts at the file that names it, and leads nowhere above or out of its folder"
            self.report(route, "calendar-file", message, hint)
        return text

    def date(self, route: tuple[str | int, ...], text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.report(route, "bad-date", f'"{text}" is a date that does not exist', "correct it")
            return None

    def report(self, route: tuple[str | int, ...], rule: str, message: str, hint: str) -> None:
        place = Place(self.place.path, (*self.place.route, *route), at_key=not route)
        self.found.append(Diagnostic(place, rule, message, hint))
