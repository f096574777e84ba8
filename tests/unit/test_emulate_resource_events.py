"""Resource events: the selector is the server's, and every start tells everything anew."""

from __future__ import annotations

import json
from typing import Any

from depgen.cluster.api import CONFIG_MAPS
from depgen.emulate import Emulator
from tests.emulated import (
    START,
    after,
    change,
    dependency,
    emulator,
    event_source,
    logged,
    logging,
    put,
    said,
    send,
    sensor,
    watching,
)

ALL = ("ADD", "UPDATE", "DELETE")
LISTENER = sensor([dependency("e")], logging("l", "e"))


def watcher(*labels: tuple[str, str, str], types: tuple[str, ...] = ALL, **more: Any) -> Emulator:
    return emulator(event_source(resource={"e": watching(*labels, types=types, **more)}), LISTENER)


def seen(emulated: Emulator) -> list[tuple[str, str, Any]]:
    payloads = [json.loads(line.partition(" ")[2]) for line in logged(emulated)]
    return [
        (p["type"], p["body"]["metadata"]["name"], p["oldBody"] and p["oldBody"].get("data"))
        for p in payloads
    ]


def test_coming_to_match_is_add_and_ceasing_to_is_delete() -> None:
    emulated = watcher(("on", "==", "1"))
    put(emulated, "a")
    change(emulated, "a", metadata={"labels": {"on": "1"}})
    change(emulated, "a", data={"k": "1"})
    change(emulated, "a", data={"k": "2"})
    change(emulated, "a", metadata={"labels": {"on": "2"}})
    assert seen(emulated) == [
        ("ADD", "a", None),
        ("UPDATE", "a", None),
        ("UPDATE", "a", {"k": "1"}),
        ("DELETE", "a", None),
    ]


def test_a_patch_that_changes_nothing_is_no_event() -> None:
    emulated = watcher()
    put(emulated, "a", {"k": "v"})
    change(emulated, "a", data={"k": "v"})
    assert [kind for kind, *_ in seen(emulated)] == ["ADD"]


def test_only_the_wanted_types_are_told() -> None:
    emulated = watcher(types=("DELETE",))
    put(emulated, "a")
    change(emulated, "a", data={"k": "1"})
    emulated.api.delete(CONFIG_MAPS, "data", "a")
    after(emulated, 0)
    assert [kind for kind, *_ in seen(emulated)] == ["DELETE"]


def test_the_payload_is_that_of_argo_events() -> None:
    emulated = watcher(types=("ADD",))
    put(emulated, "a", {"k": "<v>"}, on="1")
    assert json.loads(logged(emulated)[0].partition(" ")[2]) == {
        "type": "ADD",
        "body": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": "a",
                "namespace": "data",
                "labels": {"on": "1"},
                "uid": "00000000-0000-0000-0000-000000000001",
                "creationTimestamp": "2026-11-21T08:00:00Z",
                "resourceVersion": "1",
            },
            "data": {"k": "<v>"},
        },
        "oldBody": None,
        "group": "",
        "version": "v1",
        "resource": "configmaps",
    }


def test_label_operations_choose_as_the_server_does() -> None:
    chosen = {}
    for operation, value in (
        ("==", "1"),
        ("", "1"),
        ("!=", "1"),
        ("in", "1,2"),
        ("in", "1, 2"),
        ("notin", "1"),
        ("exists", ""),
        ("!", ""),
    ):
        emulated = watcher(("a", operation, value), types=("ADD",))
        put(emulated, "none")
        put(emulated, "one", a="1")
        put(emulated, "two", a="2")
        chosen[operation, value] = [name for _, name, _ in seen(emulated)]
    assert chosen == {
        ("==", "1"): ["one"],
        ("", "1"): ["one"],
        ("!=", "1"): ["none", "two"],
        ("in", "1,2"): ["one", "two"],
        ("in", "1, 2"): ["one"],
        ("notin", "1"): ["none", "two"],
        ("exists", ""): ["one", "two"],
        ("!", ""): ["none"],
    }


def test_a_restart_tells_all_that_is_retained_as_new_in_the_order_of_names() -> None:
    emulated = watcher(("on", "==", "1"))
    for name in ("b", "a", "c"):
        put(emulated, name, on="1" if name != "c" else "2")
    emulated.restart("eventsource/src")
    after(emulated, 0)
    assert [(kind, name) for kind, name, _ in seen(emulated)[2:]] == [("ADD", "a"), ("ADD", "b")]


def test_while_it_is_down_nothing_is_told_but_at_its_start() -> None:
    emulated = watcher()
    put(emulated, "a")
    emulated.stop("eventsource/src")
    change(emulated, "a", data={"k": "1"})
    change(emulated, "a", data={"k": "2"})
    put(emulated, "b")
    emulated.api.delete(CONFIG_MAPS, "data", "b")
    emulated.start("eventsource/src")
    after(emulated, 0)
    assert seen(emulated) == [("ADD", "a", None), ("ADD", "a", None)]


def test_a_watch_that_has_ended_tells_nothing_of_what_it_saw() -> None:
    emulated = watcher()
    emulated.api.create(CONFIG_MAPS, "data", {"metadata": {"name": "a"}})
    emulated.restart("eventsource/src")
    after(emulated, 0)
    assert seen(emulated) == [("ADD", "a", None)]


def test_prefix_after_start_created_by_and_fields_filter_what_was_chosen() -> None:
    chosen = {}
    wanted: dict[str, dict[str, Any]] = {
        "prefix": {"prefix": "o"},
        "afterStart": {"afterStart": True},
        "createdBy": {"createdBy": "2026-11-21T08:00:00Z"},
        "fields": {"fields": [{"key": "data.k", "operation": "==", "value": "^v"}]},
        "not": {"fields": [{"key": "data.k", "operation": "!=", "value": "^v"}]},
    }
    for name, more in wanted.items():
        emulated = emulator()
        put(emulated, "old", {"k": "v"})
        after(emulated, 60)
        emulated.apply([event_source(resource={"e": watching(**more)}), LISTENER])
        put(emulated, "none")
        put(emulated, "young", {"k": "w"})
        chosen[name] = [thing for _, thing, _ in seen(emulated)]
    assert chosen == {
        "prefix": ["old"],
        "afterStart": ["none", "young"],
        "createdBy": ["old"],
        "fields": ["old"],
        "not": ["young"],
    }


def test_an_empty_namespace_is_all_of_them() -> None:
    event = {**watching(), "namespace": ""}
    emulated = emulator(event_source(resource={"e": event}), LISTENER)
    emulated.api.create(CONFIG_MAPS, "other", {"metadata": {"name": "a"}})
    put(emulated, "b")
    assert [name for _, name, _ in seen(emulated)] == ["a", "b"]


def test_without_a_bus_an_event_is_lost_at_once() -> None:
    emulated = watcher()
    emulated.stop("bus")
    put(emulated, "a")
    emulated.start("bus")
    after(emulated, 10)
    put(emulated, "b")
    assert said(emulated, "dropped") == [(0.0, "dropped", "src/e")]
    assert [name for _, name, _ in seen(emulated)] == ["b"]


def test_after_the_bus_is_back_the_next_tick_of_five_seconds_connects() -> None:
    emulated = watcher()
    after(emulated, 1)
    emulated.stop("bus")
    after(emulated, 1)
    emulated.start("bus")
    after(emulated, 2)
    put(emulated, "lost")
    after(emulated, 1)
    put(emulated, "kept")
    after(emulated, 10)
    assert said(emulated, "dropped") == [(4.0, "dropped", "src/e")]
    assert [name for _, name, _ in seen(emulated)] == ["kept"]


def test_an_event_that_is_too_large_is_lost_and_holds_up_those_behind_it() -> None:
    emulated = watcher()
    put(emulated, "large", {"k": "x" * 700_000})
    change(emulated, "large", data={"l": "y"})
    put(emulated, "small")
    after(emulated, 60)
    assert [(kind, what) for _, kind, what in said(emulated, "dropped")] == [("dropped", "src/e")]
    assert [name for _, name, _ in seen(emulated)] == ["large", "small"]
    (late,) = [at for at, _, _ in said(emulated, "event")][1:]
    assert 4 <= late <= 8


def test_an_event_bus_that_takes_more_loses_less() -> None:
    bus = {
        "kind": "EventBus",
        "metadata": {"name": "default", "namespace": "data"},
        "spec": {"jetstream": {"version": "latest", "maxPayload": "4MB"}},
    }
    emulated = emulator(bus, event_source(resource={"e": watching(types=ALL)}), LISTENER)
    put(emulated, "large", {"k": "x" * 700_000})
    change(emulated, "large", data={"l": "y"})
    assert [kind for kind, *_ in seen(emulated)] == ["ADD", "UPDATE"]


def test_an_event_source_that_starts_without_an_api_lists_when_it_is_there() -> None:
    emulated = watcher()
    put(emulated, "a")
    emulated.stop("api")
    emulated.restart("eventsource/src")
    after(emulated, 5)
    assert len(seen(emulated)) == 1
    emulated.start("api")
    after(emulated, 0)
    assert [name for _, name, _ in seen(emulated)] == ["a", "a"]


def test_events_from_outside_need_no_event_source_unless_there_is_one_and_it_is_down() -> None:
    emulated = watcher()
    emulated.apply([sensor([dependency("f", source="s3")], logging("l", "f"), name="other")])
    send(emulated, "f", {"n": 1}, source="s3")
    emulated.stop("eventsource/src")
    send(emulated, "e", {"n": 2})
    assert logged(emulated) == ['f {"n":1}']
    assert said(emulated, "dropped") == [(0.0, "dropped", "src/e")]
    assert emulated.now == START
