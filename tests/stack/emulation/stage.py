"""What a case is, where it may be played, and what is compared afterwards.

A case is manifests and a script. The script is Python and sees only the Protocol `Stage`, so the same script plays on
the real stack and on the emulator. Compared is what anybody could see in the end: the objects of the namespace, and
how often each trigger ran, failed or was kept from running.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from tests.stack.api import Manifest
from tests.stack.workflows import LABEL

# What differs between two runs of one thing.
OF_ONE_RUN = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")
# In a ledger: uids, and when a clock struck.
OF_A_RUN = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<="at":")[^"]*')
OF_THE_CONTROLLER = (f"{LABEL}last-seen-version", f"{LABEL}pod-name-format")
SENSOR = "events.argoproj.io/sensor"
ACTION_TIME = "events.argoproj.io/action-timestamp"


@dataclass(frozen=True)
class Names:
    """Where a case is played; `prefix` begins the names of its EventSources and Sensors, as they share a bus."""

    namespace: str
    prefix: str
    start: datetime
    """When the case began, aware; the emulator begins at the same moment."""

    def full(self, name: str) -> str:
        """With the prefix; "" is the prefix itself, the name of a graph's EventSource."""
        return f"{self.prefix}-{name}" if name else self.prefix


class Told(NamedTuple):
    """Something that a part did.

    `what`: `published` an event; `lost` one; `discarded` one, because its transform or filter failed; `done`, an action; `failed`,
    a try of an action; `gave up` and `dlq gave up`, after the last; `logged`, by a log trigger.
    """

    what: str
    part: str
    """`<EventSource>/<event>` or `<Sensor>/<trigger>`, without the prefix."""
    detail: str = ""
    """The dependency and the text that was logged."""


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
        """Kills `eventsource/<name>` or `sensor/<name>` (without the prefix), or ends `bus`."""

    def start(self, *parts: str) -> None:
        """Starts what was stopped and returns when it listens."""

    def settle(self) -> None:
        """Returns when nothing more happens by itself."""

    def wait_for(self, count: int, kind: str = "ConfigMap", seconds: float = 30) -> None:
        """Returns when there are so many objects of the kind, made by a trigger or by hand."""

    def wait_for_told(self, what: str, count: int) -> None:
        """Returns when a `Told.what` has come so often."""

    def open_runs(self) -> list[str]:
        """The Workflows that Sensors submitted and that have not ended, sorted."""

    def now(self) -> datetime:
        """The stage's clock, aware."""

    def wait_until(self, moment: datetime) -> None:
        """Returns when it is so late."""

    def action_times(self) -> dict[str, float]:
        """When a trigger made each ConfigMap, in seconds, by name."""

    def outcome(self) -> Outcome:
        """What is there now, and what has happened since the start."""


@dataclass(frozen=True)
class Case:
    """`manifests` gives what is applied before `script` begins."""

    name: str
    manifests: Callable[[Names], Iterable[Manifest]]
    script: Callable[[Stage], None]
    own_bus: bool = False
    """Whether it breaks the bus, or needs one with the smallest payload limit."""
    ignored: tuple[str, ...] = ()
    """What is not compared of `Told.what`, because it hangs on who comes first; "*" is all of it."""


def play(case: Case, stage: Stage) -> Outcome:
    """The outcome of a case on a stage."""
    stage.apply(*case.manifests(stage.names))
    case.script(stage)
    stage.settle()
    return stage.outcome()


def wait_until_minute(stage: Stage) -> None:
    """Returns a moment after the next full minute."""
    minute = stage.now().replace(second=0, microsecond=0)
    stage.wait_until(minute + timedelta(minutes=1, seconds=0.5))


def differences(case: Case, real: Outcome, emulated: Outcome) -> list[str]:
    """What only the stack shows (`+`) and what only the emulator does (`-`); webhooks publish by hand on both."""
    here, there = ({*_lines(case, outcome)} for outcome in (real, emulated))
    return [f"+ {line}" for line in sorted(here - there)] + [f"- {line}" for line in sorted(there - here)]


def _lines(case: Case, outcome: Outcome) -> list[str]:
    told = Counter(
        {
            told: count
            for told, count in outcome.told.items()
            if not {told.what, "*"} & {*case.ignored} and (told.what, told.part[:5]) != ("published", "hook/")
        }
    )
    return Outcome(outcome.objects, told).lines()


def seen(kind: str, manifest: Manifest) -> Manifest:
    """An object as it is compared: without what differs between two runs, and what the Workflows controller writes."""
    metadata = {k: v for k, v in manifest["metadata"].items() if k not in OF_ONE_RUN}
    rest = {k: v for k, v in manifest.items() if k not in ("apiVersion", "kind", "metadata")}
    labels, annotations = dict(metadata.pop("labels", {})), dict(metadata.pop("annotations", {}))
    if kind == "Workflow":
        annotations = {k: v for k, v in annotations.items() if k not in OF_THE_CONTROLLER}
    if kind == "Workflow" and SENSOR in labels:
        labels = {k: v for k, v in labels.items() if not k.startswith(LABEL)}
        rest.pop("status", None)
    if ACTION_TIME in labels:
        labels[ACTION_TIME] = "<time>"
    if "depgen.io/graph" in labels and "data" in rest:
        rest["data"] = sorted(OF_A_RUN.sub("<?>", f"{k} {v}") for k, v in rest["data"].items())
    return {"metadata": {**metadata, "labels": labels, "annotations": annotations}, **rest}


def action_times(found: Iterable[Manifest]) -> dict[str, float]:
    """When a trigger made each of these."""
    made = {o["metadata"]["name"]: o["metadata"].get("labels", {}).get(ACTION_TIME) for o in found}
    return {name: int(time) / 1000 for name, time in made.items() if time}


def open_runs(found: Iterable[Manifest]) -> list[str]:
    """The names of the submitted Workflows among these that have not ended."""
    return sorted(
        w["metadata"]["name"]
        for w in found
        if SENSOR in w["metadata"].get("labels", {})
        and w["metadata"]["labels"].get(f"{LABEL}completed") != "true"
    )


def same_text(data: str) -> str:
    """The JSON of an event, whoever wrote it: Go sorts keys and escapes `<`, others do not."""
    return json.dumps(json.loads(data), sort_keys=True)
