"""jq programs with the texts of their strings apart, so that programs that differ in names only can be told to be alike.

The programs of a graph's nodes do. Compiling one takes milliseconds and some hundred kilobytes, so that thousands have to
share what they have in common. A shape is a program too: each text is `\\($depgen_literals[0])`, which is the same to jq
wherever a string may stand but behind a format such as `@base64`; those strings are left as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from sys import intern

LITERALS = "$depgen_literals"
_CODE = re.compile(r'([^"#]*+)(["#]?)')
_INSERTED = re.compile(r'([^"()#]*+)(["()#]?)')
_PIECE = re.compile(r'((?:[^"\\]++|\\[^(])*+)("|\\\(|)', re.DOTALL)
_FORMAT = re.compile(r"@\w+\s*$")
_LIFTED = re.compile(re.escape(f"\\({LITERALS}[") + r"(\d+)\]\)")
# What a program compares the type of an event with, and what words are parted by: whoever reads a shape wants to see these.
_LEFT_ALONE = ("ADD", "UPDATE", "DELETE", " ")
# The statuses of edges: that two edges ask for the same one does not make a program another.
_EACH_APART = ("success", "failure", "done")


def with_variable(shape: str, pieces: Sequence[str], numbers: Collection[int]) -> str:
    """The program of a shape with only these literals apart, the others where they were."""

    def piece(match: re.Match[str]) -> str:
        number = int(match[1])
        return match[0] if number in numbers else pieces[number]

    return _LIFTED.sub(piece, shape)


def differences(pieces: Sequence[str], others: Sequence[str]) -> set[int]:
    """The numbers of the literals in which two programs of the same shape differ."""
    if pieces is others:
        return set()
    return {number for number, (mine, its) in enumerate(zip(pieces, others, strict=True)) if mine != its}


class Shape:
    """`text` is the program with numbers for its literals; `pieces` are these as they are written in jq.

    Raises ValueError for a literal that may be none in JSON: jq allows line breaks in a text.
    """

    __slots__ = ("_found", "_inside", "_numbers", "_parts", "pieces", "text")

    def __init__(self, program: str) -> None:
        self._parts: list[str] = []
        self._found: list[str] = []
        self._numbers: dict[str, int] = {}
        self._inside: list[bool] = []  # for each "(" that is open within a string, whether it is the string's
        self._read(program)
        # Of ten thousand programs nearly all is the same: it is kept once, and what reading took is not kept.
        self.text = intern("".join(self._parts))
        self.pieces = tuple(map(intern, self._found))
        del self._parts, self._found, self._numbers, self._inside
        if not all(map(str.isprintable, self.pieces)):
            raise ValueError("a literal with a control character")

    @property
    def literals(self) -> tuple[str, ...]:
        """The texts."""
        return tuple(map(self.literal, range(len(self.pieces))))

    def literal(self, number: int) -> str:
        """One of the texts."""
        piece = self.pieces[number]
        text: str = json.loads(f'"{piece}"') if "\\" in piece else piece
        return text

    def filled(self, parts: Sequence[str | int]) -> str:
        """A text of pieces, of which a number is the literal of that number."""
        return "".join(self.literal(part) if isinstance(part, int) else part for part in parts)

    def _read(self, program: str) -> None:
        place = 0
        while place < len(program):
            match = (_INSERTED if self._inside else _CODE).match(program, place)
            assert match is not None
            place = match.end()
            code, symbol = match.groups()
            if symbol == "#":
                self._parts.append(code)
                newline = program.find("\n", place)
                place = newline if newline >= 0 else len(program)
                continue
            self._parts += code, symbol
            if symbol == '"':
                place = self._string(program, place, "@" not in code or _FORMAT.search(code) is None)
            elif symbol == "(":
                self._inside.append(False)
            elif symbol == ")" and self._inside and self._inside.pop():
                place = self._string(program, place, True)

    def _string(self, program: str, place: int, is_lifted: bool) -> int:
        """A string from a place on, up to its end or its next interpolation; the place after that."""
        match = _PIECE.match(program, place)
        assert match is not None
        piece, symbol = match.groups()
        if piece and is_lifted and piece not in _LEFT_ALONE:
            piece = f"\\({LITERALS}[{self._number(piece)}])"
        self._parts += piece, symbol
        if symbol != '"':
            self._inside.append(True)
        return match.end()

    def _number(self, piece: str) -> int:
        """Of a text, which is the same wherever it stands."""
        number = None if piece in _EACH_APART else self._numbers.get(piece)
        if number is None:
            number = self._numbers[piece] = len(self._found)
            self._found.append(piece)
        return number
