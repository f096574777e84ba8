"""What a change of a calendar does: days that close, days that open, or both.

Of a calendar that is there in one version only, nothing is told but that: the nodes that followed it have another one
now, or none, and are told of themselves. A calendar in `excludes` closes the days that it opens elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from depgen.calendars import Calendar
from depgen.diff.change import Change, Effect
from depgen.diff.effects import CLOSED, OPENED, OPENED_AND_CLOSED, Verdict
from depgen.diff.flat import days_of
from depgen.model import Graph

_PREFIX = "calendars."


def judged(old: Graph, new: Graph, changes: Iterable[Change]) -> Iterator[Change]:
    """The changes of a graph's own fields, with those of calendars judged."""
    for name in sorted(old.calendars.keys() ^ new.calendars.keys()):
        before, after = (_told(graph.calendars.get(name)) for graph in (old, new))
        yield Change(new.name, "", "", f"{_PREFIX}{name}", before, after, Effect.SAFE)
    for change in changes:
        if not change.field.startswith(_PREFIX):
            yield change
            continue
        name, field = change.field.removeprefix(_PREFIX).rsplit(".", 1)
        if name in old.calendars and name in new.calendars:
            verdict = _verdict(field, change, is_excluded=name in _excluded(old) | _excluded(new))
            yield change._replace(effect=verdict.effect, note=verdict.note)


def _told(calendar: Calendar | None) -> str | None:
    if calendar is None:
        return None
    dates = len(calendar.holidays) + len(calendar.extra)
    return f"{days_of(calendar) or 'no day of the week'}, and {dates} date{'s' * (dates != 1)}"


def _excluded(graph: Graph) -> set[str]:
    return {node.excludes for node in graph.nodes.values() if node.excludes}


def _verdict(field: str, change: Change, is_excluded: bool) -> Verdict:
    before, after = change.before or "", change.after or ""
    if field == "validThrough":
        return Verdict(Effect.SAFE)
    if field == "days":
        had, has = (set(text.split(", ")) - {""} for text in (before, after))
        opens, closes = bool(has - had), bool(had - has)
    else:
        opens = "closed" in before or "open" in after
        closes = "open" in before or "closed" in after
    if opens and closes:
        return OPENED_AND_CLOSED
    return OPENED if opens is not is_excluded else CLOSED
