"""Cases of parameters: which value is taken from an event, and where and how it is put into the object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.manifests import hook, k8s, on, parameter, sensor, trigger, workflow
from tests.stack.emulation.stage import Case, Names, Stage

PAYLOAD = {
    "text": "x",
    "empty": "",
    "number": 12,
    "float": 1.5,
    "big": 12345678901234567,
    "huge": 1e21,
    "yes": True,
    "no": False,
    "nothing": None,
    "list": ["a", "b", {"c": 1}],
    "none": [],
    "object": {"a": 1, "b": [True, None], "c": {"d": "<&> é \u2028 \U0001f600"}},
    "a.b": {"c.d": "dotted"},
    "rows": [{"name": "x", "value": "1"}, {"name": "y", "value": "2"}],
    "odd": 'quote " back \\ line \n',
    "json": '{"a": 1}',
}
BASE: dict[str, Any] = {
    "arguments": {"parameters": [{"name": "p", "value": "old"}, {"name": "q", "value": "second"}]},
    "list": ["one", "two"],
    "object": {"a": 1},
    "number": 5,
    "text": "old",
    "null": None,
}

RAW: dict[str, Any] = {"useRawData": True}

# How each value looks as text and raw.
TAKEN: dict[str, list[Manifest]] = {
    f"{key.replace('.', '-').replace('a-b', 'dots')}-{how}": [
        parameter("spec.text", dataKey=key.replace(".", r"\."), **raw)
    ]
    for key in PAYLOAD
    for how, raw in (("text", {}), ("raw", RAW))
}
PATHS = {
    "deep": [parameter("spec.text", dataKey=r"a\.b.c\.d")],
    "index": [parameter("spec.text", dataKey="list.1")],
    "last": [parameter("spec.text", dataKey="list.-1", value="default")],
    "inner": [parameter("spec.text", dataKey="list.2", useRawData=True)],
    "missing": [parameter("spec.text", dataKey="gone")],
    "default": [parameter("spec.text", dataKey="gone", value="default")],
    "default-null": [parameter("spec.text", dataKey="nothing", value="default")],
    "default-alone": [parameter("spec.text", value="alone")],
    "default-raw": [parameter("spec.text", dataKey="gone", value="[1]", useRawData=True)],
    "context": [
        parameter("spec.type", contextKey="type"),
        parameter("spec.subject", contextKey="subject"),
        parameter("spec.version", contextKey="specversion"),
        parameter("spec.content", contextKey="datacontenttype"),
    ],
    "context-missing": [parameter("spec.text", contextKey="gone")],
    "both-keys": [parameter("spec.text", contextKey="type", dataKey="text")],
    "other-dependency": [parameter("spec.text", "b", dataKey="text")],
    "other-default": [parameter("spec.text", "b", dataKey="text", value="without b")],
}
PLACES = {
    "element": [parameter("spec.arguments.parameters.0.value", dataKey="text")],
    "next-element": [parameter("spec.arguments.parameters.2.value", dataKey="text")],
    "far-element": [parameter("spec.list.4", dataKey="text")],
    "appended": [parameter("spec.list.-1", dataKey="text"), parameter("spec.list.-1", dataKey="number")],
    "new-list": [parameter("spec.fresh.0.a", dataKey="text")],
    "new-list-late": [parameter("spec.fresh.2", dataKey="text")],
    "new-object": [parameter("spec.fresh.a.b", dataKey="text")],
    "into-text": [parameter("spec.text.a", dataKey="text")],
    "into-null": [parameter("spec.null.a", dataKey="text")],
    "number-key": [parameter("spec.object.0", dataKey="text")],
    "forced-key": [parameter("spec.fresh.:0", dataKey="text")],
    "label": [parameter(r"metadata.labels.depgen\.io/key", dataKey="text")],
    "annotation": [parameter(r"metadata.annotations.a\.b/c", dataKey="odd")],
    "whole": [parameter("spec.arguments", dataKey="rows", useRawData=True)],
    "two": [parameter("spec.text", dataKey="text"), parameter("spec.text", dataKey="number")],
    "append": [parameter("spec.text", dataKey="text", operation="append")],
    "prepend": [parameter("spec.text", dataKey="text", operation="prepend")],
    "append-to-nothing": [parameter("spec.fresh", dataKey="text", operation="append")],
    "append-to-number": [parameter("spec.number", dataKey="number", operation="append", useRawData=True)],
    "prepend-to-object": [parameter("spec.object", dataKey="object", operation="prepend")],
    "append-to-list": [
        parameter("spec.list", dataKey="none", operation="append", useRawData=True),
    ],
    "overwrite": [parameter("spec.text", dataKey="text", operation="overwrite")],
    "long-name": [parameter("metadata.name", dataKey="odd")],
    "generated": [
        parameter("metadata.name", dataKey="text", operation="append"),
        parameter("metadata.name", value="-y", operation="append"),
    ],
}


def _making(table: dict[str, list[Manifest]]) -> Any:
    """A Sensor with a trigger for each row, on `a || b`, which makes a Workflow of the row's name."""

    def manifests(names: Names) -> Iterator[Manifest]:
        yield hook(names, "a", "b")
        triggers = [
            trigger(row, "a || b", k8s({**workflow(row), "spec": BASE}, *parameters))
            for row, parameters in table.items()
        ]
        yield sensor(names, [on(names, "a"), on(names, "b")], triggers)

    return manifests


def _one_event(stage: Stage) -> None:
    stage.publish("a", PAYLOAD)


def _of_the_trigger(names: Names) -> Iterator[Manifest]:
    """Parameters of the trigger itself: they change its template, here the operation and the object's name."""
    yield hook(names, "a")
    changing = [
        parameter("k8s.operation", dataKey="operation"),
        parameter("k8s.source.resource.metadata.name", dataKey="name"),
    ]
    yield sensor(
        names,
        [on(names, "a")],
        [trigger("t", "a", k8s(workflow("x"), parameter("spec.n", dataKey="n")), parameters=changing)],
    )


def _operations(stage: Stage) -> None:
    for operation, name, n in (
        ("create", "one", "1"),
        ("patch", "one", "2"),
        ("create", "one", "3"),
        ("patch", "two", "4"),
        ("delete", "one", "5"),
        ("upsert", "one", "6"),
    ):
        stage.publish("a", {"operation": operation, "name": name, "n": n})
        stage.settle()


CASES = (
    Case("values", _making(TAKEN), _one_event),
    Case("data-keys", _making(PATHS), _one_event),
    Case("destinations", _making(PLACES), _one_event),
    Case("parameters-of-triggers", _of_the_trigger, _operations),
)
