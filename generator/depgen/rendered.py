"""Rendered files back as objects, as a cluster reads them. Equal parts are one and the same: nobody may write into them.

What the templates and `yamltext` write is a small part of YAML: mappings and lists as blocks, and on each line one key,
one scalar or the start of a block text (`|`). That is read here, a line at a time; what a scalar means is asked of PyYAML
wherever it is not plain to see, once for all that are written alike. A file with any other line, or with a line in any
other place, is left to PyYAML as a whole. Measured on 200 nodes, half a MiB: a third of the instructions that CSafeLoader
and a search for equal parts take, because those call Python several times for each scalar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern
from typing import Any

import yaml

_PLAIN = r"[A-Za-z0-9_/][A-Za-z0-9_./-]*"
_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
# A YAML reader need not look further than 1,024 characters for the colon.
_KEY = r'[A-Za-z0-9_/][A-Za-z0-9_./-]{0,400}|"(?:[^"\\\n]|\\.){0,400}"'
# What YAML has no other use for than as a text.
_TEXT = re.compile(r"(?!(?i:true|false|yes|no|on|off|null)$)[A-Za-z_/].*")
# The first line is not empty, and says how far all of it is indented.
_BLOCK = r"\|\n(?P<margin> +)[^ \n].*(?:\n+(?P=margin).*)*"
_SCALAR = rf"-?{_PLAIN}|{_QUOTED}|{_BLOCK}|\{{\}}|\[\]"
# Indentation, dashes, key, scalar, margin. The last choice is all that is left where a line is none of these.
_LINE = re.compile(rf"( *)((?:- )*)(?:({_KEY}):(?: (?=[^ \n])|(?=\n)))?({_SCALAR}|)\n+|(?s:.+)")
_COMMENTS = re.compile(r"(?:#.*\n)*")


def objects(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Every object of the files."""
    scalars, known = _Scalars(), dict[Any, Any]()
    return [thing for text in texts for thing in _documents(text, scalars, known) if thing]


class _OtherError(Exception):
    """A line that is not read here."""


class _Scalars(dict[str, Any]):
    """Keys and scalars as they are written -> what they mean."""

    def __missing__(self, written: str) -> Any:
        meant = _meant(written)
        self[written] = intern(meant) if isinstance(meant, str) else meant
        return self[written]


def _meant(written: str) -> Any:
    if written.startswith("|"):
        lines = written.removeprefix("|\n")
        margin = " " * (len(lines) - len(lines.lstrip(" ")))
        return lines.removeprefix(margin).replace(f"\n{margin}", "\n").rstrip("\n") + "\n"
    if written.startswith('"') and "\\" not in written:
        return written[1:-1]
    if _TEXT.fullmatch(written):
        return written
    (meant,) = _of_yaml(written)
    return meant


def _of_yaml(text: str) -> list[Any]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


def _documents(text: str, scalars: _Scalars, known: dict[Any, Any]) -> list[Any]:
    # Other line breaks than \n are not printable.
    if text.endswith("\n") and text.replace("\n", "").isprintable():
        try:
            return [_Document(f"{part}\n", scalars, known).read() for part in text[:-1].split("\n---\n")]
        except _OtherError:
            pass
    return _of_yaml(text)


class _Document:
    """Its methods begin at line `_at`, and end after what they read.

    That stands at `column`. On its first line `skipped` dashes are before it, each of which begins an item of a list.
    """

    def __init__(self, text: str, scalars: _Scalars, known: dict[Any, Any]) -> None:
        comments = _COMMENTS.match(text)
        start = comments.end() if comments else 0
        self._lines = [
            (len(indent), len(dashes) // 2, key, scalar, len(margin))
            for indent, dashes, key, scalar, margin in _LINE.findall(text, start)
        ]
        self._lines.append((-1, 0, "", "", 0))
        self._at = 0
        self._scalars = scalars
        self._known = known

    def read(self) -> Any:
        """All of it: a line that is no part of the value before it is none of the values around that either."""
        value = self._value(self._lines[0][0], 0)
        if self._at != len(self._lines) - 1:
            raise _OtherError
        return value

    def _value(self, column: int, skipped: int) -> Any:
        _, dashes, key, scalar, margin = self._lines[self._at]
        if dashes > skipped:
            return self._list(column, skipped)
        if key:
            return self._mapping(column, skipped)
        if not scalar or 0 < margin <= column:
            raise _OtherError
        self._at += 1
        return self._scalars[scalar]

    def _list(self, column: int, skipped: int) -> Any:
        found = [self._value(column + 2, skipped + 1)]
        while self._lines[self._at][0] == column and self._lines[self._at][1]:
            found.append(self._value(column + 2, 1))
        return self._known.setdefault(tuple(map(id, found)), found)

    def _mapping(self, column: int, skipped: int) -> Any:
        found = {}
        lines, scalars = self._lines, self._scalars
        line = lines[self._at]
        while True:
            _, dashes, key, scalar, margin = line
            if not key or dashes > skipped or 0 < margin <= column:
                raise _OtherError
            self._at += 1
            line = lines[self._at]
            if scalar:
                found[scalars[key]] = scalars[scalar]
            elif line[0] > column:
                found[scalars[key]] = self._value(line[0], 0)
                line = lines[self._at]
            else:
                raise _OtherError
            if line[0] != column:
                break
            skipped = 0
        return self._known.setdefault((dict, *map(id, found), *map(id, found.values())), found)
