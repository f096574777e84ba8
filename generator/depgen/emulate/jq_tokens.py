"""The tokens of a jq program, one at a time: the inside of a string is left to whoever reads strings."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?:[ \t\r\n]+|\#[^\n]*)*
    (?:(?P<field>\.[A-Za-z_][A-Za-z0-9_]*)
    |(?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)
    |(?P<format>@[a-z0-9]+)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<symbol>\?//|//=|\.\.|//|\|=|\+=|-=|\*=|/=|%=|==|!=|<=|>=|[][(){}.,:;|=<>+*/%?"-])
    |(?P<end>$))""",
    re.VERBOSE,
)


class UnreadableError(ValueError):
    """Something in the program that is not known here."""


class Tokens:
    """A place in a program; `kind` and `word` are the token at hand, and `place` is behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.kind = self.word = ""
        self.step()

    def step(self) -> None:
        """To the next token."""
        match = _TOKEN.match(self.text, self.place)
        if match is None:
            raise UnreadableError(f"at {self.text[self.place : self.place + 10]!r}")
        self.place = match.end()
        self.kind = str(match.lastgroup)
        self.word = match[self.kind]

    def take(self, *words: str) -> str | None:
        """The token at hand if it is one of these symbols or words."""
        if self.kind in ("symbol", "word", "end") and self.word in words:
            word = self.word
            if self.kind != "end":
                self.step()
            return word
        return None

    def expect(self, *words: str) -> str:
        """As `take`, and nothing else will do."""
        word = self.take(*words)
        if word is None:
            raise UnreadableError(f"found {self.word!r}, expected {' '.join(words)}")
        return word
