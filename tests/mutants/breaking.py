"""Every way to break a rule of a jq program, one at a time.

A mutant is known by its rule: what is replaced by what, and the tokens around it, with the names of nodes and the numbers
of edges taken out. So the same rule in the programs of many graphs is one mutant, and breaks in all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from depgen.jqtokens import Token, tokens

# How many tokens on each side say where a rule stands.
REACH = 3
SWAPS = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">"),
    "<=": ("<",),
    ">": (">=", "<"),
    ">=": (">",),
    "and": ("or",),
    "or": ("and",),
    "any": ("all",),
    "all": ("any",),
    "max": ("min",),
    "max_by": ("min_by",),
    "min": ("max",),
    "success": ("done",),
    "failure": ("done",),
    "done": ("success",),
    "+": ("-",),
    "-": ("+",),
}
# Texts that decide; others are names, and what is said to people.
PHASES = ("Succeeded", "Failed", "Error", "Expired", "Rejected", "Skipped", "Submitted", "ADD", "cutoff", "0")
STATUSES = ("success", "failure", "done")
_NUMBERED = re.compile(r"^(edge|fact|each|new|open_)(?:\d+|(?<=open_)\w+)$")
UNITS = (3600, 86400, 604800)
_KEY = re.compile(r"^\d{6,8}$|^\d{4}w\d\d$")
_OPEN, _CLOSE = "([{", ")]}"
_ENDS = frozenset({"and", "or", "|", ";", ",", "//", "then", "else", "elif", "end", "as", ":"})


class Piece(NamedTuple):
    """A token with its place; two-character operators are one piece. `plain` is the same in every graph."""

    text: str
    plain: str
    kind: str
    start: int
    end: int


class Change(NamedTuple):
    """What to write at a place, and the name of the mutant."""

    rule: str
    start: int
    end: int
    text: str


def rewritten(program: str, chosen: Iterable[Change]) -> str:
    """The program with these changes, of which no two overlap."""
    for change in sorted(chosen, reverse=True, key=lambda c: c.start):
        program = program[: change.start] + change.text + program[change.end :]
    return program


def changes(program: str, names: Collection[str]) -> Iterator[Change]:
    """All changes; `names` are the ids of the graph's nodes and its own name."""
    pieces = list(_pieces(program, names))
    theirs = _conditions(pieces)
    for index, piece in enumerate(pieces):
        if index in theirs:
            continue
        for what, start, end, text in _of(pieces, index):
            around = [p.plain for p in pieces[max(0, index - REACH) : index]]
            after = [p.plain for p in pieces[index + 1 : index + 1 + REACH]]
            rule = f"{' '.join(around)} [{piece.plain} {what}] {' '.join(after)}"
            yield Change(rule, start, end, text)


def _conditions(pieces: list[Piece]) -> set[int]:
    """Where the author's own conditions stand: `any((...); .)`."""
    found: set[int] = set()
    for index in range(len(pieces) - 2):
        if [piece.text for piece in pieces[index : index + 3]] == ["any", "(", "("]:
            found |= {index, *range(index + 3, _closing(pieces, index + 2))}
    return found


def _of(pieces: list[Piece], index: int) -> Iterator[tuple[str, int, int, str]]:
    piece = pieces[index]
    before = pieces[index - 1].text if index else ""
    is_call = piece.kind in ("word", "symbol")
    if is_call and before != "def":
        for other in SWAPS.get(piece.text, ()):
            if not (piece.text in "+-" and (_is_sign(pieces, index) or piece.kind != "symbol")):
                yield f"-> {other}", piece.start, piece.end, f" {other} "
    # What stands in for what cannot be read decides nothing: such facts are not there.
    if piece.kind == "number" and "." not in piece.text and before != "//":
        # A second more than a day is the same date; two days are not.
        number = int(piece.text)
        more = number * 2 if number in UNITS else number + 1
        yield "-> more", piece.start, piece.end, str(more)
    if piece.kind == "string" and piece.text in PHASES:
        yield "-> another", piece.start, piece.end, f"Not{piece.text}"
    if piece.kind == "string" and piece.text in STATUSES:
        for other in SWAPS[piece.text]:
            yield f"-> {other}", piece.start, piece.end, other
    if piece.text in ("and", "or") and piece.kind == "word":
        neutral = "true" if piece.text == "and" else "false"
        yield "without what follows", pieces[index + 1].start, pieces[_end(pieces, index + 1)].end, neutral
        yield "without what precedes", pieces[_begin(pieces, index - 1)].start, pieces[index - 1].end, neutral
    if piece.text == "not" and piece.kind == "word" and before == "|":
        yield "left out", pieces[index - 1].start, piece.end, ""
    if piece.text == "select" and piece.kind == "word":
        close = _closing(pieces, index + 1)
        yield "all", pieces[index + 1].end, pieces[close].start, "true"


def _is_sign(pieces: list[Piece], index: int) -> bool:
    return index == 0 or pieces[index - 1].text in ("(", "[", ",", ":", ";", "|")


def _closing(pieces: list[Piece], opening: int) -> int:
    depth = 0
    for index in range(opening, len(pieces)):
        depth += (pieces[index].text in _OPEN) - (pieces[index].text in _CLOSE)
        if depth == 0:
            return index
    raise AssertionError("a bracket is never closed")


def _end(pieces: list[Piece], first: int) -> int:
    """The last piece of the operand that begins at `first`."""
    index = first
    while index < len(pieces):
        if pieces[index].text in _OPEN:
            index = _closing(pieces, index)
        elif pieces[index].text in _CLOSE or _ends(pieces[index]):
            return index - 1
        index += 1
    return len(pieces) - 1


def _begin(pieces: list[Piece], last: int) -> int:
    """The first piece of the operand that ends at `last`."""
    depth = 0
    for index in range(last, -1, -1):
        depth += (pieces[index].text in _CLOSE) - (pieces[index].text in _OPEN)
        if depth < 0 or (depth == 0 and _ends(pieces[index])):
            return index + 1
    return 0


def _ends(piece: Piece) -> bool:
    return piece.kind in ("word", "symbol", "operator") and piece.text in _ENDS


def _pieces(program: str, names: Collection[str]) -> Iterator[Piece]:
    """The tokens without comments; two symbols side by side that are one operator are one piece."""
    found: list[Token] = [token for token in tokens(program) if token.kind != "comment"]
    skip = False
    for token, following in zip(found, [*found[1:], None], strict=True):
        if skip:
            skip = False
            continue
        text = token.text
        two = text + following.text if following and following.start == token.start + len(text) else ""
        if token.kind == "symbol" and two in ("==", "!=", "<=", ">=", "//", "|="):
            skip = True
            yield Piece(two, two, "symbol", token.start, token.start + 2)
        else:
            yield Piece(text, _plain(token, names), token.kind, token.start, token.start + len(text))


@lru_cache
def _known(names: frozenset[str]) -> re.Pattern[str]:
    """Any of these names, the longest first."""
    choices = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(f"(?<![a-z0-9])(?:{choices})(?![a-z0-9])")


def _plain(token: Token, names: Collection[str]) -> str:
    if token.kind == "string":
        if "%" in token.text or token.text.startswith("^"):
            return f'"{token.text}"'
        return f'"{_KEY.sub("KEY", _known(frozenset(names)).sub("NODE", token.text))}"'
    if token.kind == "number" and int(float(token.text)) > 60:
        return "N"
    return _NUMBERED.sub(r"\1#", token.text)
