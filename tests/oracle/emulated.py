"""A story on the emulator: the graph compiled, its manifests run in memory, and what the Sensors submitted."""

from __future__ import annotations

from depgen import pipeline
from depgen.play import Ending, Submitted, World
from tests.oracle.story import Started, Story

# How long a source's Workflow runs before it ends: it plays no part.
RUNS_FOR = 60


def played(story: Story) -> list[Started]:
    """Every Workflow that a Sensor submitted, in order."""
    world = World(
        [pipeline.InputFile("graph.yaml", story.graph.encode())],
        start=story.start,
        ending=lambda submitted: _ending(story, submitted),
        sweep_every=story.sweep_every,
    )
    for completion in story.completions:
        world.begin(
            completion.node,
            at=completion.finished - RUNS_FOR,
            key=completion.key,
            scheduled=completion.scheduled,
            name=completion.name,
            manual=completion.key is not None,
        )
        world.end(completion.name, at=completion.finished, phase=completion.phase, outputs=completion.outputs)
    world.run_until(story.until)
    return [Started(int(s.at), s.name, tuple(sorted(s.params.items()))) for s in world.submitted]


def _ending(story: Story, submitted: Submitted) -> Ending | None:
    end = story.ending(submitted.node, submitted.key)
    return end and Ending(end.after, end.phase, end.outputs)
