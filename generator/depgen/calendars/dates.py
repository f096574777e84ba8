"""Dates as text: `2026-12-25` and nothing else, alone in a file a line each.

`date.fromisoformat` takes more forms than that one, which other programs that read the same file may not.
"""

from __future__ import annotations

import re
from datetime import date

from depgen.diagnostics import Diagnostic, Position
from depgen.filetext import FileText
from depgen.phrases import quoted

_MOST_TOLD = 20
_LINE_END = re.compile(r"\r\n|\n|\r")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_date(text: str) -> bool:
    """Whether `text` has the form of a date; its month may not have that day."""
    return _DATE.fullmatch(text) is not None


def dates_in(text: FileText, found: list[Diagnostic]) -> list[date]:
    """The dates of a text file: one a line, `#` begins a comment. Lines that are none go to `found`."""
    problems, is_text = text.encoding_findings()
    if not is_text:
        found += problems
        return []
    dates = []
    bad: list[Diagnostic] = []
    for number, line in enumerate(_LINE_END.split(text.characters), start=1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        day = _day(said)
        if day is not None:
            dates.append(day)
        else:
            where = Position(text.path, number, line.index(said) + 1)
            hint = "write it as 2026-12-25, one a line"
            bad.append(Diagnostic(where, "calendar-file", f"{quoted(said)} is no date", hint))
    found += bad[:_MOST_TOLD]
    return dates


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if is_date(text) else None
    except ValueError:
        return None
