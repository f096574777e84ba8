"""Cases of edits while events wait: the queue of a Sensor that is down, and half of an AND, survive some and not others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import LOG, hook, logging, on, sensor, trigger
from tests.stack.emulation.stage import Case, Names, Stage

Edited = Callable[[Names], Manifest]


def _sensor(names: Names, *triggers: Manifest, a: Any = None, name: str = "sensor", **more: Any) -> Manifest:
    dependencies = [on(names, "a", **(a or {})), on(names, "b"), on(names, "c")]
    return sensor(names, dependencies, triggers or _triggers(), name=name, **more)


def _triggers() -> tuple[Manifest, ...]:
    return logging("alone", "a"), logging("both", "a && b"), logging("other", "c")


def _original(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a", "b", "c")
    yield _sensor(names)


def _editing(edited: Edited) -> Callable[[Stage], None]:
    """Half of an AND is there and events wait when the Sensor is edited; then more come."""

    def script(stage: Stage) -> None:
        stage.publish("a", {"n": 1})
        stage.settle()
        stage.stop("sensor/sensor")
        for event in "aca":
            stage.publish(event, {"n": 2})
        stage.apply(edited(stage.names))
        stage.start("sensor/sensor")
        stage.settle()
        for event in "bac":
            stage.publish(event, {"n": 3})
            stage.settle()

    return script


def _renamed(stage: Stage) -> None:
    """Another Sensor takes over: what waits for the first one is not its business."""
    stage.publish("a", {"n": 1})
    stage.settle()
    stage.stop("sensor/sensor")
    stage.publish("a", {"n": 2})
    stage.apply(_sensor(stage.names, name="renamed"))
    stage.delete("Sensor", "sensor")
    stage.publish("a", {"n": 3})
    stage.settle()
    stage.publish("b", {"n": 4})


def _made_again(stage: Stage) -> None:
    stage.publish("a", {"n": 1})
    stage.settle()
    stage.delete("Sensor", "sensor")
    stage.publish("a", {"n": 2})
    stage.apply(_sensor(stage.names))
    stage.settle()
    stage.publish("b", {"n": 3})


def _made_again_otherwise(stage: Stage) -> None:
    stage.publish("a", {"n": 1})
    stage.settle()
    stage.delete("Sensor", "sensor")
    stage.publish("a", {"n": 2})
    stage.publish("c", {"n": 2})
    stage.apply(_sensor(stage.names, a={"transform": {"jq": "{n: 9}"}}))
    stage.settle()
    stage.publish("b", {"n": 3})


def _implied(names: Names) -> Iterator[Manifest]:
    """An AND of all dependencies that nobody wrote down."""
    yield hook(names, "a", "b", "c")
    yield _sensor(names, trigger("both", "", LOG))


def _written_down(stage: Stage) -> None:
    stage.publish("a", {"n": 1})
    stage.settle()
    stage.apply(_sensor(stage.names, logging("both", "a && b")))
    stage.publish("b", {"n": 2})


def _back_and_forth(stage: Stage) -> None:
    """A trigger goes and comes back; a dependency is changed and changed back."""
    stage.publish("a", {"n": 1})
    stage.settle()
    names = stage.names
    stage.apply(_sensor(names, logging("alone", "a"), logging("other", "c")))
    stage.publish("a", {"n": 2})
    stage.settle()
    stage.apply(_sensor(names))
    stage.publish("b", {"n": 3})
    stage.settle()
    stage.publish("a", {"n": 4})


EDITS: dict[str, Edited] = {
    "edit-jq": lambda names: _sensor(names, a={"transform": {"jq": "{n: (.n + 10)}"}}),
    "edit-filter": lambda names: _sensor(
        names, a={"filters": {"data": [{"path": "n", "type": "number", "value": ["2", "3"]}]}}
    ),
    "edit-conditions": lambda names: _sensor(
        names, logging("alone", "a"), logging("both", "a && (b || c)"), logging("other", "c")
    ),
    "edit-spaces": lambda names: _sensor(
        names, logging("alone", "a "), logging("both", "a&&b"), logging("other", "c")
    ),
    "edit-action": lambda names: _sensor(
        names,
        trigger("alone", "a", LOG, retryStrategy={"steps": 2}),
        trigger("both", "a && b", LOG, rateLimit={"unit": "Second", "requestsPerUnit": 9}),
        logging("other", "c"),
    ),
    "edit-order": lambda names: _sensor(names, *reversed(_triggers())),
    "edit-pod": lambda names: _sensor(
        names, template={"container": {"env": [{"name": "TZ", "value": "Asia/Shanghai"}]}}
    ),
    "rename-trigger": lambda names: _sensor(
        names, logging("alone", "a"), logging("together", "a && b"), logging("other", "c")
    ),
}
CASES = (
    *(Case(name, _original, _editing(edited)) for name, edited in EDITS.items()),
    Case("rename-sensor", _original, _renamed),
    Case("make-sensor-again", _original, _made_again),
    Case("make-sensor-again-otherwise", _original, _made_again_otherwise),
    Case("write-conditions-down", _implied, _written_down),
    Case("trigger-gone-and-back", _original, _back_and_forth),
)
