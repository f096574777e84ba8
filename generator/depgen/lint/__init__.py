"""RULES and run(): what can be wrong with a graph that is well formed.

A rule is a module of this package: its docstring is its documentation (first line: the summary), `check` yields the
findings. An error means the graph would not do what it says, so nothing is built; a warning can be ignored.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol, cast

from depgen.analyse import Analysis
from depgen.diagnostics import Diagnostic, Place, Severity
from depgen.manifests import NO_MANIFESTS, Item, Manifests
from depgen.model import Graph, Node, Run, Telling

NAMES = (
    "active_range",
    "alert_name",
    "alert_param",
    "bad_expression",
    "calendar_empty",
    "calendar_horizon",
    "calendar_unknown",
    "calendar_unused",
    "calendars_differ",
    "clock_gap",
    "clock_order",
    "clock_period",
    "cycle",
    "duplicate_edge",
    "event_source",
    "foreign_graph",
    "foreign_output",
    "idle_clock",
    "key_field",
    "key_format",
    "ledger_kept",
    "ledger_too_large",
    "match_keys",
    "name_too_long",
    "no_edges",
    "open_days",
    "param_source",
    "partitions",
    "past_start",
    "period_mismatch",
    "renamed_from",
    "require_settle",
    "reserved_label",
    "reserved_name",
    "reserved_spec",
    "shadow_chain",
    "text_comparison",
    "too_many_mappings",
    "unknown_output",
    "unknown_upstream",
    "unused_source",
    "when_output",
)
# Rules that say nothing unless the author's manifests are given; else they are not even loaded.
ON_MANIFESTS = (
    "cron_active",
    "cron_clock_change",
    "cron_repeats",
    "cron_suspended",
    "cron_syntax",
    "cron_window",
    "missing_parameter",
    "queue_mutexes",
    "retention",
    "short_lived_workflow",
    "unknown_parameter",
    "unknown_template",
)
# Rules about the manifests themselves, whatever the graphs are, and also without one.
OF_MANIFESTS = (
    "artifact_gc",
    "cron_meaning",
    "hidden_failure",
    "image_latest",
    "missing_argument",
    "mutex_deadlock",
    "no_deadline",
    "no_retry",
    "no_starting_deadline",
    "unresolved_reference",
)


class Started(NamedTuple):
    """What a graph starts, the run of a node or an alert, and where it is written: `steps` below `place`."""

    run: Run
    place: Place
    steps: tuple[str, ...]

    def spot(self, *steps: str | int, at_key: bool = False) -> Place:
        """A part of it."""
        return Place(self.place.path, (*self.place.route, *self.steps, *steps), at_key)


@dataclass(frozen=True)
class Subject:
    """One graph with all that a rule may look at. `others`, `analyses`: every graph of this run by name.

    `now` is None unless somebody asks who can do something about what will be.
    """

    graph: Graph
    analysis: Analysis
    others: dict[str, Graph] = field(default_factory=dict)
    manifests: Manifests = NO_MANIFESTS
    analyses: dict[str, Analysis] = field(default_factory=dict)
    now: float | None = None

    @cached_property
    def started(self) -> tuple[Started, ...]:
        """Everything that the graph starts."""
        return tuple(_started(self.graph))


class Documented(Protocol):
    """What every rule is: a module whose name, with hyphens, is its id."""

    SEVERITY: Severity
    __doc__: str | None
    __name__: str


class Rule(Documented, Protocol):
    """One about a graph."""

    def check(self, subject: Subject) -> Iterator[Diagnostic]: ...


class ManifestRule(Documented, Protocol):
    """One of `OF_MANIFESTS`."""

    def check(self, items: Sequence[Item]) -> Iterator[Diagnostic]: ...


def spot(node: Node, *steps: str | int, at_key: bool = False) -> Place:
    """A part of a node, or the node's id if no steps are given."""
    return Place(node.place.path, (*node.place.route, *steps), at_key or not steps)


def _started(graph: Graph) -> Iterator[Started]:
    for node in graph.nodes.values():
        if node.run:
            yield Started(node.run, node.place, ("run",))
        if node.on_miss:
            yield Started(node.on_miss, node.place, ("onMiss", _how(node.on_miss)))
    if graph.on_failure:
        yield Started(graph.on_failure, graph.on_failure_place, ("onFailure", _how(graph.on_failure)))


def _how(alert: Run) -> str:
    """The field that says what an alert does."""
    return "webhook" if any(isinstance(param, Telling) for _, param in alert.params) else "run"


def rules(names: Iterable[str] = (*NAMES, *ON_MANIFESTS)) -> dict[str, Rule]:
    """Rule id -> its module, sorted by id; by default those about graphs."""
    return {_id(name): cast(Rule, _module(name)) for name in sorted(names)}


def documented() -> dict[str, Documented]:
    """Every rule by its id, sorted."""
    names = (*NAMES, *ON_MANIFESTS, *OF_MANIFESTS)
    return {_id(name): cast(Documented, _module(name)) for name in sorted(names)}


def run(subjects: Sequence[Subject]) -> list[Diagnostic]:
    """The findings of every rule on every graph, in no particular order."""
    has_manifests = any(subject.manifests.given for subject in subjects)
    checks = list(rules((*NAMES, *ON_MANIFESTS) if has_manifests else NAMES).values())
    return [diagnostic for subject in subjects for rule in checks for diagnostic in rule.check(subject)]


def run_on_manifests(items: Sequence[Item]) -> list[Diagnostic]:
    """The findings of the rules that need no graph; nothing is loaded if there is no object."""
    checks = [cast(ManifestRule, _module(name)) for name in OF_MANIFESTS] if items else []
    return [diagnostic for rule in checks for diagnostic in rule.check(items)]


def _id(name: str) -> str:
    return name.replace("_", "-")


def _module(name: str) -> object:
    return importlib.import_module(f"depgen.lint.{name}")
