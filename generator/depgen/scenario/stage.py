"""What a story is played on: a Protocol, because the emulator is not the only one.

Whatever takes a moment is given none that is over; the player lets time go on with `run_until` before each step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from depgen.cluster.api import Cluster
from depgen.cluster.states import Subject
from depgen.model import Node
from depgen.pipeline import Checked, InputFile
from depgen.play import Submitted
from depgen.scenario.story import Break, Fill, Handle, Story


class Beginning(NamedTuple):
    """How a Workflow begins."""

    node: str
    key: str | None = None
    scheduled: float | None = None
    started: float | None = None
    is_manual: bool = False
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}


class Refusal(NamedTuple):
    """A creation that the API refused each time it was tried."""

    at: float
    text: str


class Stage(Protocol):
    """A cluster with the graphs of a story."""

    @property
    def now(self) -> float:
        """Its clock."""
        ...

    @property
    def cluster(self) -> Cluster:
        """Its API."""
        ...

    @property
    def subjects(self) -> Mapping[str, Subject]:
        """Its graphs by name."""
        ...

    @property
    def submitted(self) -> Sequence[Submitted]:
        """Every Workflow that a Sensor created, in order."""
        ...

    def find(self, node: str) -> tuple[Subject, Node]:
        """The graph and node of `node` or `graph/node`; InputError if there is none."""
        ...

    def refusals(self) -> Sequence[Refusal]:
        """Every creation that the API refused for good."""
        ...

    def run_until(self, moment: float) -> None:
        """All that happens up to and including a moment."""
        ...

    def begin(self, how: Beginning) -> str:
        """A Workflow begins now; its name."""
        ...

    def end(self, name: str, phase: str, outputs: Mapping[str, str]) -> None:
        """It ends now."""
        ...

    def retry(self, name: str) -> None:
        """`argo retry`, now."""
        ...

    def resubmit(self, name: str) -> str:
        """`argo resubmit`, now; the new one's name."""
        ...

    def edit(self, files: Sequence[InputFile]) -> None:
        """The graph files are these now, built and synced."""
        ...

    def order(self, what: Handle, key: str) -> None:
        """What an operator does."""
        ...

    def sweep(self, since: float | None) -> None:
        """One pass; `since` is a moment."""
        ...

    def backfill(self, what: Fill) -> None:
        """Until nothing more of it runs."""
        ...

    def publish(self, source: str, event: str, payload: object) -> None:
        """An event of somebody else."""
        ...

    def fault(self, what: Break) -> None:
        """Something breaks, or is mended."""
        ...


Build = Callable[[Story, Checked], Stage]
