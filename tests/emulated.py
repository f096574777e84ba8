"""Small EventSources and Sensors for tests of the emulator, and what its log says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from depgen.cluster.api import CONFIG_MAPS, Object
from depgen.emulate import Emulator

START = 1795248000.0  # 2026-11-21T08:00:00Z
Manifest = dict[str, Any]


def event_source(name: str = "src", **spec: Any) -> Manifest:
    """An EventSource of these events."""
    return {"kind": "EventSource", "metadata": {"name": name, "namespace": "data"}, "spec": spec}


def watching(*labels: tuple[str, str, str], types: Iterable[str] = ("ADD",), **more: Any) -> Manifest:
    """A resource event of ConfigMaps; a label is `(key, operation, value)`."""
    wanted = [{"key": key, "operation": operation, "value": value} for key, operation, value in labels]
    event = {"namespace": "data", "group": "", "version": "v1", "resource": "configmaps"}
    return {**event, "eventTypes": list(types), "filter": {"labels": wanted, **more}}


def dependency(name: str, event: str | None = None, source: str = "src", **more: Any) -> Manifest:
    """A dependency on an event of the same name."""
    return {"name": name, "eventSourceName": source, "eventName": event or name, **more}


def logging(name: str, conditions: str, **more: Any) -> Manifest:
    """A log trigger."""
    template = more.pop("template", {})
    return {
        "template": {"name": name, "conditions": conditions, "log": {}, **template},
        "atLeastOnce": True,
        **more,
    }


def writing(
    name: str, conditions: str, operation: str, body: Mapping[str, Any], *parameters: Any, **more: Any
) -> Manifest:
    """A k8s trigger on a ConfigMap; a parameter is `(dependency, dataKey, dest)` or a whole one."""
    source = {"resource": {"apiVersion": "v1", "kind": "ConfigMap", **body}}
    written = [_parameter(given) for given in parameters]
    kubernetes = {"operation": operation, "source": source, "parameters": written}
    template = {"name": name, "conditions": conditions, "k8s": kubernetes}
    return {"template": template, "atLeastOnce": True, **more}


def _parameter(given: Any) -> Manifest:
    if isinstance(given, dict):
        return given
    name, key, dest = given
    return {"src": {"dependencyName": name, "dataKey": key}, "dest": dest}


def sensor(dependencies: list[Manifest], *triggers: Manifest, name: str = "sen", **spec: Any) -> Manifest:
    """A Sensor."""
    body = {"dependencies": dependencies, "triggers": list(triggers), **spec}
    return {"kind": "Sensor", "metadata": {"name": name, "namespace": "data"}, "spec": body}


def emulator(*manifests: Manifest, **more: Any) -> Emulator:
    """At START."""
    return Emulator(manifests, start=START, **more)


def config_map(name: str, data: Mapping[str, str] | None = None, **labels: str) -> Object:
    """A ConfigMap to create."""
    body: Object = {"metadata": {"name": name, "labels": labels}}
    return {**body, "data": dict(data)} if data else body


def put(emulated: Emulator, name: str, data: Mapping[str, str] | None = None, **labels: str) -> None:
    """Create a ConfigMap, and let happen what follows at once."""
    emulated.api.create(CONFIG_MAPS, "data", config_map(name, data, **labels))
    emulated.run_until(emulated.now)


def change(emulated: Emulator, name: str, **patch: Any) -> None:
    """Merge into a ConfigMap, and let happen what follows at once."""
    emulated.api.patch(CONFIG_MAPS, "data", name, patch)
    emulated.run_until(emulated.now)


def send(emulated: Emulator, event: str, payload: Any = None, source: str = "src") -> None:
    """An event from outside, and what follows at once."""
    emulated.publish(source, event, {} if payload is None else payload)
    emulated.run_until(emulated.now)


def after(emulated: Emulator, seconds: float) -> None:
    """Let so many seconds pass."""
    emulated.run_until(emulated.now + seconds)


def said(emulated: Emulator, *kinds: str) -> list[tuple[float, str, str]]:
    """`(seconds since START, kind, what)` of the log, of these kinds."""
    return [(round(h.at - START, 3), h.kind, h.what) for h in emulated.log if h.kind in kinds]


def logged(emulated: Emulator) -> list[str]:
    """What log triggers wrote: `dependency payload`."""
    return [f"{h.what} {h.detail}" for h in emulated.log if h.kind == "logged"]
