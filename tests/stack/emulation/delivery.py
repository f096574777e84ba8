"""Cases of actions: what they do to objects, how often they are tried, and what comes after the last try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import (
    config_map,
    hook,
    k8s,
    logging,
    on,
    parameter,
    sensor,
    trigger,
    workflow,
)
from tests.stack.emulation.stage import Case, Names, Stage

NAMED = parameter("metadata.name", dataKey="name")
N = parameter("data.n", dataKey="n")
RETRY = {"retryStrategy": {"steps": 3, "duration": "100ms", "factor": 2, "jitter": 0.1}}
FIRST = config_map("x", {"from": "sensor"}, first="yes")


def _sensor(names: Names, *triggers: Manifest, **more: Any) -> Iterator[Manifest]:
    yield hook(names, "a")
    yield sensor(names, [on(names, "a")], triggers, **more)


def _publish(*payloads: tuple[str, str]) -> Callable[[Stage], None]:
    """Events `{name, n}`, one settled after the other."""

    def script(stage: Stage) -> None:
        for name, n in payloads:
            stage.publish("a", {"name": name, "n": n})
            stage.settle()

    return script


def _each_operation(names: Names) -> Iterator[Manifest]:
    keyed = parameter("metadata.name", dataKey="name")

    def writing(operation: str) -> Manifest:
        name = parameter("metadata.name", value=f"{operation}-", operation="prepend")
        return trigger(operation, "a", k8s(FIRST, keyed, name, N, operation=operation))

    yield from _sensor(names, *(writing(o) for o in ("create", "patch", "update", "delete")))


def _on_what_is_there(stage: Stage) -> None:
    for operation in ("create", "patch", "update", "delete"):
        old = config_map(f"{operation}-one", {"by": "hand", "from": "hand"}, old="yes", n="0")
        stage.create(old)
    _publish(("one", "1"), ("two", "2"), ("two", "2"))(stage)


def _merging(names: Names) -> Iterator[Manifest]:
    raw = parameter("status", dataKey="status", useRawData=True)
    yield from _sensor(names, trigger("merge", "a", k8s(workflow("w"), raw, operation="patch")))


def _nested(stage: Stage) -> None:
    stage.create(workflow("w", status={"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": True}))
    changes: list[dict[str, Any]] = [
        {"a": {"b": None}, "list": [3], "gone": None},
        {"a": None},
        {"new": {"x": None, "y": []}},
    ]
    for status in changes:
        stage.publish("a", {"status": status})
        stage.settle()


def _refused_by_api(names: Names) -> Iterator[Manifest]:
    """Objects that the API refuses: no valid name, no valid label, no text where one must be."""
    label = parameter(r"metadata.labels.x", dataKey="name")
    raw = parameter("data.n", dataKey="number", useRawData=True)
    yield from _sensor(
        names,
        trigger("name", "a", k8s(config_map("x"), NAMED)),
        trigger("label", "a", k8s(config_map("labelled"), label)),
        trigger("number", "a", k8s(config_map("numbered"), raw)),
        trigger("good", "a", k8s(config_map("good"))),
    )


def _unfit(stage: Stage) -> None:
    stage.publish("a", {"name": "Not A Name!", "number": 5})


def _refused(names: Names) -> Iterator[Manifest]:
    """The same object again and again, with and without retries, and what happens afterwards."""
    alone = trigger("alone", "a", k8s(config_map("alone"), N))
    retried = trigger("retried", "a", k8s(config_map("retried"), N), **RETRY)
    told = trigger("told", "a", k8s(config_map("x", {}, told="yes"), NAMED, N, operation="patch"))
    dlq = trigger("dlq", "a", k8s(config_map("dlq"), N), **RETRY, dlqTrigger=told)
    unheard = trigger("again", "a", k8s(config_map("dlq"), N))
    lost = trigger("lost", "a", k8s(config_map("dlq"), N), dlqTrigger={**unheard, **RETRY})
    loose = {**trigger("loose", "a", k8s(config_map("loose"), N), **RETRY), "atLeastOnce": False}
    unset = trigger("unset", "a", k8s(config_map("unset"), N), **RETRY)
    del unset["atLeastOnce"]
    yield from _sensor(names, alone, retried, dlq, lost, loose, unset)


def _again(stage: Stage) -> None:
    stage.create(config_map("dlq"))  # so that it is refused whatever trigger comes first
    _publish(("one", "1"), ("two", "2"))(stage)


def _limited(names: Names) -> Iterator[Manifest]:
    slow = trigger(
        "slow", "a", k8s(config_map("x"), NAMED), rateLimit={"unit": "Second", "requestsPerUnit": 4}
    )
    yield from _sensor(names, slow, logging("fast", "a"))


def _burst(stage: Stage) -> None:
    for number in range(16):
        stage.publish("a", {"name": f"n{number}"})
    stage.wait_for(16)


PACED = 24


def _paced(names: Names) -> Iterator[Manifest]:
    """Two Sensors, as a process has a budget of requests of its own."""
    yield hook(names, "a")
    for name, more in (("free", {}), ("limited", {"rateLimit": {"unit": "Second", "requestsPerUnit": 3}})):
        ending = parameter("metadata.name", value=f"-{name}", operation="append")
        making = trigger("make", "a", k8s(config_map("x"), NAMED, ending), **more)
        yield sensor(names, [on(names, "a")], [making], name=name)


def _many(stage: Stage) -> None:
    for number in range(PACED):
        stage.publish("a", {"name": f"n{number}"})
    stage.wait_for(2 * PACED)


def _logged(names: Names) -> Iterator[Manifest]:
    each = trigger("seldom", "a", {"log": {"intervalSeconds": 600}})
    yield from _sensor(names, each)


def _down(names: Names) -> Iterator[Manifest]:
    yield from _sensor(names, trigger("make", "a", k8s(config_map("x"), NAMED)), logging("log", "a"))


def _up_again(stage: Stage) -> None:
    stage.publish("a", {"name": "before"})
    stage.settle()
    stage.stop("sensor/sensor")
    for name in ("one", "two", "three", "before"):
        stage.publish("a", {"name": name})
    stage.start("sensor/sensor")
    stage.settle()
    stage.stop("sensor/sensor")
    stage.start("sensor/sensor")  # everything was acknowledged
    stage.settle()
    stage.publish("a", {"name": "after"})


def _stuck(names: Names) -> Iterator[Manifest]:
    slow = {"retryStrategy": {"steps": 3, "duration": "20s", "jitter": 0.01}}
    yield from _sensor(names, trigger("stuck", "a", k8s(config_map("there"), N), **slow))


def _killed_at_work(stage: Stage) -> None:
    """What was not acknowledged comes again, half a minute after the last sign of life."""
    stage.create(config_map("there", {}))
    stage.publish("a", {"n": "1"})
    stage.wait_for_told("failed", 1)
    stage.stop("sensor/sensor")
    stage.delete("ConfigMap", "there")
    stage.start("sensor/sensor")
    stage.wait_for(1, seconds=50)


def _late(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a")
    yield sensor(names, [on(names, "a")], [logging("log", "a")], name="first")


def _joined_later(stage: Stage) -> None:
    stage.publish("a", {"name": "early"})
    stage.settle()
    stage.apply(sensor(stage.names, [on(stage.names, "a")], [logging("log", "a")], name="second"))
    stage.publish("a", {"name": "late"})


PACE = Case("pace", _paced, _many)
CASES = (
    Case("killed-at-work", _stuck, _killed_at_work, ignored=("done",)),
    Case("operations", _each_operation, _on_what_is_there),
    Case("merge-patches", _merging, _nested),
    Case("refused-objects", _refused_by_api, _unfit),
    Case("already-there", _refused, _again),
    Case("rate-limit", _limited, _burst),
    Case("log-interval", _logged, _publish(("one", "1"), ("two", "2"))),
    Case("sensor-down", _down, _up_again),
    Case("sensor-joined-later", _late, _joined_later),
)
