"""A jq program as a tree of tuples, `(kind, ...)`, as far as it takes to see what the program reads.

This decides nothing about what a program does: it is compiled and run by the engine. Whatever is not known here is an
UnreadableError, and then the program is taken to read everything.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from depgen.emulate.jq_tokens import Tokens, UnreadableError

__all__ = ["Tree", "UnreadableError", "tree"]

Tree = tuple[Any, ...]

_PIECE = re.compile(r'(?:[^"\\]|\\[^(])*', re.DOTALL)
_LEVELS = {
    **dict.fromkeys(("//",), (2, "right")),
    **dict.fromkeys(("=", "|=", "+=", "-=", "*=", "/=", "%=", "//="), (3, "none")),
    "or": (4, "left"),
    "and": (5, "left"),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), (6, "none")),
    **dict.fromkeys(("+", "-"), (7, "left")),
    **dict.fromkeys(("*", "/", "%"), (8, "left")),
    ",": (1, "left"),
}
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=64)
def tree(text: str) -> Tree:
    """The whole program; raises UnreadableError."""
    parser = _Parser(text)
    found = parser.pipe()
    parser.expect("")
    return found


class _Parser(Tokens):
    """Recursive descent."""

    def pipe(self, lowest: int = 1) -> Tree:
        """Everything up to a closing bracket; `lowest` 2 leaves commas alone."""
        if self.take("def"):
            return self.definition(lowest)
        left = self.binary(lowest)
        if self.take("|"):
            return ("pipe", left, self.pipe(lowest))
        return left

    def definition(self, lowest: int) -> Tree:
        """`def f(a; $b): body; rest`."""
        name = self.name()
        parameters = []
        if self.take("("):
            while True:
                parameters.append(self.word)
                self.step()
                if self.expect(";", ")") == ")":
                    break
        self.expect(":")
        body = self.pipe()
        self.expect(";")
        return ("def", name, tuple(parameters), body, self.pipe(lowest))

    def name(self) -> str:
        """A word."""
        if self.kind != "word":
            raise UnreadableError(f"found {self.word!r}, expected a name")
        word = self.word
        self.step()
        return word

    def binary(self, lowest: int) -> Tree:
        """Operators from a level on."""
        left = self.postfix()
        while self.kind in ("symbol", "word") and self.word in _LEVELS:
            level, side = _LEVELS[self.word]
            if level < lowest:
                break
            operator = self.word
            self.step()
            right = self.binary(level if side == "right" else level + 1)
            left = ("binary", operator, left, right)
        return left

    def postfix(self) -> Tree:
        """A term, and what hangs on it."""
        if self.take("-"):
            return ("negative", self.postfix())
        found = self.term()
        while True:
            if self.kind == "field":
                found = ("index", found, ("string", (self.word[1:],)))
                self.step()
            elif self.take("."):
                found = self.dotted(found)
            elif self.take("["):
                found = self.bracketed(found)
            elif self.take("?"):
                found = ("apply", found)
            elif self.take("as"):
                return self.binding(found)
            else:
                return found

    def dotted(self, found: Tree) -> Tree:
        """What follows a dot after a term: a string or a bracket."""
        if self.kind == "symbol" and self.word == '"':
            return ("index", found, self.string())
        self.expect("[")
        return self.bracketed(found)

    def bracketed(self, found: Tree) -> Tree:
        """`[]`, `[index]` or `[from:to]`."""
        if self.take("]"):
            return ("each", found)
        first = ("constant", None) if self.word == ":" else self.pipe()
        if self.take(":"):
            last = ("constant", None) if self.word == "]" else self.pipe()
            self.expect("]")
            return ("slice", found, first, last)
        self.expect("]")
        return ("index", found, first)

    def binding(self, source: Tree) -> Tree:
        """`source as $x | body`."""
        names = self.pattern()
        self.expect("|")
        return ("as", source, names, self.pipe())

    def pattern(self) -> tuple[str, ...]:
        """A variable; patterns of several are not known."""
        if self.kind != "variable":
            raise UnreadableError("a pattern")
        name = self.word
        self.step()
        return (name,)

    def term(self) -> Tree:
        """One thing."""
        kind, word = self.kind, self.word
        if kind == "symbol" and word == '"':
            return self.string()
        self.step()
        if kind == "field":
            return ("index", ("this",), ("string", (word[1:],)))
        if kind == "variable":
            return ("variable", word)
        if kind == "number":
            return ("number", word)
        if kind == "format":
            return ("format", self.string() if self.word == '"' else ("string", (("this",),)), word)
        if kind == "symbol":
            return self.symbol(word)
        if kind == "word":
            return self.called(word)
        raise UnreadableError(f"found {word!r}")

    def symbol(self, word: str) -> Tree:
        """A term that begins with a symbol."""
        if word == ".":
            if self.kind == "symbol" and self.word == '"':
                return ("index", ("this",), self.string())
            return self.bracketed(("this",)) if self.take("[") else ("this",)
        if word == "..":
            return ("everywhere",)
        if word == "(":
            inner = self.pipe()
            self.expect(")")
            return inner
        if word == "[":
            if self.take("]"):
                return ("array", ("call", "empty", ()))
            inner = self.pipe()
            self.expect("]")
            return ("array", inner)
        if word == "{":
            return self.object()
        raise UnreadableError(f"found {word!r}")

    def called(self, word: str) -> Tree:
        """A keyword or a call."""
        if word in _CONSTANTS:
            return ("constant", _CONSTANTS[word])
        if word == "if":
            return self.condition()
        if word == "try":
            body = self.postfix()
            return ("try", body, self.postfix()) if self.take("catch") else ("apply", body)
        if word in ("reduce", "foreach"):
            return self.loop(word)
        if word in ("label", "import", "include", "break"):
            raise UnreadableError(word)
        arguments = []
        if self.take("("):
            arguments.append(self.pipe())
            while self.expect(";", ")") == ";":
                arguments.append(self.pipe())
        return ("call", word, tuple(arguments))

    def condition(self) -> Tree:
        """`if a then b elif c then d else e end`, after the `if`."""
        test = self.pipe()
        self.expect("then")
        then = self.pipe()
        word = self.expect("elif", "else", "end")
        if word == "elif":
            return ("if", test, then, self.condition())
        if word == "end":
            return ("if", test, then, ("this",))
        other = self.pipe()
        self.expect("end")
        return ("if", test, then, other)

    def loop(self, word: str) -> Tree:
        """`reduce source as $x (init; update)`, and foreach."""
        place = self.postfix_without_binding()
        names = self.pattern()
        self.expect("(")
        parts = [self.pipe()]
        while self.expect(";", ")") == ";":
            parts.append(self.pipe())
        return ("loop", word, place, names, tuple(parts))

    def postfix_without_binding(self) -> Tree:
        """The source of a loop, up to its `as`."""
        found = self.term()
        while not self.take("as"):
            if self.kind == "field":
                found = ("index", found, ("string", (self.word[1:],)))
                self.step()
            elif self.take("["):
                found = self.bracketed(found)
            else:
                self.expect("?")
        return found

    def object(self) -> Tree:
        """`{a, "b": c, (d): e, $f}`, after its bracket."""
        parts: list[tuple[Tree, Tree]] = []
        while not self.take("}"):
            parts.append(self.member())
            if not self.take(","):
                self.expect("}")
                break
        return ("object", tuple(parts))

    def member(self) -> tuple[Tree, Tree]:
        """One of an object: its key and its value."""
        kind, word = self.kind, self.word
        if kind == "symbol" and word == '"':
            key = self.string()
        elif kind == "symbol" and word == "(":
            self.step()
            key = self.pipe()
            self.expect(")")
        else:
            self.step()
            key = ("string", (word.removeprefix("$") if kind == "variable" else word,))
        if self.take(":"):
            return key, self.pipe(lowest=2)
        return key, ("variable", word) if kind == "variable" else ("index", ("this",), key)

    def string(self) -> Tree:
        """A string, whose quote is at hand: literals and interpolated expressions."""
        parts: list[str | Tree] = []
        while True:
            match = _PIECE.match(self.text, self.place)
            assert match is not None
            if match[0]:
                parts.append(match[0])
            self.place = match.end()
            if self.text[self.place : self.place + 1] == '"':
                self.place += 1
                self.step()
                return ("string", tuple(parts))
            if self.text[self.place : self.place + 2] != "\\(":
                raise UnreadableError("a string without an end")
            self.place += 2
            self.step()
            parts.append(self.pipe())
            if self.kind != "symbol" or self.word != ")":
                raise UnreadableError("an interpolation without an end")
