"""Tells whether the services of a namespace have begun to listen, and what is missing while they have not.

`Deployed` in an object's status is no answer: it says that a Deployment was made. An EventSource listens
when the API server has begun each of its watches. A Sensor listens when each of its triggers has a durable
consumer in the bus on which a pull is open; what is published before that is lost to a new Sensor (consumers
deliver new messages only).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.stack.api import Manifest
from tests.stack.bus import Consumer
from tests.stack.services import Service, Watched

STARTED = {"EventSource": "Eventing server started.", "Sensor": "Sensor started."}
SUBSCRIBED = re.compile(r"Subscribing to subject (?P<subject>\S+) with durable name (?P<durable>\S+)")
CONNECTED = frozenset({"Connected to NATS Jetstream server.", "reconnected to eventbus successfully"})
DISCONNECTED = frozenset({"NATS connection lost", "failed to reconnect to eventbus"})
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def missing(
    manifest: Manifest, service: Service | None, consumers: Mapping[str, Consumer] | None
) -> Iterator[str]:
    """What keeps the EventSource or Sensor from listening, one line a reason; nothing when it listens."""
    title = f"{manifest['kind']} {manifest['metadata']['name']}"
    if service is None:
        yield f"{title} has no Deployment: {_conditions(manifest)}"
    elif service.is_held:
        return
    elif service.problem is not None:
        yield f"{title} does not run: {service.problem}"
    elif difference := _difference(_pruned(manifest["spec"]), _pruned(service.spec()), "spec"):
        yield f"{title} runs another spec than the object has: {difference}"
    elif not any(STARTED[manifest["kind"]] in line.message for line in service.current_lines()):
        yield f"{title} runs and has not started yet"
    elif manifest["kind"] == "EventSource":
        yield from (f"{title} {reason}" for reason in _missing_watches(manifest, service))
    else:
        yield from (f"{title} {reason}" for reason in _missing_subscriptions(manifest, service, consumers))


def durables(service: Service) -> set[str]:
    """The names of the consumers that the Sensor's process subscribed to, ever."""
    return {match["durable"] for line in service.lines() if (match := SUBSCRIBED.search(line.message))}


def _missing_watches(manifest: Manifest, service: Service) -> Iterator[str]:
    if not _is_connected(service):
        yield "has lost the bus"
    watches = service.watches()
    if watches is None:
        begun = sum("running informer" in line.message for line in service.current_lines())
        if begun < len(manifest["spec"].get("resource", {})):
            yield "has not begun to watch"
        return
    wanted: Counter[Watched] = Counter(
        (watched.get("group", ""), watched["resource"], watched.get("namespace", ""))
        for watched in manifest["spec"].get("resource", {}).values()
    )
    for watched, count in (wanted - watches).items():
        yield f"has yet to begin {count} watches of {watched}"


def _is_connected(service: Service) -> bool:
    """A lost connection is looked for every 5 s; what an EventSource sees before it has a new one is lost."""
    is_connected = False
    for line in service.current_lines():
        if line.message in CONNECTED:
            is_connected = True
        elif line.message in DISCONNECTED:
            is_connected = False
    return is_connected


def _missing_subscriptions(
    manifest: Manifest, service: Service, consumers: Mapping[str, Consumer] | None
) -> Iterator[str]:
    wanted = sum(len(subjects) for subjects in _subjects(manifest))
    current = (SUBSCRIBED.search(line.message) for line in service.current_lines())
    begun = {match["durable"] for match in current if match}
    if len(begun) < wanted:
        yield f"subscribed {len(begun)} of {wanted} times"
    elif consumers is not None:
        waiting = {name for name in begun if name in consumers and consumers[name].waiting}
        if len(waiting) < wanted:
            yield f"pulls from {len(waiting)} of {wanted} consumers"


def _subjects(sensor: Manifest) -> Iterator[set[tuple[str, str]]]:
    """Per trigger, the events it subscribes to: those of the dependencies in its conditions, or of all."""
    dependencies: dict[str, dict[str, Any]] = {d["name"]: d for d in sensor["spec"]["dependencies"]}
    for trigger in sensor["spec"]["triggers"]:
        named = NAME.findall(trigger["template"].get("conditions") or "") or list(dependencies)
        found = [dependencies[name] for name in named if name in dependencies]
        yield {(d["eventSourceName"], d["eventName"]) for d in found}


def _pruned(value: Any) -> Any:
    """Without zero values, which Argo Events drops."""
    if isinstance(value, dict):
        pruned = {key: _pruned(inner) for key, inner in value.items()}
        return {key: inner for key, inner in pruned.items() if inner not in (None, "", 0, False, [], {})}
    return [_pruned(inner) for inner in value] if isinstance(value, list) else value


def _difference(wanted: Any, running: Any, route: str) -> str | None:
    """Where the specs differ first: an edit not yet rolled out, or a field Argo Events does not know."""
    if isinstance(wanted, dict) and isinstance(running, dict):
        inner = [(f"{route}.{k}", wanted.get(k), running.get(k)) for k in sorted({*wanted, *running})]
    elif isinstance(wanted, list) and isinstance(running, list) and len(wanted) == len(running):
        inner = [(f"{route}[{i}]", *pair) for i, pair in enumerate(zip(wanted, running, strict=True))]
    else:
        return None if wanted == running else f"{route} is {running!r:.200}, not {wanted!r:.200}"
    return next(filter(None, (_difference(left, right, where) for where, left, right in inner)), None)


def _conditions(manifest: Manifest) -> str:
    conditions = manifest.get("status", {}).get("conditions", [])
    told = [f"{c['type']} {c['status']} {c.get('message', '')}".strip() for c in conditions]
    return "; ".join(told) or "no status yet"
