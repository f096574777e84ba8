"""What is not emulated is refused by name, all at once, before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from depgen.emulate import Emulator, Unsupported
from depgen.errors import InputError
from tests.emulated import Manifest, dependency, emulator, event_source, logging, sensor, watching, writing

GOOD = logging("l", "e")


def found(*manifests: Manifest) -> list[str]:
    """The findings, without the object."""
    with pytest.raises(Unsupported) as refused:
        emulator(*manifests)
    return [f"{finding.field}: {finding.what}" for finding in refused.value.findings]


def of_dependency(**more: Any) -> list[str]:
    return found(sensor([dependency("e", **more)], GOOD))


def of_trigger(trigger: Manifest) -> list[str]:
    return found(sensor([dependency("e")], trigger))


def test_all_findings_come_at_once_with_object_and_field() -> None:
    with pytest.raises(Unsupported) as refused:
        emulator(
            event_source(kafka={"e": {}}),
            sensor(
                [dependency("e", transform={"script": "x"})],
                {"template": {"name": "t", "conditions": "e", "http": {}}},
            ),
        )
    assert str(refused.value).splitlines() == [
        "cannot be emulated:",
        "  EventSource data/src: spec.kafka: events of this type can only be published by hand: leave it out",
        "  Sensor data/sen: spec.dependencies[0].transform.script: Lua",
        "  Sensor data/sen: spec.triggers[0].template.http: this kind of trigger is not emulated",
    ]


def test_an_object_without_a_name_or_spec_is_refused_and_an_empty_document_is_none() -> None:
    assert found({"kind": "Sensor"}) == ["metadata.name: it has none", "spec: it has none"]
    assert found({"kind": "EventBus", "metadata": {"name": "default"}, "spec": None}) == ["spec: it has none"]
    assert Emulator([None], start=0).log == []


def test_nothing_of_a_refused_apply_happens() -> None:
    emulated = emulator()
    with pytest.raises(Unsupported):
        emulated.apply([sensor([dependency("e")], GOOD), event_source(s3={"e": {}})])
    assert emulated.log == []


def test_event_sources() -> None:
    assert found(event_source(resource={"e": watching(types=("ADD", "CHANGE"))})) == [
        "spec.resource.e.eventTypes: CHANGE, expected ADD, UPDATE, DELETE"
    ]
    assert "operation" in found(event_source(resource={"e": watching(("a", "gt", "1"))}))[0]
    assert found(event_source(resource={"e": {"version": "v1"}})) == [
        "spec.resource.e.resource: must be specified",
        "spec.resource.e.eventTypes: must be specified",
    ]
    assert found(event_source(webhook={"e": {"filter": {"expression": "true"}}})) == [
        "spec.webhook.e.filter: an expression of expr"
    ]
    both = event_source(calendar={"e": {"interval": "1s"}}, resource={"e": watching()})
    assert found(both) == ['spec: more than one "e" found']
    assert "webhook" in found(event_source(calendar={"e": {"interval": "1s"}}, webhook={"f": {}}))[0]
    zone: Manifest = {"template": {"container": {"env": [{"name": "TZ", "value": "Nowhere"}]}}}
    assert "Nowhere" in found(event_source(**zone))[0]


def test_the_bus_has_to_be_jetstream() -> None:
    bus = {"kind": "EventBus", "metadata": {"name": "default"}, "spec": {"nats": {"native": {}}}}
    assert found(bus) == ["spec.nats: only JetStream is emulated"]


def test_dependencies() -> None:
    assert "no program" in of_dependency(transform={"jq": ". |"})[0]
    assert of_dependency(filters={"script": "x"}) == [
        "spec.dependencies[0].filters.script: Lua is not emulated"
    ]
    wanted = {"path": "a", "type": "string", "value": ["x"]}

    def of_data(**more: Any) -> str:
        (one,) = of_dependency(filters={"data": [{**wanted, **more}]})
        return one.removeprefix("spec.dependencies[0].filters.data[0]: ")

    assert of_data(template="{{ .Input }}") == "a template (sprig) is not emulated"
    assert of_data(path="a.#(b==1)") == 'the path "a.#(b==1)" uses "#" of gjson'
    assert of_data(type="int") == 'type "int", expected bool, number or string'
    assert of_data(comparator="==") == 'comparator "==", expected one of >= > < <= != ='
    assert of_data(type="number") == "could not convert string to float: 'x'"
    assert of_data(type="bool") == "found x, expected true or false"
    assert (
        of_data(value=["(?=x)"]) == '"(?=" is not in Go\'s regular expressions, or means another thing there'
    )
    assert of_data(value=[]) == "type, path and value must be not empty"
    expression = {"expr": "len(n) > 1", "fields": [{"name": "n", "path": "n"}]}
    assert "len" in of_dependency(filters={"exprs": [expression]})[0]
    assert of_dependency(filters={"exprs": [{"expr": "1 == 1"}]}) == [
        "spec.dependencies[0].filters.exprs[0]: expr and fields must be not empty"
    ]
    assert "09:30:00" in of_dependency(filters={"time": {"start": "9:30", "stop": "10:00:00"}})[0]
    assert "equal" in of_dependency(filters={"time": {"start": "10:00:00", "stop": "10:00:00"}})[0]
    assert of_dependency(filters={"context": {}}) == [
        "spec.dependencies[0].filters.context: no fields specified, all events would be discarded"
    ]
    assert "logical operator" in of_dependency(filtersLogicalOperator="xor")[0]


def test_triggers() -> None:
    body = {"metadata": {"name": "a"}}
    template = writing("t", "e", "create", body)["template"]

    def of_kubernetes(**more: Any) -> str:
        (one,) = of_trigger({"template": {**template, "k8s": {**template["k8s"], **more}}})
        return one.removeprefix("spec.triggers[0].template.k8s.")

    assert of_kubernetes(operation="apply") == "operation: apply, expected create, update, patch or delete"
    assert "merge" in of_kubernetes(patchStrategy="application/json-patch+json")
    assert of_kubernetes(source={"git": {}}) == "source.git: only source.resource is emulated"
    assert (
        of_kubernetes(source={"resource": {"kind": "ConfigMap"}})
        == "source.resource: apiVersion and kind are missing"
    )
    source = {"dependencyName": "e", "dataTemplate": "{{ .Input.a }}"}
    assert "sprig" in of_kubernetes(parameters=[{"src": source, "dest": "a"}])
    assert "gjson" in of_kubernetes(
        parameters=[{"src": {"dependencyName": "e", "dataKey": "a|b"}, "dest": "a"}]
    )
    assert "uses" in of_kubernetes(parameters=[{"src": {"dependencyName": "e"}, "dest": "a*"}])
    assert "operation" in of_kubernetes(
        parameters=[{"src": {"dependencyName": "e"}, "dest": "a", "operation": "add"}]
    )
    assert "policy" in of_trigger(logging("l", "e", policy={"k8s": {"labels": {}}}))[0]
    assert "retryStrategy" in of_trigger(logging("l", "e", retryStrategy={"duration": "1 second"}))[0]
    assert "atLeastOnce" in of_trigger({**GOOD, "dlqTrigger": logging("d", "e", atLeastOnce=False)})[0]
    reset = {"template": {"conditionsReset": [{"byTime": {"cron": "0 0 * *"}}]}}
    assert "cron" in of_trigger(logging("l", "e", **reset))[0]
    assert "never start" in of_trigger(logging("l", "f"))[0]
    assert of_trigger({"template": {"name": "t", "conditions": "e"}}) == [
        "spec.triggers[0].template: no trigger defined"
    ]
    assert found(sensor([dependency("e")], GOOD, GOOD)) == ['spec.triggers: found 2 triggers named "l"']
    assert found(sensor([dependency("e")])) == ["spec.triggers: no triggers found"]


def test_other_kinds_are_left_alone() -> None:
    emulated = emulator({"kind": "Role", "metadata": {"name": "r"}, "rules": []})
    assert emulated.log == []


def test_a_part_or_object_that_is_not_there_is_an_error() -> None:
    emulated = emulator(sensor([dependency("e")], GOOD))
    with pytest.raises(InputError, match="there are api, bus, sensor/sen"):
        emulated.stop("sensor/other")
    with pytest.raises(InputError):
        emulated.delete("Sensor", "data", "other")
