"""A page that is followed from its top to its end, in a folder of its own: what each of its steps prints.

The steps of one page are taken once for all of them, in their order; a step that fails shows in what it prints, and
the ones after it find what it left.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house.shell import printed

KINDS = ("save", "append", "step")


@dataclass(frozen=True)
class Step:
    """`save` and `append`: `body` goes into the file `what`; `step`: the command `what` is run."""

    kind: str
    what: str
    body: str


def take(step: Step, folder: Path) -> str:
    """What the step prints."""
    if step.kind == "step":
        return printed(step.what, folder)
    path = folder / step.what
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if step.kind == "append" else "w", encoding="utf-8", newline="\n") as file:
        file.write(step.body)
    return ""


@cache
def taken(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """What each step of a page prints."""
    with tempfile.TemporaryDirectory() as folder:
        return tuple([take(step, Path(folder)) for step in steps])
