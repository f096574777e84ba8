"""A file's data with the place of every part of it.

The positions are not in the data, nor in a tree beside it, but in one array of character indices in the order
of the text; a position is found by walking that array along the data when it is asked for. For a graph of
10,000 nodes the array has 1.2 MB, where PyYAML's nodes take 90 MiB; 1,000 positions cost 0.04 s.
"""

from __future__ import annotations

from array import array
from typing import TypeAlias

from depgen.diagnostics import Position, Route
from depgen.filetext import FileText
from depgen.scalars import Scalar

Data: TypeAlias = "Scalar | list[Data] | dict[str, Data]"
Entries: TypeAlias = "dict[str | int, tuple[int, Data]]"


class Document:
    """A file's data and where each part of it stands. Its data is read only: positions follow its order.

    An array entry is a start for a scalar, and a start and the entry's end for a list or a map; a map has its
    keys and values in turn.
    """

    def __init__(self, text: FileText, data: Data, marks: array[int]) -> None:
        self.path = text.path
        self.data = data
        self._text = text
        self._marks = marks
        self._entries_at: dict[int, Entries] = {}

    def position(self, place_route: Route, at_key: bool = False) -> Position:
        """The spot of a value, or of its key; of the nearest ancestor that exists if the route does not."""
        data, entry, key_entry = self.data, 0, 0
        for step in place_route:
            if not isinstance(data, dict | list) or step not in (entries := self._entries(data, entry)):
                break
            is_map = isinstance(data, dict)
            entry, data = entries[step]
            key_entry = entry - 1 if is_map else entry
        spot = key_entry if at_key else entry
        return self._text.position(self._marks[spot] if self._marks else 0)

    def source_line(self, line: int) -> str:
        """The text of a line (1-based), without its end."""
        return self._text.line(line)

    def _entries(self, data: list[Data] | dict[str, Data], entry: int) -> Entries:
        """`value_entries`, once for each list or map: one may have 10,000 of them and 1,000 findings."""
        entries = self._entries_at.get(entry)
        if entries is None:
            entries = self._entries_at[entry] = value_entries(data, self._marks, entry)
        return entries


def value_entries(data: list[Data] | dict[str, Data], marks: array[int], entry: int) -> Entries:
    """Each value of a list or a map by its step, with its entry."""
    entries: Entries = {}
    keys = 1 if isinstance(data, dict) else 0
    at = entry + 2
    for step, value in data.items() if isinstance(data, dict) else enumerate(data):
        at += keys
        entries[step] = at, value
        at = marks[at + 1] if isinstance(value, dict | list) else at + 1
    return entries
