"""Two builds, as objects: what is added, removed and changed, and which queues Argo Events throws away.

A Sensor's pod compares its spec with the one it remembers. A trigger that is gone, or whose `conditions` differ, loses the
consumers of all its dependencies; a dependency that is gone or differs loses its consumer in every trigger. What waited
there is not delivered. Source: argo-events v1.9.11, pkg/eventbus/jetstream/sensor/sensor_jetstream.go (setStateToSpec).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from depgen.diff.change import Effect, ObjectChange

Object = Mapping[str, Any]
Identity = tuple[str, str, str]

# The graph as data, and the Job that is named by it: their text is not their meaning, and what it means is told of the graph.
_TEXTS = ("ConfigMap", "Job")
_ORDER = ("EventSource", "Sensor")


def by_identity(objects: Iterable[Object]) -> dict[Identity, Object]:
    """The objects of a build by kind, namespace and name."""
    found = (o for o in objects if o["kind"] not in _TEXTS)
    return {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]): o for o in found}


def compare(before: Mapping[Identity, Object], after: Mapping[Identity, Object]) -> Iterator[ObjectChange]:
    """Every object that differs, EventSources and Sensors first."""
    for identity in sorted(before.keys() | after.keys(), key=_rank):
        old, new = before.get(identity), after.get(identity)
        if old is None and new is not None:
            yield _added(identity)
        elif new is None and old is not None:
            yield _removed(identity, old)
        elif old is not None and new is not None and old != new:
            yield _changed(identity, old, new)


def lost_queues(old: Object, new: Object) -> list[tuple[str, str]]:
    """The (trigger, dependency) pairs of a Sensor whose consumers do not outlive the edit."""
    definitions = [{d["name"]: d for d in sensor["spec"]["dependencies"]} for sensor in (old, new)]
    kept = {name for name, given in definitions[0].items() if definitions[1].get(name) == given}
    conditions = {t["template"]["name"]: t["template"].get("conditions", "") for t in new["spec"]["triggers"]}
    return [
        (trigger, dependency)
        for trigger, condition, dependencies in _triggers(old)
        for dependency in dependencies
        if conditions.get(trigger) != condition or dependency not in kept
    ]


def _triggers(sensor: Object) -> Iterator[tuple[str, str, list[str]]]:
    for trigger in sensor["spec"]["triggers"]:
        condition = trigger["template"].get("conditions", "")
        yield trigger["template"]["name"], condition, re.findall(r"[A-Za-z0-9_-]+", condition)


def _rank(identity: Identity) -> tuple[int, Identity]:
    kind = identity[0]
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER), identity


def _added(identity: Identity) -> ObjectChange:
    note = "it begins with events from now on" if identity[0] == "Sensor" else ""
    return ObjectChange(*identity, "added", note=note)


def _removed(identity: Identity, old: Object) -> ObjectChange:
    if identity[0] != "Sensor":
        return ObjectChange(*identity, "removed")
    lost = _named((trigger, d) for trigger, _, dependencies in _triggers(old) for d in dependencies)
    note = "its consumers stay on the EventBus: depgen doctor names them"
    return ObjectChange(*identity, "removed", (), lost, Effect.SWEEP, note)


def _changed(identity: Identity, old: Object, new: Object) -> ObjectChange:
    fields = tuple(_differing(old, new))
    if identity[0] != "Sensor":
        note = "its pod restarts and replays what is there" if identity[0] == "EventSource" else ""
        return ObjectChange(*identity, "changed", fields, note=note)
    if old["spec"].get("eventBusName") != new["spec"].get("eventBusName"):
        everything = _named((trigger, d) for trigger, _, names in _triggers(old) for d in names)
        return ObjectChange(
            *identity, "changed", fields, everything, Effect.SWEEP, "it moves to another EventBus"
        )
    lost = _named(lost_queues(old, new))
    note = "" if lost or old["spec"] == new["spec"] else "its pod restarts, and its queues stay"
    return ObjectChange(*identity, "changed", fields, lost, Effect.SWEEP if lost else Effect.SAFE, note)


def _named(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """`report`, or `facts/cron` where a trigger listens to more than one thing."""
    return tuple(
        trigger if trigger == dependency else f"{trigger}/{dependency}" for trigger, dependency in pairs
    )


def _differing(old: Object, new: Object) -> Iterator[str]:
    """The parts of `metadata`, `spec` and the like that differ, by name where a list has names."""
    for top in sorted(old.keys() | new.keys()):
        one, other = old.get(top), new.get(top)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            yield from (
                f"{top}.{name}"
                for name in sorted(one.keys() | other.keys())
                if one.get(name) != other.get(name)
            )
        else:
            yield top
