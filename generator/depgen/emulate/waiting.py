"""What waits for an AND: the last event of each dependency of a trigger, in the key-value store of its Sensor.

It outlives the Sensor's process, and the Sensor too.
"""

from __future__ import annotations

from typing import NamedTuple

from depgen.emulate.bus import Store
from depgen.emulate.events import Event


class Waiting(NamedTuple):
    """Of one trigger, whose conditions name these dependencies."""

    store: Store
    trigger: str
    names: tuple[str, ...]

    def saved(self) -> dict[str, Event]:
        """What there is, by dependency."""
        found = self.store.saved
        return {name: found[self.trigger, name][1] for name in self.names if (self.trigger, name) in found}

    def save(self, name: str, time: float, event: Event) -> None:
        """Keep an event, published at that time, instead of the one before."""
        self.store.saved[self.trigger, name] = (time, event)

    def forget(self) -> None:
        """Keep nothing."""
        for name in self.names:
            self.store.saved.pop((self.trigger, name), None)

    def forget_before(self, moment: float) -> None:
        """Keep only what was published at that moment or later."""
        for name in self.saved():
            if self.store.saved[self.trigger, name][0] < moment:
                del self.store.saved[self.trigger, name]
