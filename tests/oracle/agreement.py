"""Whether the emulated graph did what the oracle says, in words that say how to look further."""

from __future__ import annotations

from hypothesis import assume

from tests.oracle.emulated import played
from tests.oracle.oracle import expected
from tests.oracle.story import Started, Story

# Seconds that Sensors may take: they are allowed five requests a second.
LATENCY = 60


def assert_agreement(story: Story) -> None:
    """The same Workflows with the same parameters, at most a moment later.

    A story in which two orders of what comes in the same second give different runs has no answer, and is left out.
    """
    wanted = expected(story)
    assume(wanted == expected(story, clocks_first=False))
    found = played(story)
    assert _shown(found) == _shown(wanted), told(story)
    times = {started.name: started.at for started in wanted}
    late = {s.name: s.at - times[s.name] for s in found if not 0 <= s.at - times[s.name] <= LATENCY}
    assert not late, told(story)


def told(story: Story) -> str:
    """A story as one reads it."""
    lines = [story.graph, f"from {story.start} to {story.until}, sweep every {story.sweep_every}"]
    return "\n".join([*lines, *map(str, story.completions)])


def _shown(runs: list[Started]) -> list[str]:
    return sorted(f"{run.name} {dict(run.params)}" for run in runs)
