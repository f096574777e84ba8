"""What happens to a graph from outside, as values: a list of completions, and how long its own runs take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Completion:
    """A Workflow of a source ends. Times are whole seconds since 1970.

    `scheduled`: when its CronWorkflow meant it to start; `key`: its label depgen.io/key, which wins. `serial`: unlike
    that of any other of the story.
    """

    node: str
    finished: int
    serial: int
    scheduled: int | None = None
    key: str | None = None
    phase: str = "Succeeded"
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The Workflow's: a resubmitted child of the CronWorkflow `<node>-load`, or one submitted by hand."""
        return f"{self.node}-load-{self.scheduled or 'by-hand'}-{self.serial:05}"


class End(NamedTuple):
    """How a run of the graph ends: so many seconds after it was submitted."""

    after: int
    phase: str
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class Story:
    """A graph and what happens from `start` to `until`. `ends`: how the runs of a node end; None is never."""

    graph: str
    start: int
    until: int
    completions: tuple[Completion, ...]
    ends: Mapping[str, tuple[End | None, ...]]
    sweep_every: int | None = 300

    def ending(self, node: str, key: str) -> End | None:
        """How a run ends depends on its key; alerts end well."""
        chosen = self.ends.get(node, (End(1, "Succeeded", {}),))
        return chosen[sum(map(ord, key)) % len(chosen)]


class Started(NamedTuple):
    """A Workflow that was, or should have been, submitted: when, its name and its parameters."""

    at: int
    name: str
    params: tuple[tuple[str, str], ...]
