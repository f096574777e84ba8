"""What of EventSources, Sensors and EventBuses the emulator does not do: found before anything runs, all at once.

A wrong answer would be worse than none, so whatever is not known here is refused by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from depgen import engine
from depgen.emulate import backoff, filters, gjson, invalid, selectors, sjson
from depgen.emulate.conditions import ConditionsError, conditions
from depgen.emulate.data_filter import go_regexp
from depgen.emulate.manifest import Manifest, zone_name
from depgen.errors import DepgenError

KINDS = ("EventSource", "Sensor", "EventBus")
_SOURCES = ("resource", "calendar", "webhook")
_SOURCE_FIELDS = ("template", "service", "eventBusName", "replicas", "loggingFields", "revisionHistoryLimit")
_EVENT_TYPES = ("ADD", "UPDATE", "DELETE")
_OPERATIONS = ("", "create", "update", "patch", "delete")
_TEMPLATE_FIELDS = ("name", "conditions", "conditionsReset", "k8s", "log")
_MERGE = ("", "application/merge-patch+json")


class Finding(NamedTuple):
    """`object` is `Sensor data/etl-submit`, `field` a path in it."""

    object: str
    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.object}: {self.field}: {self.what}"


class Unsupported(DepgenError):  # noqa: N818 - what it is, not what went wrong
    """Manifests hold what cannot be emulated; `findings` says all of it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("cannot be emulated:\n" + "\n".join(f"  {finding}" for finding in self.findings))


def findings(manifests: Iterable[Manifest]) -> list[Finding]:
    """All of them; kinds that are none of Argo Events' are not looked at."""
    look = {"EventSource": _of_event_source, "Sensor": _of_sensor, "EventBus": _of_event_bus}
    manifests = [manifest for manifest in manifests if manifest.get("kind") in look]
    if incomplete := [finding for manifest in manifests for finding in _missing(manifest)]:
        return incomplete
    _acquaint(manifests)
    return [
        Finding(_shown(manifest), field, what)
        for manifest in manifests
        for field, what in look[manifest["kind"]](manifest["spec"])
    ]


def _missing(manifest: Manifest) -> Iterator[Finding]:
    """What nothing can be said without."""
    metadata = manifest.get("metadata") or {}
    name = f"{metadata.get('namespace', 'default')}/{metadata.get('name', '?')}"
    if not metadata.get("name"):
        yield Finding(f"{manifest['kind']} {name}", "metadata.name", "it has none")
    if not isinstance(manifest.get("spec"), Mapping):
        yield Finding(f"{manifest['kind']} {name}", "spec", "it has none")


def _acquaint(manifests: Iterable[Manifest]) -> None:
    """Programs know each other before the first of them is compiled."""
    texts = [
        (dependency.get("transform") or {}).get("jq")
        for manifest in manifests
        for dependency in (manifest.get("spec") or {}).get("dependencies") or ()
    ]
    engine.acquaint([engine.compiled(text) for text in texts if isinstance(text, str)])


def _shown(manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    return f"{manifest['kind']} {metadata.get('namespace', 'default')}/{metadata['name']}"


Found = Iterator[tuple[str, str]]


def _zone(spec: Manifest) -> Found:
    try:
        ZoneInfo(zone_name(spec))
    except (KeyError, OSError, ValueError):
        yield (
            "spec.template.container.env",
            f"time zone {zone_name(spec)} is not known, the process would take UTC",
        )


def _of_event_source(spec: Manifest) -> Found:
    yield from _zone(spec)
    yield from invalid.of_event_source(spec)
    for kind in spec:
        if kind not in (*_SOURCES, *_SOURCE_FIELDS):
            yield f"spec.{kind}", "events of this type can only be published by hand: leave it out"
    for name, event in (spec.get("resource") or {}).items():
        yield from ((f"spec.resource.{name}.{field}", what) for field, what in _of_resource(event))
    for name, event in (spec.get("calendar") or {}).items():
        from depgen.emulate import calendar_events  # slow to load, and few tick

        found = calendar_events.problems(event)
        yield from ((f"spec.calendar.{name}.{field}", what) for field, what in found)
        yield from _of_zone(f"spec.calendar.{name}.timezone", event)
    for name, event in (spec.get("webhook") or {}).items():
        if event.get("filter"):
            yield f"spec.webhook.{name}.filter", "an expression of expr"


def _of_zone(field: str, holder: Mapping[str, Any]) -> Found:
    try:
        ZoneInfo(holder.get("timezone") or "UTC")
    except (KeyError, OSError, ValueError):
        yield field, f"time zone {holder['timezone']} is not known"


def _of_resource(event: Mapping[str, Any]) -> Found:
    for kind in event.get("eventTypes") or ():
        if kind not in _EVENT_TYPES:
            yield "eventTypes", f"{kind}, expected {', '.join(_EVENT_TYPES)}"
    wanted = event.get("filter") or {}
    try:
        selectors.of_event_source(wanted.get("labels") or ())
    except selectors.SelectorError as error:
        yield "filter.labels", str(error)
    for field in wanted.get("fields") or ():
        if found := gjson.problem(field["key"]):
            yield "filter.fields", found
        try:
            go_regexp(field.get("value", ""))
        except ValueError as error:
            yield "filter.fields", str(error)
        if field.get("operation") not in ("==", "=", "!="):
            yield "filter.fields", f"operation {field.get('operation')} lets nothing through"


def _of_event_bus(spec: Manifest) -> Found:
    for kind in spec:
        if kind not in ("jetstream", "jetstreamExotic"):
            yield f"spec.{kind}", "only JetStream is emulated"


def _of_sensor(spec: Manifest) -> Found:
    yield from _zone(spec)
    yield from invalid.of_sensor(spec)
    names = [str(d.get("name")) for d in spec.get("dependencies") or ()]
    for place, dependency in enumerate(spec.get("dependencies") or ()):
        found = _of_dependency(dependency)
        yield from ((f"spec.dependencies[{place}].{field}", what) for field, what in found)
    for place, trigger in enumerate(spec.get("triggers") or ()):
        yield from ((f"spec.triggers[{place}].{field}", what) for field, what in _of_trigger(trigger))
        try:
            conditions(trigger["template"].get("conditions", ""), names)
        except ConditionsError as error:
            yield f"spec.triggers[{place}].template.conditions", f"{error}; the trigger would never start"


def _of_dependency(dependency: Mapping[str, Any]) -> Found:
    transform = dependency.get("transform") or {}
    if transform.get("script") and not transform.get("jq"):
        yield "transform.script", "Lua"
    if transform.get("jq"):
        try:
            _ = engine.compiled(transform["jq"]).shape
        except ValueError as error:
            yield "transform.jq", f"no program: {error}"
    wanted = dependency.get("filters") or {}
    yield from ((f"filters.{field}", what) for field, what in filters.problems(wanted))
    yield from _of_zone("filters.time.timezone", wanted.get("time") or {})


def _of_trigger(trigger: Mapping[str, Any]) -> Found:
    template = trigger["template"]
    for field in template:
        if field not in _TEMPLATE_FIELDS:
            yield f"template.{field}", "this kind of trigger is not emulated"
    if trigger.get("policy"):
        yield "policy", "waiting for labels of what was created is not emulated"
    yield from _of_parameters("parameters", trigger.get("parameters"))
    try:
        backoff.backoff(trigger.get("retryStrategy"))
    except ValueError as error:
        yield "retryStrategy", str(error)
    if template.get("k8s"):
        yield from ((f"template.k8s.{field}", what) for field, what in _of_kubernetes(template["k8s"]))
    if trigger.get("dlqTrigger"):
        yield from ((f"dlqTrigger.{field}", what) for field, what in _of_trigger(trigger["dlqTrigger"]))


def _of_kubernetes(trigger: Mapping[str, Any]) -> Found:
    yield from _of_parameters("parameters", trigger.get("parameters"))
    if trigger.get("operation", "") not in _OPERATIONS:
        yield "operation", f"{trigger['operation']}, expected create, update, patch or delete"
    if trigger.get("patchStrategy", "") not in _MERGE:
        yield "patchStrategy", f"{trigger['patchStrategy']}, only merge patches are emulated"
    source = trigger.get("source") or {}
    for kind in source:
        if kind != "resource":
            yield f"source.{kind}", "only source.resource is emulated"
    body = source.get("resource") or {}
    if "resource" in source and not (body.get("apiVersion") and body.get("kind")):
        yield "source.resource", "apiVersion and kind are missing"


def _of_parameters(field: str, parameters: Any) -> Found:
    for place, parameter in enumerate(parameters or ()):
        where, source = f"{field}[{place}]", parameter.get("src") or {}
        for name in ("dataTemplate", "contextTemplate"):
            if source.get(name):
                yield f"{where}.src.{name}", "templates (sprig) are not emulated"
        for name in ("dataKey", "contextKey"):
            if found := gjson.problem(source.get(name, "")):
                yield f"{where}.src.{name}", found
        if found := sjson.problem(parameter.get("dest", "")):
            yield f"{where}.dest", found
