"""jq text as tokens, as far as it takes to see what an expression uses and where its brackets close.

What a newcomer gets wrong: text inside a string is a program again after `\\(`; `.input` is a field and `{input: 1}`
a key, while `input` is a call; an unknown character is a token too, so nothing is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["field", "format", "word", "key", "variable", "number", "string", "comment", "symbol"]

_TOKEN = re.compile(
    r"""[ \t\n]+
    | (?P<comment>\#[^\n]*)
    | (?P<field>\.[A-Za-z_][A-Za-z0-9_]*)
    | (?P<format>@[A-Za-z0-9_]+)
    | (?P<word>(?:[A-Za-z_][A-Za-z0-9_]*::)*[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<symbol>.)""",
    re.VERBOSE | re.DOTALL,
)
_LITERAL = re.compile(r'(?:[^"\\]|\\[^(])*', re.DOTALL)
_CLOSES = {"(": ")", "[": "]", "{": "}", "if": "end"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `text` of a string is the literal between two quotes or interpolations, unread."""

    kind: Kind
    text: str
    start: int


class UnbalancedError(ValueError):
    """A bracket or quote has no partner; the text says which."""


def tokens(text: str) -> list[Token]:
    """The tokens in order; raises UnbalancedError."""
    return _Tokenizer(text).tokens()


class _Tokenizer:
    """Walks the text once; `open` holds the brackets that are not closed yet, a quote for each string."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Token] = []
        self.open: list[str] = []
        # Whether what comes next is a key, for each "{" that is open.
        self.at_key: list[bool] = []

    def tokens(self) -> list[Token]:
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            assert match is not None
            position = match.end()
            kind = match.lastgroup
            if kind == "symbol":
                position = self._symbol(match[0], match.start())
            elif kind == "word":
                self._word(match[0], match.start())
            elif kind is not None:
                self._add(kind, match[0], match.start())  # type: ignore[arg-type]
        if self.open:
            raise UnbalancedError(f"the {_name(self.open[-1])} is never closed")
        return self.found

    def _add(self, kind: Kind, text: str, start: int) -> None:
        self.found.append(Token(kind, text, start))

    def _word(self, word: str, start: int) -> None:
        before = next((token for token in reversed(self.found) if token.kind != "comment"), None)
        if before is not None and (before.kind, before.text) == ("symbol", "$"):
            self._add("variable", word, start)
        elif self.open[-1:] == ["{"] and self.at_key[-1]:
            self._add("key", word, start)
        else:
            self._add("word", word, start)
            if word == "if":
                self.open.append(word)
            elif word == "end":
                self._close(word)

    def _symbol(self, symbol: str, start: int) -> int:
        """Take a symbol or the string that begins with it; the position after it."""
        if symbol == '"':
            self.open.append(symbol)
            return self._string(start + 1)
        self._add("symbol", symbol, start)
        if symbol in _CLOSES:
            self.open.append(symbol)
            if symbol == "{":
                self.at_key.append(True)
        elif symbol in _CLOSES.values():
            self._close(symbol)
            if symbol == ")" and self.open[-1:] == ['"']:
                return self._string(start + 1)
        elif symbol in ",:" and self.open[-1:] == ["{"]:
            self.at_key[-1] = symbol == ","
        return start + 1

    def _close(self, closing: str) -> None:
        opened = self.open.pop() if self.open else ""
        if _CLOSES.get(opened) != closing:
            raise UnbalancedError(f'"{closing}" closes nothing')
        if opened == "{":
            self.at_key.pop()

    def _string(self, start: int) -> int:
        """The rest of a string up to its quote or its next interpolation; the position after that."""
        match = _LITERAL.match(self.text, start)
        assert match is not None
        end = match.end()
        if match[0]:
            self._add("string", match[0], start)
        if self.text[end : end + 1] == '"':
            self.open.pop()
            return end + 1
        if self.text[end : end + 2] == "\\(":
            self._add("symbol", "(", end + 1)
            self.open.append("(")
            return end + 2
        raise UnbalancedError("the quote is never closed")


def _name(opened: str) -> str:
    return 'word "if"' if opened == "if" else "quote" if opened == '"' else f'bracket "{opened}"'
