"""Text from a user's file made safe to show: what a terminal would obey or hide becomes visible."""

from __future__ import annotations

from unicodedata import category, east_asian_width

# Controls, formats (bidi marks, zero-width joiners), surrogates, unassigned, line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})


def visible(text: str) -> str:
    r"""The text on one line, nothing in it hidden: a tab is `\t`, an escape `\x1b`, a bidi mark `\u202e`."""
    return text if text.isprintable() else "".join(map(_shown, text))


def cells(text: str) -> list[tuple[str, int]]:
    """Each character as it is shown, and how many columns that takes; a tab becomes four spaces."""
    if text.isascii() and text.isprintable():
        return [(character, 1) for character in text]
    return [("    ", 4) if character == "\t" else _cell(character) for character in text]


def count(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(character: str) -> str:
    if category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _cell(character: str) -> tuple[str, int]:
    if category(character) in _MARKS:
        return character, 0
    shown = _shown(character)
    return shown, 2 if east_asian_width(shown[0]) in "WF" else len(shown)
