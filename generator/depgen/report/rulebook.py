"""The lint rules as they document themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence

from depgen.report.review import RuleNote

VERSION = 1


def listed(notes: Sequence[RuleNote]) -> str:
    """A line per rule: id, severity, what it finds."""
    width = max((len(note.id) for note in notes), default=0)
    return "".join(f"{note.id:<{width}}  {note.severity:<7}  {note.title}\n" for note in notes)


def explained(note: RuleNote) -> str:
    """All that a rule says of itself."""
    return f"{note.id} ({note.severity})\n\n{note.text}\n"


def as_json(notes: Sequence[RuleNote]) -> str:
    """`{version, rules: [{id, severity, title, text}]}`."""
    rules = [{"id": n.id, "severity": n.severity.value, "title": n.title, "text": n.text} for n in notes]
    return json.dumps({"version": VERSION, "rules": rules}, indent=2, ensure_ascii=False) + "\n"
