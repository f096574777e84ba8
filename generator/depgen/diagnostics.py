"""Findings about the user's files: values that are collected and sorted, never raised.

A Diagnostic names its spot either as a `Place` (a route of keys into a document, made by stages that see data)
or as a `Position` (made by the loader, before there is data). `Document.position` turns one into the other.
A Fix says what a file should say instead, as data; `fixing` makes an edit of its text of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Route = tuple[str | int, ...]
FixValue: TypeAlias = "bool | int | float | str | Sequence[FixValue] | Mapping[str, FixValue] | None"


class Severity(StrEnum):
    """How a finding counts: an error stops the build, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A spot in a file; line and column are 1-based and count characters."""

    path: str
    line: int
    column: int


class Place(NamedTuple):
    """A spot in a document's data: `route` from its root; `at_key` points at the last key, not its value."""

    path: str
    route: Route = ()
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """Set one field of the mapping at `place`, or one entry of the list there; None removes it.

    In a file of manifests, which may hold several documents, the first step of a route is the number of the document.
    """

    place: Place
    field: str | int
    value: FixValue


@dataclass(frozen=True, slots=True)
class Renaming:
    """Call a field of the mapping at `place` otherwise."""

    place: Place
    field: str
    name: str


@dataclass(frozen=True, slots=True)
class Quoting:
    """Put quotes around the scalar that begins where the finding is: it is the text as it was written."""


AnyFix: TypeAlias = Fix | Renaming | Quoting


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong at one spot: `message` says what was found and expected, `hint` one way out.

    `related` are further spots of the same finding, each with a note (a cycle's other edges). `fix` is given where it is
    certain what was meant.
    """

    where: Position | Place
    rule: str
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    related: tuple[tuple[Position | Place, str], ...] = ()
    fix: AnyFix | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """A Diagnostic whose spots are positions, with the source line it is shown on."""

    position: Position
    rule: str
    severity: Severity
    message: str
    hint: str | None
    source_line: str
    related: tuple[tuple[Position, str], ...] = ()
    fix: AnyFix | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """Message and hint as one sentence."""
        return f"{self.message}; {self.hint}" if self.hint else self.message
