"""What a case is, where it may be played, and what is compared afterwards.

A case is manifests and a script. The script is Python and sees only the Protocol `Stage`, so the same script plays on
the real stack and on the emulator. Compared is what anybody could see in the end: the objects of the namespace, and
how often each trigger ran, failed or was kept from running.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from tests.stack.api import Manifest

# What differs between two runs of one thing.
OF_ONE_RUN = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")
ACTION_TIME = "events.argoproj.io/action-timestamp"


@dataclass(frozen=True)
class Names:
    """Where a case is played; `prefix` begins the names of its EventSources and Sensors, as they share a bus."""

    namespace: str
    prefix: str
    start: datetime
    """When the case began, aware; the emulator begins at the same moment."""


class Told(NamedTuple):
    """Something that a part did.

    `what`: `published` an event; `lost` one; `discarded` one, because its transform or filter failed; `done`, an action; `failed`,
    a try of an action; `gave up` after the last; `logged`, by a log trigger.
    """

    what: str
    part: str
    """`<EventSource>/<event>` or `<Sensor>/<trigger>`, without the prefix."""
    detail: str = ""
    """The dependencies that it was done for, or the text that was logged."""


@dataclass
class Outcome:
    """What is left of a case."""

    objects: dict[str, Any]
    told: Counter[Told] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """All of it, a line each, to be compared by eye."""
        found = [f"{name} {json.dumps(body, sort_keys=True)}" for name, body in sorted(self.objects.items())]
        return found + [f"{count} x {' '.join(told)}" for told, count in sorted(self.told.items())]


class Stage(Protocol):
    """One namespace in which EventSources and Sensors run, and the hand that makes things happen there."""

    names: Names

    def apply(self, *manifests: Manifest) -> None:
        """Creates or updates EventSources and Sensors, and returns when they listen."""

    def create(self, *manifests: Manifest) -> None:
        """Creates Workflows and ConfigMaps, one after the other."""

    def patch(self, kind: str, name: str, body: Manifest) -> None:
        """Merge-patches an object."""

    def delete(self, kind: str, name: str) -> None:
        """Deletes an object, EventSources and Sensors too, and returns when it is gone."""

    def publish(self, event: str, body: Any, *, source: str = "hook") -> None:
        """Puts a webhook's event on the bus; `source` is a name without the prefix."""

    def stop(self, part: str) -> None:
        """Kills `eventsource/<name>`, `sensor/<name>` (without the prefix) or `bus`."""

    def start(self, *parts: str) -> None:
        """Starts what was stopped and returns when it listens."""

    def settle(self) -> None:
        """Returns when nothing more happens by itself."""

    def wait_for(self, count: int, kind: str = "ConfigMap", seconds: float = 30) -> None:
        """Returns when there are so many objects of the kind, made by a trigger or by hand."""

    def wait_for_loss(self, count: int) -> None:
        """Returns when an EventSource has lost so many events."""

    def wait_until_minute(self) -> None:
        """Returns a moment after the next full minute."""

    def outcome(self) -> Outcome:
        """What is there now, and what has happened since the start."""


@dataclass(frozen=True)
class Case:
    """`manifests` gives what is applied before `script` begins; `covers` says what it is about."""

    name: str
    manifests: Callable[[Names], Iterable[Manifest]]
    script: Callable[[Stage], None]
    own_bus: bool = False
    """Whether it breaks the bus, or needs one with the smallest payload limit."""


def play(case: Case, stage: Stage) -> Outcome:
    """The outcome of a case on a stage."""
    stage.apply(*case.manifests(stage.names))
    case.script(stage)
    stage.settle()
    return stage.outcome()


def seen(manifest: Manifest) -> Manifest:
    """An object as it is compared: without what differs between two runs of one thing."""
    metadata = {k: v for k, v in manifest["metadata"].items() if k not in OF_ONE_RUN and v}
    if ACTION_TIME in metadata.get("labels", {}):
        metadata["labels"] = {**metadata["labels"], ACTION_TIME: "<time>"}
    rest = {k: v for k, v in manifest.items() if k not in ("apiVersion", "kind", "metadata")}
    return {"metadata": metadata, **rest}


def same_text(data: str) -> str:
    """The JSON of an event, whoever wrote it: Go sorts keys and escapes `<`, others do not."""
    return json.dumps(json.loads(data), sort_keys=True)
