"""Cases of EventSources: what of the things that happen to an object becomes an event, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import (
    SELECTED,
    config_map,
    event_source,
    logging,
    on,
    resource,
    sensor,
    workflow,
)
from tests.stack.emulation.stage import Case, Names, Stage, wait_until_minute
from tests.stack.workflows import LABEL

SHOWN = """{type, name: .body.metadata.name, new: .body.data, old: .oldBody.data, labels: .body.metadata.labels,
 was: .oldBody.metadata.labels, group, version, resource, metadata, keys: keys}"""
RUN = "{type, name: .body.metadata.name, phase: .body.status.phase, was: .oldBody.status.phase}"


def _shown(names: Names, *events: str, jq: str = SHOWN) -> Manifest:
    """A Sensor that logs the events of the EventSource `watch`."""
    dependencies = [on(names, event, source="watch", transform={"jq": jq}) for event in events]
    return sensor(names, dependencies, [logging(event) for event in events])


def _labelled(names: Names) -> Iterator[Manifest]:
    yield event_source(
        names,
        "watch",
        resource={
            "all": resource(names, metadata={"note": "all", "x": "<&>"}),
            "adds": resource(names, types=["ADD"]),
            "updates": resource(names, types=["UPDATE"]),
            "deletes": resource(names, types=["DELETE"]),
        },
    )
    yield _shown(names, "all", "adds", "updates", "deletes")


def _through_a_selector(stage: Stage) -> None:
    stage.create(config_map("one", {}, n="1"))
    steps: list[Manifest] = [
        {"metadata": {"labels": {"watched": "yes"}}},  # enters
        {"data": {"n": "2", "m": "1"}},
        {"data": {"n": "2"}},  # changes nothing
        {"data": {"m": None}},
        {"metadata": {"labels": {"watched": "no"}}, "data": {"n": "3"}},  # leaves
        {"data": {"n": "4"}},
        {"metadata": {"labels": {"watched": "yes"}}},
        {"metadata": {"annotations": {"a": "b"}}},
    ]
    for step in steps:
        stage.patch("ConfigMap", "one", step)
    stage.delete("ConfigMap", "one")
    stage.create(config_map("two", n="1"), config_map("three", {"watched": "no"}))
    stage.delete("ConfigMap", "three")


SELECTORS = {
    "equal": [{"key": "tier", "operation": "=", "value": "gold"}],
    "silent": [{"key": "tier", "value": "gold"}],
    "other": [{"key": "tier", "operation": "!=", "value": "gold"}, {"key": "case", "operation": "exists"}],
    "among": [{"key": "tier", "operation": "in", "value": "gold,silver"}],
    "none-of": [
        {"key": "tier", "operation": "notin", "value": "gold,silver"},
        {"key": "case", "operation": "exists"},
    ],
    "without": [{"key": "tier", "operation": "!"}, {"key": "case", "operation": "==", "value": "x"}],
}


def _selecting(names: Names) -> Iterator[Manifest]:
    events = {name: resource(names, labels=labels) for name, labels in SELECTORS.items()}
    yield event_source(names, "watch", resource=events)
    yield _shown(names, *SELECTORS)


def _many_labels(stage: Stage) -> None:
    tiers: list[dict[str, str]] = [{"tier": "gold"}, {"tier": "silver"}, {"tier": "iron"}, {}, {"tier": ""}]
    for number, tier in enumerate(tiers):
        stage.create(config_map(f"c{number}", {"case": "x", **tier}))
    stage.patch("ConfigMap", "c0", {"metadata": {"labels": {"tier": "iron"}}})
    stage.patch("ConfigMap", "c3", {"metadata": {"labels": {"tier": "silver"}}})


def _watched(names: Names) -> Iterator[Manifest]:
    yield event_source(names, "watch", resource={"all": resource(names)})
    yield _shown(names, "all")


def _restarted(stage: Stage) -> None:
    stage.create(*(config_map(name, n="1") for name in ("b", "a", "c", "d")))
    stage.patch("ConfigMap", "a", {"data": {"n": "2"}})
    stage.settle()
    stage.stop("eventsource/watch")
    stage.patch("ConfigMap", "b", {"data": {"n": "3"}})
    stage.delete("ConfigMap", "c")
    stage.create(config_map("e", n="1"))
    stage.start("eventsource/watch")
    stage.settle()
    stage.patch("ConfigMap", "d", {"data": {"n": "4"}})


def _edited(stage: Stage) -> None:
    stage.create(config_map("a", n="1"), config_map("b", {"tier": "gold"}, n="1"))
    stage.settle()
    gold = [{"key": "tier", "operation": "==", "value": "gold"}]
    changed = {"all": resource(stage.names, labels=gold), "new": resource(stage.names, types=["ADD"])}
    stage.apply(event_source(stage.names, "watch", resource=changed))
    stage.settle()
    stage.create(config_map("c"), config_map("d", {"tier": "gold"}))


def _deleted_and_made_again(stage: Stage) -> None:
    stage.create(config_map("a", n="1"))
    stage.settle()
    stage.delete("EventSource", "watch")
    stage.patch("ConfigMap", "a", {"data": {"n": "2"}})
    stage.create(config_map("b"))
    stage.apply(event_source(stage.names, "watch", resource={"all": resource(stage.names)}))


COMPLETED = [{"key": f"{LABEL}completed", "operation": "==", "value": "true"}]


def _completions(names: Names) -> Iterator[Manifest]:
    done = resource(names, "workflows", ["ADD"], COMPLETED)
    yield event_source(names, "watch", resource={"done": done})
    yield _shown(names, "done", jq=RUN)


def _ending_twice(stage: Stage) -> None:
    stage.create(workflow("w", status={"phase": "Failed"}), workflow("v", status={"phase": "Succeeded"}))
    stage.patch("Workflow", "v", {"metadata": {"labels": {"archived": "yes"}}})  # no second event
    again = {f"{LABEL}completed": "false"}
    stage.patch("Workflow", "w", {"metadata": {"labels": again}, "status": {"phase": "Running"}})
    end = {f"{LABEL}completed": "true"}
    stage.patch("Workflow", "w", {"metadata": {"labels": end}, "status": {"phase": "Succeeded"}})
    stage.delete("Workflow", "v")


LATEST_SECOND = 30
TICK = """{metadata, keys: keys, text: (.eventTime | gsub("[0-9]"; "9") | gsub("99*"; "9"))}"""


def _ticking(names: Names) -> dict[str, Manifest]:
    """An excluded date is one of the schedule's zone."""
    minute = names.start + timedelta(minutes=1)
    zone = ZoneInfo("Pacific/Kiritimati" if minute.hour >= 10 else "Pacific/Pago_Pago")  # another date there
    here, there = (f"EXDATE:{day:%Y%m%d}T000000Z" for day in (minute, minute.astimezone(zone)))
    schedule, elsewhere = {"schedule": "* * * * *"}, {"schedule": "* * * * *", "timezone": zone.key}
    return {
        "minute": {**schedule, "metadata": {"a": "b"}},
        "zoned": {**schedule, "timezone": "Asia/Kolkata"},
        "zone-within": {"schedule": "CRON_TZ=Asia/Kolkata * * * * *"},
        "not-today": {**schedule, "exclusionDates": [here]},
        "not-there": {**elsewhere, "exclusionDates": [there]},
        "today-there": {**elsewhere, "exclusionDates": [here]},
        "among-others": {**schedule, "exclusionDates": ["EXDATE:20200101T000000Z", f"{there},{here[7:]}"]},
        "no-prefix": {**schedule, "exclusionDates": [here[7:]]},
        "next-year": {"schedule": "0 0 31 12 *", "exclusionDates": ["EXDATE:20261231T000000Z"]},
    }


def _listening(names: Names) -> Iterator[Manifest]:
    events = _ticking(names)
    dependencies = [on(names, event, source="clock", transform={"jq": TICK}) for event in events]
    yield sensor(names, dependencies, [logging(event) for event in events])


def _one_minute(stage: Stage) -> None:
    """The EventSource starts early enough in a minute to see one tick on every stage."""
    if stage.now().second > LATEST_SECOND:
        wait_until_minute(stage)
    stage.apply(event_source(stage.names, "clock", calendar=_ticking(stage.names)))
    wait_until_minute(stage)


def _prefixes(names: Names) -> Iterator[Manifest]:
    field = [{"key": "data.n", "operation": "==", "value": "1"}]
    prefix, fields = (
        {kind: wanted, "labels": [SELECTED]} for kind, wanted in (("prefix", "etl-a"), ("fields", field))
    )
    events = {"named": resource(names, filter=prefix), "valued": resource(names, filter=fields)}
    yield event_source(names, "watch", resource=events)
    yield _shown(names, *events)


def _some_names(stage: Stage) -> None:
    stage.create(*(config_map(name, n=n) for name, n in (("etl-a", "1"), ("etl-ab", "21"), ("b", "2"))))


CASES = (
    Case("through-a-selector", _labelled, _through_a_selector),
    Case("selectors", _selecting, _many_labels),
    Case("restarted-source", _watched, _restarted),
    Case("edited-source", _watched, _edited),
    Case("source-made-again", _watched, _deleted_and_made_again),
    Case("completions", _completions, _ending_twice),
    Case("calendar", _listening, _one_minute),
    Case("prefix-and-fields", _prefixes, _some_names),
)
