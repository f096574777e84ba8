"""The text of one input file: characters, lines and positions, for any bytes at all.

Lines end where editors end them (LF, CR LF, CR), not where YAML 1.1 does (also U+0085, U+2028, U+2029): those
three are refused, because YAML 1.2 readers see no line break there. A refused character is shown and parsed
as U+FFFD, so that one bad byte does not hide the other findings and never reaches a terminal.
"""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_right
from functools import cache, cached_property

from depgen.diagnostics import Diagnostic, Position

_LINE_END = re.compile(r"\r\n|\n|\r")
_ASCII_TEXT = b"\t\n\r" + bytes(range(0x20, 0x7F))
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@cache
def _refused() -> re.Pattern[str]:
    """What is none of YAML's printable characters, without its byte order mark and without the line breaks of YAML 1.1 only.

    Not made on import: it takes longer than all of a small file, and most files are ASCII.
    """
    return re.compile(
        "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    )


class FileText:
    """A file's text by character index (0-based, after a byte order mark) and by line (1-based)."""

    def __init__(self, path: str, raw: bytes) -> None:
        self.path = path
        self._raw = raw

    @cached_property
    def characters(self) -> str:
        """The characters, each one that is refused replaced by U+FFFD."""
        return self._decoded if self._is_plain_ascii else _refused().sub("\ufffd", self._decoded)

    def position(self, index: int) -> Position:
        """Line and column of a character; an index past the end is the spot after the last character."""
        line = bisect_right(self._line_starts, index)
        return Position(self.path, line, index - self._line_starts[line - 1] + 1)

    def line(self, line: int) -> str:
        """The text of a line without its end; empty if there is no such line."""
        starts = self._line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] if line < len(starts) else len(self.characters)
        return self.characters[starts[line - 1] : end].rstrip("\r\n")

    def encoding_findings(self) -> tuple[list[Diagnostic], bool]:
        """What keeps the bytes from being text, and whether it is text enough to be parsed."""
        for mark, encoding in _OTHER_ENCODINGS:
            if self._raw.startswith(mark):
                return [self._finding(0, f"the file is {encoding}, not UTF-8", "save it as UTF-8")], False
        if self._is_plain_ascii:
            return [], True
        if (nul := self._decoded.find("\0")) >= 0:
            return [
                self._finding(nul, "the file is not text: it holds a NUL", "save it as UTF-8 text")
            ], False
        return self._undecodable() + self._refused(), True

    def _undecodable(self) -> list[Diagnostic]:
        """The first byte that is not UTF-8; the ones after it have the same cause, a wrong encoding."""
        try:
            self._raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raw = error.object  # without the byte order mark
            index = len(raw[: error.start].decode())
            return [
                self._finding(index, f"byte 0x{raw[error.start]:02X} is not UTF-8", "save the file as UTF-8")
            ]
        return []

    def _refused(self) -> list[Diagnostic]:
        """Each refused character once, at its first place: a binary file must not make a million findings."""
        return [self._refused_character(character) for character in set(_refused().findall(self._decoded))]

    def _refused_character(self, character: str) -> Diagnostic:
        code = ord(character)
        count = self._decoded.count(character)
        times = "" if count == 1 else f" (here and {count - 1} more)"
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        hint = f'remove it, or write {escape} inside "double quotes"'
        index = self._decoded.index(character)
        return self._finding(index, f"the character U+{code:04X} cannot stand in YAML{times}", hint)

    def _finding(self, index: int, message: str, hint: str) -> Diagnostic:
        return Diagnostic(self.position(index), "encoding", message, hint)

    @cached_property
    def _is_plain_ascii(self) -> bool:
        # The common case, decided without a look at every character.
        return self._raw.isascii() and not self._raw.translate(None, _ASCII_TEXT)

    @cached_property
    def _decoded(self) -> str:
        return self._raw.decode("utf-8-sig", errors="replace")

    @cached_property
    def _line_starts(self) -> array[int]:
        starts = array("I", (0,))
        starts.extend(match.end() for match in _LINE_END.finditer(self.characters))
        return starts
