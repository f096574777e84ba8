"""What a fault is, and what one row of the summary says about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.stack.faults.scene import Scene


NAMES = {"": "the EventSource", **{part: f"the {part} Sensor" for part in ("record", "claim", "submit")}}


class Repairs(Enum):
    """Whether the sweep has something to repair after it."""

    NONE = "nothing"
    SOME = "something"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Fault:
    """`do` breaks things while the scene's completions come, and mends them again; what is left is for the checker.

    `why`: a sentence that says why the expected effect is the right one. `twins`: creations may fail because the
    Workflow exists already. `patience`: how long after the end something may still come by itself. `behind_proxy`: the
    components reach the API server through the scene's proxy.
    """

    name: str
    do: Callable[[Scene], None]
    why: str
    repairs: Repairs = Repairs.NONE
    twins: bool = False
    patience: float = 5.0
    behind_proxy: bool = False
    head: str = ""
    skew: timedelta = timedelta()
    is_quick: bool = False
    """In the selection that CI runs."""

    @property
    def story(self) -> str:
        """The first line of what `do` says of itself; the skew and the parameters of a partial stand in braces there."""
        keywords = getattr(self.do, "keywords", {})
        told = (getattr(self.do, "func", self.do).__doc__ or "").split("\n")[0]
        named = {
            name: NAMES.get(value, value) if isinstance(value, str) else value
            for name, value in keywords.items()
        }
        minutes = self.skew.total_seconds() / 60
        return told.format(**named, skew=f"{abs(minutes):g} minutes {'ahead' if minutes > 0 else 'behind'}")


class Row(NamedTuple):
    """What came of one fault."""

    fault: str
    completions: int
    runs: int
    lost: int
    duplicated: int
    misdated: int
    repaired: int
    twins: int
    seconds: float

    def cells(self) -> tuple[str, ...]:
        return (*map(str, self[:-1]), f"{self.seconds:.0f}")


COLUMNS = (
    "fault",
    "completions",
    "runs",
    "lost",
    "duplicated",
    "misdated",
    "repaired",
    "AlreadyExists",
    "seconds",
)


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = [COLUMNS, ("---", *["---:"] * (len(COLUMNS) - 1)), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
