"""Command lines of depgen in the documentation, and whether the real command line takes them.

A line of a block, fenced or indented, is whole: it has to parse, options, choices and arguments. In a sentence there
are pieces such as `depgen check --window`, of which only the options have to exist. Nothing is run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from depgen.cli import COMMANDS, CommandTable

_FENCE = re.compile(r"^ *```\w*\n.*?^ *```$", re.DOTALL | re.MULTILINE)
_SHOWN = re.compile(r"^(?:\$| *-| *run:) (?P<line>.*\bdepgen .*)$", re.MULTILINE)
_INDENTED = re.compile(r"^ {4,}(?P<line>(?:[^#\n`]*\s)?depgen .*)$", re.MULTILINE)
_MARKED = re.compile(r"^<!-- (?:run|step|cluster|shop \w+ [\d:+d]+): (?P<line>.*?) -->$", re.MULTILINE)
_PIECE = re.compile(r"`(?P<line>depgen [^`]+)`")
_OPERATOR = re.compile(r"[|&;<>()]+|\d>|&>")
_USAGE: Any = typer.BadParameter.__mro__[1]  # UsageError, wherever this version of Typer keeps it


@dataclass(frozen=True)
class CommandLine:
    """One call of depgen: the words after its name; `is_whole` if none is left out."""

    path: Path
    line: int
    words: tuple[str, ...]
    is_whole: bool

    def problem(self) -> str:
        """What depgen would object to, empty if it would go on."""
        name, *rest = self.words
        if name not in COMMANDS:
            return "" if name.startswith("-") or not self.is_whole else f"no command {name}"
        try:
            _parse(CommandTable(name="depgen").get_command(None, name), name, rest)
        except _USAGE as error:
            if self.is_whole or type(error).__name__ == "NoSuchOption":
                return str(error.format_message())
        return ""


def command_lines(path: Path) -> Iterator[CommandLine]:
    """Those of one page, by line."""
    text = path.read_text(encoding="utf-8")
    prose = _FENCE.sub(lambda match: re.sub(r"[^\n]", "", match[0]), text)
    fenced = "\n".join(
        "" if kept else line for line, kept in zip(text.split("\n"), prose.split("\n"), strict=True)
    )
    for pattern, searched, is_whole in (
        (_SHOWN, fenced, True),
        (_INDENTED, prose, True),
        (_MARKED, text, True),
        (_PIECE, prose, False),
    ):
        for match in pattern.finditer(searched):
            line = searched.count("\n", 0, match.start()) + 1
            for words in _calls(match["line"].replace("\n", " ")):
                yield CommandLine(path, line, words, is_whole)


def _calls(line: str) -> Iterator[tuple[str, ...]]:
    """The words after each `depgen` that is called in a line of shell, but for `depgen "$@"` in a function."""
    tokens = shlex.shlex(line, posix=True, punctuation_chars=True)
    tokens.whitespace_split = True
    words: list[str] = []
    for token in [*tokens, ";"]:
        if not _OPERATOR.fullmatch(token):
            words.append(token)
            continue
        after = words[words.index("depgen") + 1 :] if "depgen" in words else []
        if after and after[0] != "$@":
            yield tuple(after)
        words = []


def _parse(command: Any, name: str, words: Sequence[str]) -> None:
    """Raises a UsageError for what the command does not take; of a command with commands, the one that is named."""
    context = command.make_context(name, list(words))
    if hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        if rest:
            inner, found, further = command.resolve_command(context, rest)
            _parse(found, inner, further)
