"""What the sources do in one fault: for each source and day a story of completions, all of it from the seed.

The steps of one source and day keep their order, those of different ones are shuffled. A story ends either in
success or in failure and never toggles after a success, so what must come of it does not depend on who was faster.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from enum import Enum
from itertools import product
from typing import NamedTuple


class How(Enum):
    """How a completion comes about."""

    POSTED = "posted with its outcome"
    RAN = "run by the Workflows controller"
    RETRIED = "the same Workflow again, as `argo retry` does"
    TOLD_AGAIN = "no completion: the last one is seen once more, as after a relabelling"


class Step(NamedTuple):
    """One thing that happens to a source on a day."""

    source: str
    day: int
    how: How
    phase: str


Story = tuple[tuple[How, str], ...]

OK, BAD = "Succeeded", "Failed"
# Weights: how many of a hundred days go like this.
STORIES: dict[Story, int] = {
    ((How.POSTED, OK),): 44,
    ((How.RAN, OK),): 12,
    ((How.POSTED, OK), (How.TOLD_AGAIN, OK)): 8,
    ((How.POSTED, OK), (How.POSTED, OK)): 8,
    ((How.POSTED, BAD), (How.POSTED, OK)): 8,
    ((How.POSTED, BAD), (How.RETRIED, OK)): 8,
    ((How.POSTED, BAD),): 6,
    ((How.RAN, BAD),): 2,
    (): 4,
}
SUCCESS: Story = ((How.POSTED, OK),)


def steps(rng: random.Random, sources: Iterable[str], days: Iterable[int]) -> list[Step]:
    """The steps in the order in which they happen."""
    told = rng.choices
    chosen = {where: told(list(STORIES), list(STORIES.values()))[0] for where in product(sources, days)}
    return merged(rng, chosen)


def merged(rng: random.Random, stories: dict[tuple[str, int], Story]) -> list[Step]:
    """Many stories told at once."""
    order = [where for where, story in stories.items() for _ in story]
    rng.shuffle(order)
    rest = {where: iter(story) for where, story in stories.items()}
    return [Step(*where, *next(rest[where])) for where in order]
