"""Cases of conditions: what a trigger waits for, what it remembers of each dependency, and what makes it forget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import config_map, hook, k8s, logging, on, parameter, sensor, trigger
from tests.stack.emulation.stage import Case, Names, Stage, wait_until_minute

CONDITIONS = {
    "both": "a && b",
    "either": "a || b",
    "one-of-two-and": "(a || b) && c",
    "all": "a && b && c",
    "and-first": "a && b || c",
    "alone": "a",
    "spaces": "a&&c",
    "twice": "(a && b) || (b && c)",
}


def _logging(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a", "b", "c")
    dependencies = [on(names, name) for name in "abc"]
    yield sensor(names, dependencies, [logging(name, text) for name, text in CONDITIONS.items()])


def _one_by_one(events: str) -> Any:
    """Publishes `a1 b1 ...` and waits after each, as events of different names overtake each other."""

    def script(stage: Stage) -> None:
        for event in events.split():
            stage.publish(event[0], {"n": event[1:]})
            stage.settle()

    return script


def _without_conditions(names: Names) -> Iterator[Manifest]:
    """The AND of all dependencies; two dependencies on one event; names with hyphens."""
    yield hook(names, "a", "b")
    yield sensor(names, [on(names, "a"), on(names, "b")], [trigger("implied", "", {"log": {}})])
    low = [on(names, "low-a", "a", filters=_below(5)), on(names, "any-a", "a"), on(names, "the-b", "b")]
    triggers = [
        logging("two-of-one", "low-a && any-a"),
        logging("one-of-one", "low-a || any-a"),
        logging("three", "low-a && any-a && the-b"),
    ]
    yield sensor(names, low, triggers, name="twins")


def _below(number: int) -> Manifest:
    return {"data": [{"path": "n", "type": "number", "comparator": "<", "value": [str(number)]}]}


def _a_then_b(names: Names, **more: Any) -> Manifest:
    """A trigger on `a && b` whose object is named by the event of `a`."""
    named = [parameter("metadata.name", "a", dataKey="name"), parameter("data.b", "b", dataKey="n")]
    return trigger("make", "a && b", k8s(config_map("x", {}), *named), **more)


def _failing_action(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a", "b")
    yield sensor(names, [on(names, "a"), on(names, "b")], [_a_then_b(names)])


def _after_a_failure(stage: Stage) -> None:
    for event, payload in (
        ("a", {"name": "one"}),
        ("b", {"n": "1"}),
        ("a", {"name": "one"}),
        ("b", {"n": "2"}),  # exists already: the state is gone all the same
        ("b", {"n": "3"}),
        ("a", {"name": "two"}),
    ):
        stage.publish(event, payload)
        stage.settle()


def _reset(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a", "b")
    every_minute = {"conditionsReset": [{"byTime": {"cron": "* * * * *", "timezone": "Asia/Kolkata"}}]}
    never = {"conditionsReset": [{"byTime": {"cron": "0 0 31 12 *"}}]}
    triggers = [
        trigger("each-minute", "a && b", {"log": {}, **every_minute}),
        trigger("each-year", "a && b", {"log": {}, **never}),
        logging("never", "a && b"),
    ]
    yield sensor(names, [on(names, "a"), on(names, "b")], triggers)
    again = [trigger("each-minute", "a && b", {"log": {}, **every_minute}), logging("never", "a && b")]
    yield sensor(names, [on(names, "a"), on(names, "b")], again, name="down")


def _over_a_minute(stage: Stage) -> None:
    """One Sensor sees the minute pass, the other is down at the time and catches up."""
    stage.publish("a", {"n": 1})
    stage.settle()
    stage.stop("sensor/down")
    wait_until_minute(stage)
    stage.start("sensor/down")
    stage.settle()
    for event, n in (("b", 2), ("b", 3), ("a", 4)):
        stage.publish(event, {"n": n})
        stage.settle()


def _surviving(stage: Stage) -> None:
    """Half of an AND outlives its Sensor's process."""
    stage.publish("a", {"n": 1})
    stage.settle()
    stage.stop("sensor/sensor")
    stage.publish("b", {"n": 2})
    stage.publish("c", {"n": 3})
    stage.start("sensor/sensor")
    stage.settle()
    stage.publish("a", {"n": 4})


def _one_event_each(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a", "b", "c")
    triggers = [logging("both", "a && b"), logging("ac", "a && c")]
    yield sensor(names, [on(names, name) for name in "abc"], triggers)


# Functions of the language that conditions are translated with. As long as it stands alone such a name is one.
FUNCTIONS = (
    "all",
    "any",
    "count",
    "date",
    "filter",
    "first",
    "int",
    "join",
    "len",
    "map",
    "max",
    "now",
    "sum",
    "type",
)


def _functions(names: Names) -> Iterator[Manifest]:
    yield hook(names, "a")
    yield sensor(names, [on(names, name, "a") for name in FUNCTIONS], [logging(name) for name in FUNCTIONS])


CASES = (
    Case("names-of-functions", _functions, _one_by_one("a1")),
    Case("conditions", _logging, _one_by_one("a1 a2 b1 c1 b2 c2 a3 c3 b3 b4 a4")),
    Case("conditions-on-one-event", _without_conditions, _one_by_one("a1 a9 b1 b2 a2 a9 b3")),
    Case("state-after-a-failure", _failing_action, _after_a_failure),
    Case("conditions-reset", _reset, _over_a_minute),
    Case("state-outlives-the-sensor", _one_event_each, _surviving),
)
