"""Cases of a bus that is down or too small, each on a bus of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import config_map, event_source, hook, logging, on, resource, sensor
from tests.stack.emulation.stage import Case, Names, Stage

SHORT: dict[str, Any] = {
    "transform": {"jq": "{type, name: .body.metadata.name, n: .body.data.n, old: .oldBody.data.n}"}
}


def _watched(names: Names) -> Iterator[Manifest]:
    yield event_source(names, "watch", resource={"seen": resource(names)})
    yield hook(names, "a")
    dependencies = [on(names, "seen", source="watch", **SHORT), on(names, "a")]
    yield sensor(names, dependencies, [logging("seen"), logging("both", "seen && a")])


def _while_down(stage: Stage) -> None:
    """What happens meanwhile is lost, what was remembered is not; afterwards the old state is the last one seen."""
    stage.create(config_map("one", n="1"), config_map("two", n="1"))
    stage.settle()
    stage.stop("bus")
    stage.create(config_map("lost", n="1"))
    stage.patch("ConfigMap", "one", {"data": {"n": "2"}})
    stage.wait_for_told("lost", 2)
    stage.start("bus")
    stage.settle()
    stage.patch("ConfigMap", "one", {"data": {"n": "3"}})
    stage.publish("a", {"n": "4"})
    stage.settle()
    stage.stop("eventsource/watch")
    stage.start("eventsource/watch")


def _too_large(stage: Stage) -> None:
    """An update carries the object twice."""
    large = "x" * 600_000
    stage.create(config_map("large", n="1", large=large), config_map("small", n="1"))
    stage.settle()
    stage.patch("ConfigMap", "large", {"data": {"n": "2"}})
    stage.patch("ConfigMap", "small", {"data": {"n": "2"}})
    stage.wait_for_told("lost", 1)
    stage.settle()
    stage.patch("ConfigMap", "large", {"data": {"large": "y"}})
    stage.settle()
    stage.patch("ConfigMap", "large", {"data": {"n": "3"}})


def _just_too_large(stage: Stage) -> None:
    """What an EventSource sends is base64, so three quarters of the bus's limit are too much."""
    for name, size in (("fits", 775_000), ("not", 800_000)):
        stage.create(config_map(name, n="1", large="x" * size))
        stage.settle()
    stage.wait_for_told("lost", 1)


CASES = (
    Case("just-too-large", _watched, _just_too_large, own_bus=True),
    Case("bus-down", _watched, _while_down, own_bus=True),
    Case("too-large", _watched, _too_large, own_bus=True),
)
