"""From compiled graphs, and what is asked of them, to a drawing and what the page's script is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from depgen import manifests
from depgen.model import Graph
from depgen.page import changes as versions
from depgen.page import critical as paths
from depgen.page.changes import Changes
from depgen.page.contents import Section, contents
from depgen.page.critical import Critical
from depgen.page.details import Addresses, Known, details
from depgen.page.drawing import Marks, drawing
from depgen.page.lineage import Lineage, lineage
from depgen.page.lines import Lines
from depgen.page.objects import made
from depgen.page.starts import starts
from depgen.pipeline import Checked, InputFile
from depgen.report.display import visible
from depgen.simulate.profile import Profile
from depgen.simulate.timeline import Timeline


@dataclass(frozen=True)
class Asked:
    """What a page shows beside the graphs. `against`: an older version; `told`: days that were simulated.

    `crons` are files with CronWorkflows; `now` is from when on next runs are looked for.
    """

    now: float
    title: str = ""
    selected: str = ""
    against: Checked | None = None
    crons: tuple[InputFile, ...] = ()
    profile: Profile = field(default_factory=Profile)
    told: tuple[Timeline, ...] = ()
    addresses: Addresses = field(default_factory=Addresses)


class Made(NamedTuple):
    """The SVG, and the JSON values without days and a cluster."""

    drawing: str
    data: dict[str, object]
    lineage: Lineage


def make(checked: Checked, asked: Asked) -> Made:
    """The graphs have no errors, nor has the older version."""
    seen = lineage(checked, asked.against, asked.selected)
    path = paths.critical(asked.told, seen) if asked.told else paths.NOTHING
    differs = versions.changes(asked.against, checked, seen) if asked.against else versions.NOTHING
    marks = Marks(path.nodes | path.edges, differs.how)
    title = asked.title or ", ".join(seen.graphs)
    lines = Lines()
    told = _details(checked, asked, seen, path, differs, lines)
    data = contents(title, seen, marks, path.slack, told, lines.table)
    data["critical"] = paths.as_values(path) or None
    data["changes"] = dict(differs.counts) if asked.against else None
    return Made(drawing(seen, marks, title), data, seen)


def _details(
    checked: Checked, asked: Asked, seen: Lineage, path: Critical, differs: Changes, lines: Lines
) -> dict[str, list[Section]]:
    known = {graph.name: _known(checked, graph, asked) for graph in checked.graphs}
    found: dict[str, list[Section]] = {}
    for node in seen.nodes:
        of = known.get(node.graph)
        is_there = of is not None and node.name in of.graph.nodes
        own = details(of, node, lines) if of and is_there else []
        found[node.id] = [*_changed(node.id, differs), *_on_path(node.id, path), *own]
    return found


def _known(checked: Checked, graph: Graph, asked: Asked) -> Known:
    analysis = checked.analyses[graph.name]
    layout = next(layout for layout in checked.layouts if layout.plan.graph.name == graph.name)
    given, _ = manifests.read(((file.path, file.raw) for file in asked.crons), graph.namespace)
    coming = starts(graph, analysis, given, asked.profile, asked.now)
    return Known(graph, analysis.every, made(layout), coming, checked.documents, asked.addresses)


def _changed(id_: str, differs: Changes) -> Iterator[Section]:
    if rows := differs.rows.get(id_, ()):
        yield {"title": "What changes", "rows": [list(map(visible, row)) for row in rows]}
    elif id_ in differs.how:
        yield {"title": "What changes", "rows": [["the node", differs.how[id_]]]}


def _on_path(id_: str, path: Critical) -> Iterator[Section]:
    """Only the first day is looked at, as the rows say."""
    steps = [step for steps in path.paths.values() for step in steps if step.node == id_]
    rows = [[f"key {step.key}", _waited(step)] for step in steps]
    if not rows and id_ in path.slack:
        rows = [["slack", f"{_span(path.slack[id_])} later, and the graph would end no later"]]
    if rows:
        yield {"title": "On the critical path" if steps else "Off the critical path", "rows": rows}


def _waited(step: paths.Step) -> str:
    took = f"took {_span(int(step.end - step.begin))}"
    return f"{took}, began {_span(int(step.waited))} after {step.after}" if step.after else took


def _span(seconds: int) -> str:
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    parts = ((hours, "h"), (minutes, "min"), (seconds % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
