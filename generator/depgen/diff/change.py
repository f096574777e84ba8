"""One difference between two versions of a graph, and what it does to keys that are under way.

The effect is that of applying the edit to a cluster in which the old version runs. It is the worst that can happen, not
what must: an edit that nobody waits for harms nobody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple


class Effect(StrEnum):
    """From what nobody notices to what is lost for good."""

    SAFE = "safe"
    SWEEP = "sweep"
    LATE = "late"
    AGAIN = "again"
    NEVER = "never"

    @property
    def words(self) -> str:
        """As a reader is told it."""
        return _WORDS[self]

    @property
    def rank(self) -> int:
        """The worse, the higher."""
        return list(Effect).index(self)


_WORDS = {
    Effect.SAFE: "safe",
    Effect.SWEEP: "loses queued events until the next sweep",
    Effect.LATE: "runs keys that waited",
    Effect.AGAIN: "can run again",
    Effect.NEVER: "never runs",
}


class Change(NamedTuple):
    """Of a graph; of its `node`, and of that node's edge on `upstream`, unless these are "".

    `field` is the field as it is written in a graph, "" for the whole of it. `before` and `after` are its values as
    text, None where there is none: so what was added has no `before`, and what was removed no `after`.
    """

    graph: str
    node: str
    upstream: str
    field: str
    before: str | None
    after: str | None
    effect: Effect = Effect.SAFE
    note: str = ""

    @property
    def how(self) -> Literal["added", "removed", "changed"]:
        """What became of it."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


class ObjectChange(NamedTuple):
    """Of a rendered object. `lost` are the queues, by trigger, that Argo Events throws away; `fields` what differs."""

    kind: str
    namespace: str
    name: str
    how: Literal["added", "removed", "changed"]
    fields: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    effect: Effect = Effect.SAFE
    note: str = ""


class Firing(NamedTuple):
    """When a source's CronWorkflow fires next, on the clock of `zone`, and the key of that run; "" if it has none."""

    at: int
    zone: str
    key: str


class Timing(NamedTuple):
    """The next firings of a source before and after, where they differ."""

    graph: str
    node: str
    before: tuple[Firing, ...]
    after: tuple[Firing, ...]


class Difference(NamedTuple):
    """All that differs; `unswept` are the new graphs that no `sweeper` of their own looks after."""

    changes: tuple[Change, ...]
    objects: tuple[ObjectChange, ...]
    timings: tuple[Timing, ...] = ()
    unswept: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.objects or self.timings)

    @property
    def effects(self) -> dict[Effect, int]:
        """How many differences have each effect, the worst first."""
        given = [change.effect for change in self.changes] + [change.effect for change in self.objects]
        return {effect: given.count(effect) for effect in reversed(Effect) if effect in given}
