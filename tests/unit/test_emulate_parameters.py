"""Parameters: what goes into objects and how, and the paths it goes by."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from depgen.emulate import gjson, selectors, sjson
from depgen.emulate.frozen import Frozen
from depgen.emulate.gojson_text import encoded
from tests.emulated import after, dependency, emulator, put, said, send, sensor, writing

PAYLOAD = {
    "text": "t",
    "number": 12,
    "half": 0.5,
    "large": 1e21,
    "yes": True,
    "nothing": None,
    "object": {"a": "<b>"},
    "list": [1, "2"],
    "dotted.key": "d",
}


def written(*parameters: dict[str, Any], body: Any = None, payload: Any = None) -> Any:
    """The Workflow that a trigger creates, or the word of its failing."""
    resource = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        **(body or {}),
    }
    trigger = writing("t", "e", "create", resource, *parameters)
    emulated = emulator(sensor([dependency("e"), dependency("other")], trigger))
    send(emulated, "e", PAYLOAD if payload is None else payload)
    if failed := [h.detail for h in emulated.log if h.kind == "refused"]:
        return failed[0]
    return emulated.api.get(WORKFLOWS, "data", "w")


def parameter(key: str = "", dest: str = "spec.x", name: str = "e", **more: Any) -> dict[str, Any]:
    operation = {"operation": more.pop("operation")} if "operation" in more else {}
    return {
        "src": {"dependencyName": name, **({"dataKey": key} if key else {}), **more},
        "dest": dest,
        **operation,
    }


@pytest.mark.parametrize(
    ("key", "text", "raw"),
    [
        ("text", "t", "t"),
        ("number", "12", 12),
        ("half", "0.5", 0.5),
        ("large", "1000000000000000000000", 1e21),
        ("yes", "true", True),
        ("nothing", "null", None),
        ("object", '{"a":"\\u003cb\\u003e"}', {"a": "<b>"}),
        ("list", '[1,"2"]', [1, "2"]),
        ("list.1", "2", "2"),
        ("dotted\\.key", "d", "d"),
    ],
)
def test_values_are_strings_unless_raw_data_is_wanted(key: str, text: str, raw: Any) -> None:
    assert written(parameter(key))["spec"] == {"x": text}
    assert written(parameter(key, useRawData=True))["spec"] == {"x": raw}


def test_a_missing_key_fails_unless_there_is_a_default() -> None:
    assert "unable to resolve" in written(parameter("missing"))
    assert written(parameter("missing", value="v"))["spec"] == {"x": "v"}
    assert written(parameter(contextKey="missing", value="v"))["spec"] == {"x": "v"}


def test_a_dependency_without_an_event_is_passed_over_unless_there_is_a_default() -> None:
    assert "spec" not in written(parameter("text", name="other"))
    assert written(parameter("text", name="other", value="v"))["spec"] == {"x": "v"}


def test_the_context_can_be_written_and_the_data_goes_before_it() -> None:
    values = {}
    for key in ("source", "subject", "specversion", "datacontenttype", "time", "id"):
        values[key] = written(parameter(contextKey=key))["spec"]["x"]
    assert values == {
        "source": "src",
        "subject": "e",
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "time": "2026-11-21T08:00:00Z",
        "id": f"{1:032x}",
    }
    assert written(parameter("text", contextKey="source"))["spec"] == {"x": "t"}


def test_without_a_key_the_default_or_the_whole_event_is_written() -> None:
    assert written(parameter(value="v"))["spec"] == {"x": "v"}
    whole = json.loads(written(parameter())["spec"]["x"])
    assert whole["context"]["subject"] == "e"
    assert json.loads(base64.b64decode(whole["data"])) == PAYLOAD


def test_append_and_prepend_make_strings() -> None:
    body = {"spec": {"s": "a", "n": 5, "l": ["one"]}}

    def joined(dest: str, operation: str) -> Any:
        return written(parameter("text", f"spec.{dest}", operation=operation), body=body)["spec"][dest]

    assert joined("s", "append") == "at"
    assert joined("s", "prepend") == "ta"
    assert joined("n", "append") == "5t"
    assert joined("l", "append") == '["one"]t'
    assert joined("new", "append") == "t"
    assert joined("s", "overwrite") == "t"


def test_the_manifest_is_not_written_into() -> None:
    trigger = writing("t", "e", "create", {"metadata": {}}, ("e", "n", "metadata.name"), ("e", "n", "data.k"))
    emulated = emulator(sensor([dependency("e")], trigger))
    send(emulated, "e", {"n": "a"})
    send(emulated, "e", {"n": "b"})
    assert said(emulated, "created") == [
        (0.0, "created", "ConfigMap data/a"),
        (0.0, "created", "ConfigMap data/b"),
    ]
    assert trigger["template"]["k8s"]["source"]["resource"]["metadata"] == {}


def test_what_is_written_is_nothing_that_is_written_into_later() -> None:
    body = {"metadata": {"labels": {"l": "1"}}, "spec": {"list": ["a"], "map": {"k": "v"}}}
    workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", **body}
    dests = ("metadata.name", "spec.list.0", "spec.list.-1", "spec.map.n")
    into = [("e", "n", dest) for dest in dests]
    emulated = emulator(sensor([dependency("e")], writing("t", "e", "create", workflow, *into)))
    send(emulated, "e", {"n": "one"})
    first = emulated.api.get(WORKFLOWS, "data", "one")
    after(emulated, 5)
    send(emulated, "e", {"n": "two"})
    assert emulated.api.get(WORKFLOWS, "data", "one") == first
    found = [emulated.api.get(WORKFLOWS, "data", name) or {} for name in ("one", "two")]
    assert [thing["spec"] for thing in found] == [
        {"list": [name, name], "map": {"k": "v", "n": name}} for name in ("one", "two")
    ]
    assert body == {"metadata": {"labels": {"l": "1"}}, "spec": {"list": ["a"], "map": {"k": "v"}}}


def test_what_lives_is_not_written_into_until_it_is_updated() -> None:
    trigger = writing(
        "t", "e", "update", {"metadata": {"name": "a", "namespace": "data"}}, ("e", "n", "data.k")
    )
    trigger["template"]["k8s"]["liveObject"] = True
    emulated = emulator(sensor([dependency("e")], trigger))
    versions: list[tuple[Any, Any]] = []

    def tell(old: Frozen | None, new: Frozen | None) -> None:
        versions.append((old and old.value["data"], new and new.value["data"]))

    emulated.api.follow(CONFIG_MAPS, "data", selectors.parse(""), tell)
    put(emulated, "a", {"k": "0", "j": "1"})
    send(emulated, "e", {"n": "2"})
    assert versions == [(None, {"k": "0", "j": "1"}), ({"k": "0", "j": "1"}, {"k": "2", "j": "1"})]


def test_parameters_of_a_trigger_change_its_template() -> None:
    trigger = writing(
        "t", "e", "create", {"metadata": {"name": "x"}}, parameters=[parameter("op", "k8s.operation")]
    )
    emulated = emulator(sensor([dependency("e")], trigger))
    for operation in ("create", "delete", "delete", "upsert"):
        send(emulated, "e", {"op": operation})
    assert [(kind, what) for _, kind, what in said(emulated, "created", "deleted", "refused")] == [
        ("created", "ConfigMap data/x"),
        ("deleted", "ConfigMap data/x"),
        ("refused", "t"),
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", {"a": {"b": "v"}, "l": [1, {"x": 2}], "s": "t", "n": None}),
        ("a\\.b", {"a.b": "v", "l": [1, {"x": 2}], "s": "t", "n": None}),
        ("l.0", {"l": ["v", {"x": 2}], "s": "t", "n": None}),
        ("l.1.x", {"l": [1, {"x": "v"}], "s": "t", "n": None}),
        ("l.3", {"l": [1, {"x": 2}, None, "v"], "s": "t", "n": None}),
        ("l.-1", {"l": [1, {"x": 2}, "v"], "s": "t", "n": None}),
        ("new.0.a", {"new": [{"a": "v"}], "l": [1, {"x": 2}], "s": "t", "n": None}),
        ("new.:0", {"new": {"0": "v"}, "l": [1, {"x": 2}], "s": "t", "n": None}),
        ("s.a", {"s": {"a": "v"}, "l": [1, {"x": 2}], "n": None}),
        ("n.a", {"n": {"a": "v"}, "l": [1, {"x": 2}], "s": "t"}),
    ],
)
def test_a_destination_is_made_as_sjson_makes_it(path: str, expected: Any) -> None:
    assert sjson.put({"l": [1, {"x": 2}], "s": "t", "n": None}, path, "v") == expected


@pytest.mark.parametrize("path", ["a.0", "a.1.b", "a.1.c", "a.-1", "a.4", "c", "a"])
def test_what_is_put_into_stays_as_it_was(path: str) -> None:
    value = {"a": [1, {"b": 2}]}
    assert sjson.put(value, path, 9) != value
    assert value == {"a": [1, {"b": 2}]}


def test_a_destination_that_is_none_is_refused() -> None:
    for path in ("", "l.x"):
        with pytest.raises(sjson.PathError):
            sjson.put({"l": []}, path, "v")


def test_paths_with_what_is_not_known_have_a_problem() -> None:
    known = ["a", "a.b.0", "a\\.b", "depgen\\.io/key", "a\\|b", "a-b_c"]
    unknown = ["a|b", "a.#", "a.#(b==1)", "@this", "a*", "{a,b}", "a.?"]
    assert [path for path in known + unknown if gjson.problem(path)] == unknown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (1e-6, "0.000001"),
        (123456.789, "123456.789"),
        (-0.1, "-0.1"),
        (12345678901234567, "12345678901234567"),
        ("<é>\u2028", '"\\u003cé\\u003e\\u2028"'),
        ([None, True, {"b": 1, "a": 2}], '[null,true,{"b":1,"a":2}]'),
    ],
)
def test_json_is_written_as_go_writes_it(value: Any, text: str) -> None:
    assert encoded(value) == text
