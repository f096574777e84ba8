"""The locks of calendars as they should be: one in each folder with graphs whose calendars have to be looked up.

A lock serves all graphs of its folder, in every environment. What it says of graphs that were not given stays, so that
they can be locked one by one.
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import NamedTuple, cast

from depgen import environments
from depgen.calendars import LOCK
from depgen.calendars.definition import Definition, beside, definitions
from depgen.calendars.expand import expanded
from depgen.calendars.lock import Entry, Lock, LockError, entry_name, read, written
from depgen.diagnostics import Diagnostic, Finding
from depgen.document import Document
from depgen.filetext import FileText
from depgen.locating import located
from depgen.pipeline import Loaded
from depgen.structure import validate


class Change(NamedTuple):
    """A lock's path and its text before (None: there is none) and after (None: none is needed)."""

    path: str
    before: str | None
    after: str | None

    @property
    def is_needed(self) -> bool:
        """Whether something has to be done."""
        return self.before != self.after


def locks(loaded: Loaded, today: date) -> tuple[list[Change], tuple[Finding, ...]]:
    """What is to be written, sorted by path; nothing if there are findings.

    Looks calendars up, so the packages for it have to be there: InputError says which is not.
    """
    found = [*loaded.problems, *(problem for d in loaded.documents.values() for problem in validate(d))]
    if not found:
        made = _Locks(loaded, today)
        changes = made.changes()
        if not made.found:
            return changes, ()
        found = made.found
    return [], located(found, loaded)


class _Locks:
    """Looks up the calendars of all graphs in all their environments; findings are collected."""

    def __init__(self, loaded: Loaded, today: date) -> None:
        self.loaded = loaded
        self.today = today
        self.found: list[Diagnostic] = []
        self.graphs = {_graph(document) for document in loaded.documents.values()}
        self.old = {path: _read(text) for path, text in loaded.companions.items() if _is_lock(path)}

    def changes(self) -> list[Change]:
        new: dict[str, dict[str, Entry]] = {beside(path, LOCK): {} for path in sorted(self.loaded.documents)}
        for environment in ("", *environments.names(self.loaded.documents)):
            for definition in self.definitions(environment):
                self.look_up(definition, environment, new[beside(definition.path, LOCK)])
        return [self.change(path, entries) for path, entries in sorted(new.items())]

    def definitions(self, environment: str) -> list[Definition]:
        documents, problems = environments.laid(self.loaded.documents, environment, frozenset())
        self.found += problems
        by_graph: dict[str, list[Document]] = {}
        for path in sorted(documents):
            by_graph.setdefault(_graph(documents[path]), []).append(documents[path])
        companions = self.loaded.companions
        return [
            definition
            for members in by_graph.values()
            for definition in definitions(members, companions, self.found).values()
        ]

    def look_up(self, definition: Definition, environment: str, entries: dict[str, Entry]) -> None:
        old = self.old.get(beside(definition.path, LOCK), {})
        made, problems = expanded([definition], self.loaded.companions, old, self.today)
        self.found += problems
        for name, entry in made.items():
            if entries.get(name) != entry:
                entries[entry_name(definition, environment)] = entry

    def change(self, path: str, entries: dict[str, Entry]) -> Change:
        text = self.loaded.companions.get(path)
        others = {
            name: entry
            for name, entry in self.old.get(path, {}).items()
            if name.partition("/")[0] not in self.graphs
        }
        after = written({**others, **entries}) if others or entries else None
        return Change(path, text.characters if text else None, after)


def _graph(document: Document) -> str:
    return cast(dict[str, str], document.data)["graph"]


def _is_lock(path: str) -> bool:
    return PurePath(path).name == LOCK


def _read(text: FileText) -> Lock:
    """A damaged lock is written anew."""
    try:
        return read(text)
    except LockError:
        return {}
