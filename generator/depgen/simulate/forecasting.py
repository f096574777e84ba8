"""From graphs, and what is supposed of them, to their timelines: expect, play, tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from depgen import expressions, manifests
from depgen.diagnostics import Diagnostic
from depgen.errors import InputError
from depgen.model import Graph
from depgen.pipeline import Checked, InputFile
from depgen.simulate.dates import Dates
from depgen.simulate.expected import expected
from depgen.simulate.playing import Plan, Progress, play
from depgen.simulate.supposing import Mishaps, Supposition
from depgen.simulate.telling import tell
from depgen.simulate.timeline import Timeline

# An error names so many.
_MOST_KEYS = 3


class Wish(NamedTuple):
    """Which days, and what is supposed of them. `crons` are files with CronWorkflows."""

    first: date
    days: int = 1
    crons: tuple[InputFile, ...] = ()
    supposition: Supposition = Supposition()


def forecast(
    checked: Checked, wish: Wish, progress: Progress = lambda done, now, number: None
) -> tuple[list[Timeline], list[Diagnostic]]:
    """A timeline for each graph, all played in one world, and what is wrong with the files of CronWorkflows.

    The graphs have no errors. Raises emulate.Unsupported if their manifests hold what cannot be played, and InputError if a
    mishap is for a key that is not on these days.
    """
    found: dict[Diagnostic, None] = {}
    plans = {}
    for graph in checked.graphs:
        plans[graph.name], problems = _plan(checked, graph, wish)
        found |= dict.fromkeys(problems)
    read = {
        (graph.name, node): names
        for graph in checked.graphs
        for node, names in expressions.outputs_read(graph).items()
    }
    supposition = wish.supposition._replace(read=read)
    played = play(checked, plans, supposition, progress)
    told = [tell(played, name, plan.dates, plan.expected, supposition) for name, plan in plans.items()]
    _check_keys(supposition.mishaps, told)
    return told, list(found)


def _check_keys(mishaps: Mishaps, told: Iterable[Timeline]) -> None:
    """A mishap that befalls nobody would pass for one without consequences."""
    shown = {one.graph: one.items for one in told}
    for graph, node, mishap in mishaps.given:
        keys = [item.key for item in shown[graph] if item.node == node]
        if mishap.key and mishap.key not in keys:
            have = f"its keys are {', '.join(keys[:_MOST_KEYS])}" if keys else "it has none"
            more = ", ..." if len(keys) > _MOST_KEYS else ""
            raise InputError(f'"{node}" has no key "{mishap.key}" on these days: {have}{more}')


def _plan(checked: Checked, graph: Graph, wish: Wish) -> tuple[Plan, list[Diagnostic]]:
    given, problems = manifests.read(((file.path, file.raw) for file in wish.crons), graph.namespace)
    names = frozenset(each.name for each in checked.graphs)
    dates = Dates(wish.first, wish.days, graph.zone)
    analysis = checked.analyses[graph.name]
    found = expected(graph, analysis, dates, wish.supposition.profile, given, names)
    return Plan(dates, found, given), problems
