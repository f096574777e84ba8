"""What must be there after a fault, computed from the completions alone.

This is the one place of the repository that decides a second time when a node fires, and it does so on purpose:
it judges the programs and so must not be made from them. It knows only what the graphs of these tests use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.stack.api import Manifest
from tests.stack.workflows import LABEL


class Completion(NamedTuple):
    """One end of one Workflow; `node` is a source, or a run of the graph. `finished` is in the graph's zone."""

    node: str
    key: str
    phase: str
    finished: datetime
    workflow: str
    uid: str


class Verdict(IntEnum):
    """Whether a node's run for a key has to be there."""

    NEVER = 0
    MAY = 1
    MUST = 2


@dataclass(frozen=True)
class Edge:
    """`hours`: of the key's date in the graph's zone, from the first to before the last."""

    upstream: str
    phases: tuple[str, ...] = ("Succeeded",)
    hours: tuple[int, int] | None = None

    def takes(self, completion: Completion) -> bool:
        """Whether this completion satisfies the edge."""
        return completion.phase in self.phases

    def sees(self, completion: Completion) -> bool:
        """Whether it looks at this completion at all."""
        if self.hours is None:
            return True
        date = datetime.strptime(completion.key, "%Y%m%d").date()
        return (
            completion.finished.date() == date and self.hours[0] <= completion.finished.hour < self.hours[1]
        )


@dataclass(frozen=True)
class Rule:
    """A node and its edges, all of which it waits for."""

    node: str
    edges: tuple[Edge, ...]


def ended(workflow: Manifest, node: str, key: str, zone: ZoneInfo) -> Completion | None:
    """The completion that a Workflow shows; None if it has not ended."""
    meta, status = workflow["metadata"], workflow.get("status", {})
    if meta.get("labels", {}).get(f"{LABEL}completed") != "true":
        return None
    finished = datetime.fromisoformat(status["finishedAt"]).astimezone(zone)
    return Completion(node, key, status["phase"], finished, meta["name"], meta["uid"])


Histories = Mapping[tuple[str, str], list[Completion]]
"""The completions of a node and key, the newest last."""


def histories(completions: Iterable[Completion]) -> Histories:
    """Sorted as the language says: by finish, and success wins a tie."""
    found: dict[tuple[str, str], list[Completion]] = defaultdict(list)
    for completion in completions:
        found[completion.node, completion.key].append(completion)
    for each in found.values():
        each.sort(key=lambda c: (c.finished, c.phase == "Succeeded"))
    return found


def verdict(rule: Rule, key: str, told: Histories) -> Verdict:
    """MUST if every edge is satisfied in the end, MAY if each was at some time. Without edges it is NEVER."""
    found = [_of_edge(edge, told.get((edge.upstream, key), [])) for edge in rule.edges]
    return min(found, default=Verdict.NEVER)


def _of_edge(edge: Edge, history: list[Completion]) -> Verdict:
    taken = [edge.takes(completion) for completion in history if edge.sees(completion)]
    if not any(taken):
        return Verdict.NEVER
    return Verdict.MUST if taken[-1] else Verdict.MAY
