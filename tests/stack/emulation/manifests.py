"""EventSources, Sensors and what they look at, short enough to read twenty of them in a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.stage import Names
from tests.stack.workflows import HELD_SPEC, LABEL

ARGO = "argoproj.io/v1alpha1"
SELECTED = {"key": "watched", "operation": "==", "value": "yes"}
LOG: Manifest = {"log": {}}


def resource(
    names: Names,
    plural: str = "configmaps",
    types: Iterable[str] = ("ADD", "UPDATE", "DELETE"),
    labels: Iterable[Manifest] = (SELECTED,),
    **more: Any,
) -> Manifest:
    """One event of a resource EventSource."""
    group, version = ("", "v1") if plural == "configmaps" else ("argoproj.io", "v1alpha1")
    found = {"namespace": names.namespace, "group": group, "version": version, "resource": plural}
    selecting = {"filter": {"labels": list(labels)}} if labels else {}
    return {**found, "eventTypes": list(types), **selecting, **more}


def event_source(names: Names, name: str, **spec: Any) -> Manifest:
    """`spec` is `resource=...`, `webhook=...`, `calendar=...`, each a mapping by event."""
    metadata = {"name": f"{names.prefix}-{name}", "namespace": names.namespace}
    return {"apiVersion": ARGO, "kind": "EventSource", "metadata": metadata, "spec": spec}


def hook(names: Names, *events: str) -> Manifest:
    """The webhook that `Stage.publish` speaks for."""
    ports = {"port": "12000", "method": "POST"}
    return event_source(names, "hook", webhook={e: {**ports, "endpoint": f"/{e}"} for e in events})


def sensor(
    names: Names,
    dependencies: Iterable[Manifest],
    triggers: Iterable[Manifest],
    name: str = "sensor",
    **more: Any,
) -> Manifest:
    """A Sensor; `name` without the prefix."""
    metadata = {"name": f"{names.prefix}-{name}", "namespace": names.namespace}
    spec = {"dependencies": list(dependencies), "triggers": list(triggers), **more}
    return {"apiVersion": ARGO, "kind": "Sensor", "metadata": metadata, "spec": spec}


def on(names: Names, name: str, event: str = "", source: str = "hook", **more: Any) -> Manifest:
    """A dependency; its event has its name unless told."""
    return {"name": name, "eventSourceName": f"{names.prefix}-{source}", "eventName": event or name, **more}


def trigger(name: str, conditions: str, template: Mapping[str, Any], **more: Any) -> Manifest:
    """A trigger that is tried once and acknowledged when it ran; `more` says otherwise."""
    named = {"name": name, **({"conditions": conditions} if conditions else {})}
    return {"template": {**named, **template}, "atLeastOnce": True, **more}


def logging(name: str, conditions: str = "", **more: Any) -> Manifest:
    """A trigger that logs its events."""
    return trigger(name, conditions or name, LOG, **more)


def k8s(
    manifest: Manifest, *parameters: Manifest, operation: str = "create", **more: Any
) -> Mapping[str, Any]:
    """The template of a trigger that writes an object."""
    found = {"operation": operation, "source": {"resource": manifest}, **more}
    return {"k8s": {**found, **({"parameters": list(parameters)} if parameters else {})}}


def parameter(dest: str, dependency: str = "a", *, operation: str = "", **src: Any) -> Manifest:
    """A parameter; `src` is `dataKey`, `contextKey`, `value`, `useRawData`."""
    found: Manifest = {"src": {"dependencyName": dependency, **src}, "dest": dest}
    return {**found, "operation": operation} if operation else found


def config_map(name: str, labels: Mapping[str, str] | None = None, **data: str) -> Manifest:
    """A ConfigMap, watched unless told."""
    wanted = {"watched": "yes"} if labels is None else dict(labels)
    metadata = {"name": name, **({"labels": wanted} if wanted else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **({"data": data} if data else {})}


def workflow(name: str, labels: Mapping[str, str] | None = None, **more: Any) -> Manifest:
    """A Workflow that the controller leaves alone, with anything in it."""
    of_nobody = {f"{LABEL}completed": "true", f"{LABEL}controller-instanceid": "nobody"}
    metadata = {"name": name, "labels": {**of_nobody, **(labels or {})}}
    return {"apiVersion": ARGO, "kind": "Workflow", "metadata": metadata, "spec": HELD_SPEC, **more}
