"""Program texts, shared by line: of two thousand programs most lines are the same but for the node's name.

A line is in the table once, with U+0001 where it has the name of the node it is of; a text is a list of numbers.
"""

from __future__ import annotations

import re

NAME = "\x01"


class Lines:
    """The table, as it grows."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def table(self) -> list[str]:
        """The lines by number."""
        return list(self._numbers)

    def code(self, text: str, name: str) -> list[int]:
        """A text by the numbers of its lines; `name` is the node it is of, "" if it is of several."""
        if name:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", NAME, text)
        lines = text.rstrip("\n").split("\n")
        return [self._numbers.setdefault(line, len(self._numbers)) for line in lines]
