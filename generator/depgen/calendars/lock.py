"""The file `calendars.lock`: the days that countries and iCalendar files stood for when somebody asked for them.

A build reads it and nothing else, so that a new version of a package or a file that somebody changed never changes a
graph by the way. It is YAML, sorted, a day a line, to be kept and reviewed with the graph; the digest is that of what
the graph and its iCalendar files said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from depgen import yamltext
from depgen.calendars.definition import LISTS, Definition, beside
from depgen.filetext import FileText

LOCK = "calendars.lock"
_VERSION = 1
_HEADER = "# Written by depgen calendars lock. Change the graph and run it again, not this file.\n"

Days = Mapping[date, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one calendar looks up: days with their names, from the first to the last day they were looked up for."""

    digest: str
    first: date
    last: date
    holidays: Days
    extra: Days


Lock = Mapping[str, Entry]


class LockError(Exception):
    """The file is not as depgen writes it."""


def entry_name(definition: Definition, environment: str = "") -> str:
    """What a calendar is called in the lock, which all graphs of a folder share."""
    return f"{definition.graph}/{definition.name}{'@' if environment else ''}{environment}"


def found_in(lock: Lock, definition: Definition, wanted: str) -> Entry | None:
    """The entry of a calendar: that with the `wanted` digest in whatever environment, else an older one."""
    name = entry_name(definition)
    own = [lock[other] for other in sorted(lock) if other.partition("@")[0] == name]
    return next((entry for entry in own if entry.digest == wanted), own[0] if own else None)


def digest(definition: Definition, files: Mapping[str, FileText]) -> str:
    """What the looked-up days depend on, but for the packages that know them."""
    parts: list[Any] = [str(definition.valid_through)]
    for looked in (definition.holidays.looked, definition.extra.looked):
        sums = [_sum(files.get(beside(definition.path, item.path))) if item.path else "" for item in looked]
        parts.append([[*item, content] for item, content in zip(looked, sums, strict=True)])
    return f"sha256:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


def _sum(text: FileText | None) -> str:
    return hashlib.sha256(text.characters.encode()).hexdigest() if text else ""


def written(lock: Lock) -> str:
    """The text of the file."""
    entries = {name: _data(lock[name]) for name in sorted(lock)}
    return f"{_HEADER}{yamltext.fields({'version': _VERSION, 'calendars': entries}, 0)}\n"


def _data(entry: Entry) -> dict[str, object]:
    days = {"holidays": entry.holidays, "extra": entry.extra}
    lists = {name: {str(day): given[day] for day in sorted(given)} for name, given in days.items() if given}
    return {"digest": entry.digest, "from": str(entry.first), "through": str(entry.last), **lists}


def read(text: FileText) -> Lock:
    """The entries of the file; LockError if it is not as `written` makes it."""
    try:
        data = yaml.load(text.characters, Loader=yaml.CSafeLoader)
        if data["version"] != _VERSION:
            raise LockError
        return {str(name): _entry(given) for name, given in data["calendars"].items()}
    except (yaml.YAMLError, RecursionError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise LockError from error


def _entry(data: Mapping[str, Any]) -> Entry:
    lists = {
        name: {date.fromisoformat(day): str(said) for day, said in data.get(name, {}).items()}
        for name in LISTS
    }
    first, last = date.fromisoformat(data["from"]), date.fromisoformat(data["through"])
    return Entry(str(data["digest"]), first, last, **lists)
