"""The closed schemas of what Argo reads take whole objects and refuse one misspelt field at any depth."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = ("eventsource.schema.json", "sensor.schema.json", "workflow-spec.schema.json")

EVENTSOURCE: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "EventSource",
    "metadata": {"name": "etl", "namespace": "data", "labels": {"a": "b"}, "annotations": {"c": "d"}},
    "spec": {
        "eventBusName": "default",
        "replicas": 1,
        "template": {
            "serviceAccountName": "etl-watch",
            "container": {"resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": 1}}},
            "nodeSelector": {"disk": "fast"},
        },
        "resource": {
            "done": {
                "namespace": "data",
                "group": "argoproj.io",
                "version": "v1alpha1",
                "resource": "workflows",
                "eventTypes": ["ADD"],
                "filter": {
                    "labels": [{"key": "workflows.argoproj.io/completed", "operation": "==", "value": "true"}]
                },
            },
            "ledger": {
                "namespace": "data",
                "group": "",
                "version": "v1",
                "resource": "configmaps",
                "eventTypes": ["ADD", "UPDATE"],
            },
        },
        "calendar": {"tick": {"schedule": "*/5 * * * *", "timezone": "Europe/Paris"}},
        "webhook": {"alert": {"endpoint": "/alert", "method": "POST", "port": "12000"}},
    },
}

SENSOR: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Sensor",
    "metadata": {"name": "etl-submit"},
    "spec": {
        "eventBusName": "default",
        "revisionHistoryLimit": 3,
        "template": {
            "serviceAccountName": "etl-submit",
            "container": {"env": [{"name": "TZ", "value": "Europe/Paris"}]},
        },
        "dependencies": [
            {
                "name": "report",
                "eventSourceName": "etl",
                "eventName": "ledger",
                "transform": {"jq": ".body"},
                "filters": {
                    "data": [{"path": "fire", "type": "bool", "value": ["true"]}],
                    "exprs": [{"expr": "a > 1", "fields": [{"path": "body.a", "name": "a"}]}],
                    "time": {"start": "09:00:00", "stop": "17:00:00"},
                },
            }
        ],
        "triggers": [
            {
                "atLeastOnce": True,
                "retryStrategy": {"steps": 5, "duration": "500ms", "factor": 2, "jitter": 0.1},
                "template": {
                    "name": "report",
                    "conditions": "report",
                    "k8s": {
                        "operation": "create",
                        "source": {
                            "resource": {
                                "apiVersion": "argoproj.io/v1alpha1",
                                "kind": "Workflow",
                                "spec": {"any": ["thing", {"goes": True}]},
                            }
                        },
                        "parameters": [
                            {
                                "src": {"dependencyName": "report", "dataKey": "name", "useRawData": True},
                                "dest": "metadata.name",
                            }
                        ],
                    },
                },
            }
        ],
    },
}

WORKFLOW_SPEC: dict[str, Any] = {
    "entrypoint": "main",
    "priority": 5,
    "activeDeadlineSeconds": 3600,
    "serviceAccountName": "etl",
    "workflowTemplateRef": {"name": "report", "clusterScope": True},
    "arguments": {"parameters": [{"name": "day", "value": 20261121}, {"name": "dry", "value": False}]},
    "ttlStrategy": {"secondsAfterCompletion": 86400},
    "podGC": {"strategy": "OnPodSuccess", "labelSelector": {"matchLabels": {"a": "b"}}},
    "hooks": {"exit": {"template": "notify"}, "running": {"expression": "true", "template": "notify"}},
    "synchronization": {"mutexes": [{"name": "etl"}]},
    "retryStrategy": {"limit": 3, "retryPolicy": "OnError", "backoff": {"duration": "1m", "factor": 2}},
    "podDisruptionBudget": {"minAvailable": 1},
    "templateDefaults": {"container": {"imagePullPolicy": "Always"}},
    "volumeClaimTemplates": [
        {
            "metadata": {"name": "work"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1.5Gi"}}},
            "status": {},
        }
    ],
    "templates": [
        {
            "name": "main",
            "steps": [[{"name": "a", "template": "print", "withItems": [1, "two", {"x": 3}, [4]]}]],
        },
        {"name": "graph", "dag": {"tasks": [{"name": "a", "template": "print", "depends": "b.Succeeded"}]}},
        {
            "name": "print",
            "container": {
                "image": "alpine:3.22",
                "command": ["echo"],
                "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
                "readinessProbe": {"httpGet": {"path": "/", "port": 8080}},
                "resources": {"limits": {"memory": "64Mi"}},
            },
            "outputs": {
                "parameters": [{"name": "r", "globalName": "rows", "valueFrom": {"path": "/r", "default": 0}}]
            },
        },
        {"name": "notify", "http": {"url": "http://127.0.0.1", "headers": [{"name": "a", "value": "b"}]}},
        {"name": "wait", "suspend": {"duration": "1s"}},
        {"name": "plug", "plugin": {"mine": {"anything": [1]}}},
    ],
}

SAMPLES = dict(zip(FILES, (EVENTSOURCE, SENSOR, WORKFLOW_SPEC), strict=True))


def schema_of(file: str) -> dict[str, Any]:
    """The schema as data."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / file).read_text(encoding="utf-8"))
    return loaded


def refusals(file: str, instance: Any) -> set[str]:
    """Where an instance is refused, as dotted paths; both libraries must agree."""
    schema = schema_of(file)
    pure = {
        e.json_path.removeprefix("$") for e in jsonschema.Draft202012Validator(schema).iter_errors(instance)
    }
    rust = {
        path_text(e.instance_path) for e in jsonschema_rs.Draft202012Validator(schema).iter_errors(instance)
    }
    assert pure == rust
    return {path.lstrip(".") for path in pure}


def path_text(path: list[str | int]) -> str:
    """`["a", 0]` as `.a[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def changed(sample: dict[str, Any], route: str, old: str, new: str | None) -> dict[str, Any]:
    """The sample with one key of the object at `route` spelt otherwise, or left out."""
    copied = copy.deepcopy(sample)
    spot: Any = copied
    for part in route.replace("[", ".").replace("]", "").split("."):
        if part:
            spot = spot[int(part)] if part.isdigit() else spot[part]
    value = spot.pop(old)
    if new is not None:
        spot[new] = value
    return copied


@pytest.mark.parametrize("file", FILES)
def test_each_schema_is_a_valid_schema_of_draft_2020_12(file: str) -> None:
    schema = schema_of(file)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("file", FILES)
def test_every_object_of_each_schema_is_closed(file: str) -> None:
    schema = schema_of(file)
    free = {"K8SResource", "Plugin", "Item"}
    types = {file: schema, **schema["$defs"]}
    open_types = {
        name
        for name, type_ in types.items()
        if type_.get("type") == "object" and "additionalProperties" not in type_
    }
    assert open_types <= free


@pytest.mark.parametrize("file", FILES)
def test_a_whole_object_passes(file: str) -> None:
    assert refusals(file, SAMPLES[file]) == set()


TYPOS = [
    ("eventsource.schema.json", "", "spec", "specs"),
    ("eventsource.schema.json", "metadata", "namespace", "nameSpace"),
    ("eventsource.schema.json", "spec", "eventBusName", "eventBus"),
    ("eventsource.schema.json", "spec.resource.done", "eventTypes", "eventType"),
    ("eventsource.schema.json", "spec.resource.done.filter", "labels", "label"),
    ("eventsource.schema.json", "spec.resource.done.filter.labels[0]", "operation", "operator"),
    ("eventsource.schema.json", "spec.template", "serviceAccountName", "serviceAccount"),
    ("eventsource.schema.json", "spec.template.container.resources", "limits", "limit"),
    ("sensor.schema.json", "spec.triggers[0]", "atLeastOnce", "atleastOnce"),
    ("sensor.schema.json", "spec.triggers[0].retryStrategy", "steps", "limit"),
    ("sensor.schema.json", "spec.triggers[0].template.k8s", "operation", "opration"),
    ("sensor.schema.json", "spec.triggers[0].template.k8s.parameters[0].src", "dataKey", "datakey"),
    ("sensor.schema.json", "spec.dependencies[0].transform", "jq", "jqq"),
    ("sensor.schema.json", "spec.dependencies[0].filters.data[0]", "path", "paths"),
    ("sensor.schema.json", "spec.template.container.env[0]", "value", "values"),
    ("workflow-spec.schema.json", "", "priority", "priorty"),
    ("workflow-spec.schema.json", "ttlStrategy", "secondsAfterCompletion", "secondsAfterComplete"),
    ("workflow-spec.schema.json", "hooks.exit", "template", "tmpl"),
    ("workflow-spec.schema.json", "templates[0].steps[0][0]", "withItems", "withItem"),
    ("workflow-spec.schema.json", "templates[1].dag.tasks[0]", "depends", "dependsOn"),
    ("workflow-spec.schema.json", "templates[2].container.env[0].valueFrom", "secretKeyRef", "secretRef"),
    ("workflow-spec.schema.json", "volumeClaimTemplates[0].spec.resources", "requests", "request"),
]


@pytest.mark.parametrize(("file", "route", "old", "new"), TYPOS)
def test_a_misspelt_field_is_refused_where_it_stands(file: str, route: str, old: str, new: str) -> None:
    assert refusals(file, changed(SAMPLES[file], route, old, new)) == {route}


MISSING = [
    ("eventsource.schema.json", "", "kind"),
    ("eventsource.schema.json", "metadata", "name"),
    ("eventsource.schema.json", "spec.resource.done", "version"),
    ("sensor.schema.json", "spec", "dependencies"),
    ("sensor.schema.json", "spec.dependencies[0]", "eventName"),
    ("sensor.schema.json", "spec.triggers[0].template.k8s.parameters[0]", "dest"),
    ("workflow-spec.schema.json", "arguments.parameters[0]", "name"),
]


@pytest.mark.parametrize(("file", "route", "field"), MISSING)
def test_a_field_that_argo_cannot_do_without_is_asked_for(file: str, route: str, field: str) -> None:
    assert refusals(file, changed(SAMPLES[file], route, field, None)) == {route}


WRONG_VALUES = [
    ("sensor.schema.json", {**SENSOR, "kind": "Sensors"}, "kind"),
    ("sensor.schema.json", {**SENSOR, "status": {}}, ""),
    ("workflow-spec.schema.json", {"priority": "high"}, "priority"),
    ("workflow-spec.schema.json", {"entrypoint": ["main"]}, "entrypoint"),
    ("workflow-spec.schema.json", {"nodeSelector": {"disk": True}}, "nodeSelector.disk"),
    ("workflow-spec.schema.json", {"retryStrategy": {"limit": 1.5}}, "retryStrategy.limit"),
    (
        "workflow-spec.schema.json",
        {"arguments": {"parameters": [{"name": "a", "value": {}}]}},
        "arguments.parameters[0].value",
    ),
    ("workflow-spec.schema.json", {"templates": [{"plugin": {"a": {}, "b": {}}}]}, "templates[0].plugin"),
]


@pytest.mark.parametrize(("file", "instance", "route"), WRONG_VALUES)
def test_a_value_that_argo_cannot_decode_is_refused(file: str, instance: dict[str, Any], route: str) -> None:
    assert refusals(file, instance) == {route}


@pytest.mark.parametrize("quantity", ["1", "0.5", ".5", "500m", "64Mi", "1e3", "1E-3", "+2k", 2, 0.25])
def test_a_quantity_is_text_or_a_number(quantity: str | float) -> None:
    assert refusals("workflow-spec.schema.json", with_memory(quantity)) == set()


@pytest.mark.parametrize("quantity", ["", "64MB", "64 Mi", "mi", "1e", "{{x}}", True])
def test_a_quantity_with_an_unknown_unit_is_refused(quantity: str | bool) -> None:
    route = "templates[0].container.resources.limits.memory"
    assert refusals("workflow-spec.schema.json", with_memory(quantity)) == {route}


def with_memory(quantity: str | float) -> dict[str, Any]:
    """A Workflow spec that asks for so much memory."""
    return {"templates": [{"container": {"resources": {"limits": {"memory": quantity}}}}]}
