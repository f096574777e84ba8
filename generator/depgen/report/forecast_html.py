"""A forecast as one page: no script, nothing loaded from elsewhere, readable by day and by night, and on paper.

A bar is a box whose place and width are shares of the axis; what a bar is about stands in its title and in the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from depgen.report.display import visible
from depgen.report.forecast_chart import Axis, label, local
from depgen.report.forecast_text import note_of, summary
from depgen.simulate.timeline import Day, Fate, Item, Timeline

_LABELS = 100
_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1c2128; --faint: #6b7480; --line: #d8dde3;
  --source: #5b8def; --run: #2da44e; --late: #d99a1c; --bad: #d1383d; --wait: #b9c1ca; }
@media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #dfe4ea; --faint: #8b95a1; --line: #2c333b;
  --source: #6d9bf5; --run: #3fb562; --late: #e0aa3a; --bad: #ef5b60; --wait: #4a535d; } }
body { background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
h2 span { color: var(--late); font-weight: normal; } .faint { color: var(--faint); } .bad { color: var(--bad); }
.row { display: grid; grid-template-columns: minmax(6rem, 11rem) 1fr minmax(9rem, 19rem); gap: .8rem; align-items: center; }
.row > :first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row > :last-child { font-size: .85rem; color: var(--faint); }
.track { position: relative; height: 1.25rem; border-left: 1px solid var(--line); }
.track i { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); }
.track b { position: absolute; top: .25rem; bottom: .25rem; border-radius: 2px; min-width: 3px; }
.track b.wait { top: .55rem; bottom: .55rem; background: var(--wait); } .source { background: var(--source); }
.run { background: var(--run); } .late { background: var(--late); } .failed { background: var(--bad); }
.track b.gate, .track b.deadline { top: 0; bottom: 0; width: 2px; min-width: 2px; background: var(--faint); }
.track b.missed { top: 0; bottom: 0; width: 3px; background: var(--bad); }
.axis { font-size: .75rem; color: var(--faint); } .axis .track { border: 0; } .axis span { position: absolute; }
ul { padding-left: 1.2rem; }
"""


def html(timelines: Sequence[Timeline]) -> str:
    """The page."""
    title = ", ".join(told.graph for told in timelines)
    body = "".join(f"{line}\n" for told in timelines for line in _graph(told))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: forecast</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _graph(told: Timeline) -> Iterator[str]:
    yield f"<h1>{escape(told.graph)}</h1>"
    tone = "faint" if told.is_clean else "bad"
    yield f'<p><span class="faint">{escape(told.zone)}</span> · <span class="{tone}">{escape(summary(told))}</span></p>'
    for day in told.days:
        yield from _day(told, day)
    never = [item for item in told.items if item.fate is Fate.NEVER]
    if never:
        yield "<h2>What never ran</h2><ul>"
        for item in never:
            why = "; ".join(f"{visible(finding.text)} [{finding.reason}]" for finding in item.reasons)
            yield f"<li><strong>{escape(item.node)}</strong> {escape(item.key)}: {escape(why)}</li>"
        yield "</ul>"
    if told.alerts:
        yield "<h2>Alerts</h2><ul>"
        for alert in told.alerts:
            at = local(alert.at, told.zone, told.day_of(alert.key))
            words = f"{at} {alert.node} {alert.key} {alert.kind}: {alert.workflow}"
            yield f"<li>{escape(words)}</li>"
        yield "</ul>"
    yield "<h2>Supposed</h2><ul class='faint'>"
    yield from (f"<li>{escape(ground.node)}: {escape(visible(ground.text))}</li>" for ground in told.grounds)
    yield "</ul>"


def _day(told: Timeline, day: Day) -> Iterator[str]:
    items = [item for item in told.of_day(day) if item.fate is not Fate.IDLE]
    notes = " ".join(f"<span>{escape(visible(note))}</span>" for note in day.notes)
    yield f"<h2>{day.date.strftime('%A %Y-%m-%d')} {notes}</h2>"
    moments = [moment for item in items for moment in item.moments]
    if not moments:
        yield '<p class="faint">nothing happens</p>'
        return
    axis = Axis.around(moments, _LABELS, told.zone)
    ticks = [(_percent(axis, at), label(at, told.zone, at == axis.begin)) for at in axis.ticks()]
    labels = "".join(f'<span style="left:{at}">{words}</span>' for at, words in ticks)
    yield f'<div class="row axis"><div></div><div class="track">{labels}</div><div></div></div>'
    grid = "".join(f'<i style="left:{at}"></i>' for at, _ in ticks)
    rows: dict[str, list[Item]] = {}
    for item in items:
        rows.setdefault(item.node, []).append(item)
    for node, found in rows.items():
        boxes = "".join(box for item in found for box in _boxes(item, axis, day.date))
        note = note_of(told, found)[0]
        yield (
            f'<div class="row"><div title="{escape(node)}">{escape(node)}</div>'
            f'<div class="track">{grid}{boxes}</div><div>{escape(note)}</div></div>'
        )


def _boxes(item: Item, axis: Axis, day: date) -> Iterator[str]:
    if item.since is not None:
        until = axis.end if item.begin is None else item.begin
        yield _box("wait", item.since, until, axis, f"{item.node} {item.key} waits")
    if item.begin is not None and item.end is not None:
        usual = max(item.begin, item.end - item.late_by)
        kind = "failed" if item.fate is Fate.FAILED else "source" if item.is_source else "run"
        about = f"{item.workflow}: {local(item.begin, axis.zone, day)} to {local(item.end, axis.zone, day)}, {item.fate}"
        yield _box(kind, item.begin, usual, axis, about)
        if item.late_by:
            yield _box("late", usual, item.end, axis, f"{about}, late")
    for mark in item.marks:
        kind = (
            "missed" if mark.is_missed else {"notBefore": "gate", "deadline": "deadline"}.get(mark.name, "")
        )
        if kind and axis.begin <= mark.at <= axis.end:
            yield _box(kind, mark.at, mark.at, axis, f"{mark.name} {local(mark.at, axis.zone, day)}")


def _box(kind: str, begin: float, end: float, axis: Axis, about: str) -> str:
    left, width = axis.share(begin), axis.share(end) - axis.share(begin)
    size = f";width:{100 * width:.3f}%" if width else ""
    return f'<b class="{kind}" style="left:{100 * left:.3f}%{size}" title="{escape(about)}"></b>'


def _percent(axis: Axis, at: float) -> str:
    return f"{100 * axis.share(at):.3f}%"
