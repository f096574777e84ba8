"""What there is to watch of a graph: its services by the names that their metrics carry, and what its sweep can tell.

Names stand in the rules as they are, so the rules are of this build. A sweep that runs as a CronJob has nobody to ask
for metrics; that it runs at all is then seen from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from depgen.render import Layout

# The API server cuts what it makes a name of, and a pod's name is made of one that was made so.
_LONGEST_BASE = 50


@dataclass(frozen=True)
class Watched:
    """`sources` and `sensors` are names of EventSources and Sensors; `clocks` are the times that nodes have.

    `every` is from one pass of the sweep to the next, in seconds.
    """

    graph: str
    namespace: str
    bus: str
    sources: tuple[str, ...]
    sensors: tuple[str, ...]
    clocks: frozenset[str]
    has_crons: bool
    sweep: Literal["cron", "watch"] | None
    every: int

    @cached_property
    def of_sources(self) -> str:
        """A selector of series of the EventSources."""
        return f'namespace="{self.namespace}",eventsource_name=~"{"|".join(self.sources)}"'

    @cached_property
    def of_sensors(self) -> str:
        """A selector of series of the Sensors."""
        return f'namespace="{self.namespace}",sensor_name=~"{"|".join(self.sensors)}"'

    @cached_property
    def of_sweep(self) -> str:
        """A selector of series of the sweep."""
        return f'namespace="{self.namespace}",graph="{self.graph}"'

    @cached_property
    def of_pods(self) -> str:
        """A selector of series about the containers of its services."""
        bases = [f"{name}-eventsource-" for name in self.sources]
        bases += [f"{name}-sensor-" for name in self.sensors]
        pods = "|".join(f"{base[:_LONGEST_BASE]}.+" for base in bases)
        return f'namespace="{self.namespace}",container="main",pod=~"{pods}"'


def watched(layout: Layout) -> Watched:
    """What a graph gives to watch."""
    graph = layout.plan.graph
    return Watched(
        graph=graph.name,
        namespace=graph.namespace,
        bus=graph.event_bus,
        sources=tuple(sorted(box.name for box in layout.sources)),
        sensors=tuple(sorted({box.name for box in layout.record + layout.claim + layout.submit})),
        clocks=frozenset(name for node in graph.nodes.values() for name in node.clocks),
        has_crons=any(n.source and n.source.kind == "cronWorkflow" for n in graph.nodes.values()),
        sweep=graph.sweeper.mode if graph.sweeper else None,
        every=graph.sweeper.every if graph.sweeper else 0,
    )
