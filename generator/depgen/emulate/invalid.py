"""What the controllers of Argo Events refuse: such an object gets no Deployment, and nothing of it ever runs.

Only of what is emulated; the rest is refused here anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Found = Iterator[tuple[str, str]]
_LOGICAL = ("", "and", "or")
_KINDS = ("resource", "calendar", "webhook")


def of_event_source(spec: Mapping[str, Any]) -> Found:
    """The field, and what is wrong with it."""
    names = Counter(name for kind in _KINDS for name in spec.get(kind) or ())
    for name, times in names.items():
        if times > 1:
            yield "spec", f'more than one "{name}" found'
    if spec.get("webhook") and (spec.get("resource") or spec.get("calendar")):
        yield "spec.webhook", "cannot be together with resource or calendar: they are updated in another way"
    for name, event in (spec.get("resource") or {}).items():
        for field in ("version", "resource", "eventTypes"):
            if not event.get(field):
                yield f"spec.resource.{name}.{field}", "must be specified"


def of_sensor(spec: Mapping[str, Any]) -> Found:
    """The field, and what is wrong with it."""
    dependencies, triggers = spec.get("dependencies") or (), spec.get("triggers") or ()
    if not dependencies:
        yield "spec.dependencies", "no event dependencies found"
    if not triggers:
        yield "spec.triggers", "no triggers found"
    names = Counter(trigger["template"].get("name", "") for trigger in triggers)
    for name, times in names.items():
        if times > 1 or not name:
            yield "spec.triggers", f'found {times} triggers named "{name}"'
    for place, dependency in enumerate(dependencies):
        yield from (
            (f"spec.dependencies[{place}].{field}", what) for field, what in _of_dependency(dependency)
        )
    for place, trigger in enumerate(triggers):
        yield from ((f"spec.triggers[{place}].{field}", what) for field, what in _of_trigger(trigger))


def _of_dependency(dependency: Mapping[str, Any]) -> Found:
    for name in ("name", "eventSourceName", "eventName"):
        if not dependency.get(name):
            yield name, "is missing"
    filters = dependency.get("filters") or {}
    for holder, name in (
        (dependency, "filtersLogicalOperator"),
        (filters, "dataLogicalOperator"),
        (filters, "exprLogicalOperator"),
    ):
        if holder.get(name, "") not in _LOGICAL:
            yield name, f"logical operator {holder[name]} not supported"
    for place, wanted in enumerate(filters.get("data") or ()):
        if not (wanted.get("path") and wanted.get("type") and wanted.get("value")) or "" in wanted["value"]:
            yield f"filters.data[{place}]", "type, path and value must be not empty"
    for place, wanted in enumerate(filters.get("exprs") or ()):
        fields = wanted.get("fields") or ()
        if not wanted.get("expr") or not fields or not all(f.get("path") and f.get("name") for f in fields):
            yield f"filters.exprs[{place}]", "expr and fields must be not empty"
    context = filters.get("context")
    if context is not None and not any(
        context.get(name) for name in ("type", "subject", "source", "datacontenttype")
    ):
        yield "filters.context", "no fields specified, all events would be discarded"
    time = filters.get("time")
    if time is not None and time.get("start") == time.get("stop"):
        yield "filters.time", "stop is equal to start"


def _of_trigger(trigger: Mapping[str, Any]) -> Found:
    template = trigger["template"]
    if {"name", "conditions", "conditionsReset"}.issuperset(template):
        yield "template", "no trigger defined"
    dead_letter = trigger.get("dlqTrigger")
    if dead_letter and not (trigger.get("atLeastOnce") and dead_letter.get("atLeastOnce")):
        yield "dlqTrigger", "atLeastOnce must be set to true within the trigger and the dlqTrigger"
    kubernetes = template.get("k8s") or {}
    if template.get("k8s") and not kubernetes.get("source"):
        yield "template.k8s.source", "is missing"
    for holder, field in ((trigger, "parameters"), (kubernetes, "template.k8s.parameters")):
        for place, parameter in enumerate(holder.get("parameters") or ()):
            yield from ((f"{field}[{place}]", what) for what in _of_parameter(parameter))
    for criterion in template.get("conditionsReset") or ():
        from depgen import cron  # slow to load, and few reset anything

        try:
            cron.parse(criterion["byTime"]["cron"])
        except (KeyError, cron.CronError) as error:
            yield "template.conditionsReset", f"invalid cron expression: {error}"
    limit = trigger.get("rateLimit")
    if limit and int(limit.get("requestsPerUnit") or 0) < 0:
        yield "rateLimit", "requestsPerUnit must be positive"


def _of_parameter(parameter: Mapping[str, Any]) -> Iterator[str]:
    if not (parameter.get("src") or {}).get("dependencyName"):
        yield "parameter dependency name can't be empty"
    if not parameter.get("dest"):
        yield "parameter destination can't be empty"
    if parameter.get("operation", "") not in ("", "append", "prepend", "overwrite"):
        yield f"parameter operation {parameter['operation']} is invalid"
