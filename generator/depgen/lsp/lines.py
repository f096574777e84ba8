"""Characters of a text as positions of an editor, and back.

An editor counts lines from 0, ends them where YAML 1.2 does, and counts columns in units of an encoding, by default UTF-16:
there an emoji has two. Everything else in depgen counts characters.
"""

from __future__ import annotations

from bisect import bisect_right

from lsprotocol.types import Position, PositionEncodingKind, Range

from depgen.fixing.tree import LINE_END

_WIDTHS = {PositionEncodingKind.Utf8: ("utf-8", 1), PositionEncodingKind.Utf32: ("utf-32-le", 4)}


class Lines:
    """The lines of one text, for a client that counts in `encoding`."""

    def __init__(self, text: str, encoding: str = PositionEncodingKind.Utf16) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in LINE_END.finditer(text))]
        self._ends = [*(found.start() for found in LINE_END.finditer(text)), len(text)]
        self._codec, self._width = _WIDTHS.get(PositionEncodingKind(encoding), ("utf-16-le", 2))

    def index(self, position: Position) -> int:
        """The character at a position; of one behind the end of its line or of the text, that end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[position.line], self._ends[position.line]
        units = self.text[start:end].encode(self._codec, "surrogatepass")[: position.character * self._width]
        return start + len(units.decode(self._codec, "ignore"))

    def position(self, index: int) -> Position:
        """The position of a character."""
        line = bisect_right(self._starts, index) - 1
        before = self.text[self._starts[line] : index]
        return Position(line, len(before.encode(self._codec, "surrogatepass")) // self._width)

    def range(self, start: int, end: int) -> Range:
        """The characters from `start` up to `end`."""
        return Range(self.position(start), self.position(end))

    def line_end(self, index: int) -> int:
        """Where the line of a character ends, without its line break."""
        return self._ends[bisect_right(self._starts, index) - 1]

    def at(self, line: int, column: int) -> int:
        """The character at a line and column as findings have them, from 1."""
        if line > len(self._starts):
            return len(self.text)
        return min(self._starts[line - 1] + column - 1, self._ends[line - 1])
