"""Sensors and EventSources that the controller refuses: they get no Deployment, and the emulator does not play them."""

from __future__ import annotations

from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import (
    config_map,
    event_source,
    hook,
    k8s,
    logging,
    on,
    parameter,
    resource,
    sensor,
    trigger,
)
from tests.stack.emulation.stage import Names

OBJECT = config_map("x")
FILTERS: dict[str, Any] = {
    "data-without-value": {"data": [{"path": "a", "type": "string", "value": []}]},
    "data-with-empty-value": {"data": [{"path": "a", "type": "string", "value": ["a", ""]}]},
    "data-without-type": {"data": [{"path": "a", "value": ["a"]}]},
    "data-without-path": {"data": [{"type": "string", "value": ["a"]}]},
    "data-comparator": {"data": [{"path": "a", "type": "number", "value": ["1"], "comparator": "<>"}]},
    "data-operator": {
        "dataLogicalOperator": "xor",
        "data": [{"path": "a", "type": "string", "value": ["a"]}],
    },
    "expr-without-fields": {"exprs": [{"expr": "1 == 1", "fields": []}]},
    "expr-without-path": {"exprs": [{"expr": "a == 1", "fields": [{"name": "a"}]}]},
    "context-of-nothing": {"context": {"id": "x"}},
    "time-of-nothing": {"time": {"start": "10:00:00", "stop": "10:00:00"}},
    "time-in-words": {"time": {"start": "nine", "stop": "10:00:00"}},
    "time-on-mars": {"time": {"start": "09:00:00", "stop": "10:00:00", "timezone": "Mars/Olympus"}},
}
TRIGGERS: dict[str, list[Manifest]] = {
    "none": [],
    "twice": [logging("log", "a"), logging("log", "a")],
    "parameter-without-dest": [trigger("t", "a", k8s(OBJECT, parameter("", dataKey="a")))],
    "parameter-of-nothing": [trigger("t", "a", k8s(OBJECT, parameter("data.a", "", dataKey="a")))],
    "parameter-operation": [
        trigger("t", "a", k8s(OBJECT, parameter("data.a", operation="add", dataKey="a")))
    ],
    "operation": [trigger("t", "a", k8s(OBJECT, operation="upsert"))],
    "reset": [trigger("t", "a", {"log": {}, "conditionsReset": [{"byTime": {"cron": "60 * * * *"}}]})],
    "dlq-of-the-careless": [{**logging("t", "a", dlqTrigger=logging("d", "a")), "atLeastOnce": False}],
    "careless-dlq": [logging("t", "a", dlqTrigger={**logging("d", "a"), "atLeastOnce": False})],
}


def manifests(names: Names) -> dict[str, Manifest]:
    """One object a mistake, by what is wrong with it."""
    found = {
        name: sensor(names, [on(names, "a", filters=filters)], [logging("a")], name=name)
        for name, filters in FILTERS.items()
    }
    found |= {
        f"trigger-{name}": sensor(names, [on(names, "a")], triggers, name=f"trigger-{name}")
        for name, triggers in TRIGGERS.items()
    }
    found["no-dependencies"] = sensor(names, [], [logging("a")], name="no-dependencies")
    untyped = resource(names)
    del untyped["eventTypes"]
    found["no-event-types"] = event_source(names, "no-event-types", resource={"a": untyped})
    both = {**hook(names, "a")["spec"], "resource": {"b": resource(names)}}
    found["two-strategies"] = event_source(names, "two-strategies", **both)
    return found
