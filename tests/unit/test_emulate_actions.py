"""Actions: what requests a trigger makes, how fast, and what it says of them."""

from __future__ import annotations

from typing import Any

from depgen.cluster.api import CONFIG_MAPS
from depgen.emulate import Emulator, Fault
from depgen.emulate.throttle import RateLimit, TokenBucket
from tests.emulated import (
    START,
    Manifest,
    after,
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
    writing,
)

NAMED = ("e", "n", "metadata.name")
RETRY = {"steps": 3, "duration": "1s", "jitter": 0}


def doing(operation: str, body: dict[str, Any], *parameters: Any, faults: Any = (), **more: Any) -> Emulator:
    return emulator(
        sensor([dependency("e")], writing("t", "e", operation, body, *parameters, **more)), faults=faults
    )


def found(emulated: Emulator, name: str) -> Any:
    return emulated.api.get(CONFIG_MAPS, "data", name)


def test_create_labels_what_it_makes_and_takes_the_namespace_of_the_sensor() -> None:
    emulated = doing("create", {"metadata": {"name": "a"}})
    send(emulated, "e")
    assert found(emulated, "a")["metadata"]["labels"] == {
        "events.argoproj.io/sensor": "sen",
        "events.argoproj.io/trigger": "t",
        "events.argoproj.io/action-timestamp": f"{START * 1000:.0f}",
    }


def test_create_of_what_is_there_fails() -> None:
    emulated = doing("create", {"metadata": {"name": "a"}}, retryStrategy=RETRY)
    put(emulated, "a")
    send(emulated, "e")
    after(emulated, 10)
    assert [at for at, *_ in said(emulated, "refused")] == [0.0, 1.0, 2.0]
    assert len(said(emulated, "failed")) == 1


def test_a_generated_name_ends_in_five_letters() -> None:
    emulated = doing("create", {"metadata": {"generateName": "a-"}})
    send(emulated, "e")
    send(emulated, "e")
    names = [thing["metadata"]["name"] for thing in emulated.api.list(CONFIG_MAPS, "data")]
    assert [len(name) for name in names] == [7, 7]
    assert names[0] != names[1]


def test_patch_makes_what_is_absent_without_labels_and_merges_what_is_there() -> None:
    emulated = doing("patch", {"metadata": {}}, NAMED, ("e", "k", "data.k"))
    put(emulated, "old", {"k": "v", "x": "y"}, on="1")
    for name, value in (("new", "1"), ("old", "2"), ("old", "2")):
        send(emulated, "e", {"n": name, "k": value})
    assert (found(emulated, "new")["data"], "labels" in found(emulated, "new")["metadata"]) == (
        {"k": "1"},
        False,
    )
    assert (found(emulated, "old")["data"], found(emulated, "old")["metadata"]["labels"]) == (
        {"k": "2", "x": "y"},
        {"on": "1"},
    )
    assert [(h.kind, h.detail) for h in emulated.log if h.kind in ("created", "patched")] == [
        ("created", ""),
        ("patched", ""),
        ("patched", "nothing changed"),
    ]


def test_a_patch_without_a_name_fails() -> None:
    emulated = doing("patch", {"metadata": {}})
    send(emulated, "e")
    assert [h.detail for h in emulated.log if h.kind == "refused"] == ["name is required"]


def test_update_overlays_and_makes_what_is_absent() -> None:
    emulated = doing("update", {"metadata": {"labels": {"b": "2"}}, "data": {"k": "v"}}, NAMED)
    put(emulated, "old", {"x": "y"}, a="1")
    send(emulated, "e", {"n": "old"})
    send(emulated, "e", {"n": "new"})
    old = found(emulated, "old")
    assert (old["data"], old["metadata"]["labels"]) == ({"k": "v", "x": "y"}, {"a": "1", "b": "2"})
    assert found(emulated, "new")["data"] == {"k": "v"}


def test_delete_of_what_is_absent_is_done() -> None:
    emulated = doing("delete", {"metadata": {}}, NAMED)
    put(emulated, "a")
    send(emulated, "e", {"n": "a"})
    send(emulated, "e", {"n": "b"})
    assert found(emulated, "a") is None
    assert said(emulated, "deleted", "refused") == [(0.0, "deleted", "ConfigMap data/a")]


def test_what_the_api_refuses_is_tried_again_and_given_up() -> None:
    emulated = doing("create", {"metadata": {}}, NAMED, retryStrategy=RETRY)
    send(emulated, "e", {"n": "Not A Name"})
    after(emulated, 10)
    assert (len(said(emulated, "refused")), len(said(emulated, "failed"))) == (3, 1)


def test_two_writers_of_an_absent_object_see_nothing_and_one_is_refused() -> None:
    def record(name: str) -> Manifest:
        write = writing(
            "t", "e", "patch", {"metadata": {"name": "a"}, "data": {name: "1"}}, retryStrategy=RETRY
        )
        return sensor([dependency("e")], write, name=name)

    emulated = emulator(record("one"), record("two"))
    send(emulated, "e")
    after(emulated, 10)
    assert said(emulated, "created", "patched", "refused") == [
        (0.0, "created", "ConfigMap data/a"),
        (0.0, "refused", "t"),
        (1.0, "patched", "ConfigMap data/a"),
    ]
    assert found(emulated, "a")["data"] == {"one": "1", "two": "1"}


def test_a_sensor_makes_five_requests_a_second_after_ten() -> None:
    emulated = doing("create", {"metadata": {}}, NAMED)
    for number in range(13):
        send(emulated, "e", {"n": f"a{number}"})
    after(emulated, 10)
    times = [at for at, *_ in said(emulated, "created")]
    assert times == [0.0] * 10 + [0.2, 0.4, 0.6]


def test_a_patch_is_two_requests_and_the_triggers_of_a_sensor_share_them() -> None:
    patch = writing("p", "e", "patch", {"metadata": {"name": "a"}}, ("e", "n", "data.n"))
    create = writing("c", "e", "create", {"metadata": {}}, NAMED)
    emulated = emulator(sensor([dependency("e")], patch, create))
    for number in range(5):
        send(emulated, "e", {"n": f"a{number}"})
    after(emulated, 10)
    assert max(at for at, *_ in said(emulated, "created", "patched")) == 1.0
    assert emulated.api.requests == 15


def test_a_bucket_fills_up_again_but_not_over() -> None:
    bucket = TokenBucket(0.0)
    assert [bucket.take(0.0) for _ in range(12)] == [0.0] * 10 + [0.2, 0.4]
    assert [bucket.take(1.4) for _ in range(6)] == [1.4] * 5 + [1.6]
    assert [bucket.take(1000.0) for _ in range(11)] == [1000.0] * 10 + [1000.2]


def test_a_rate_limit_spaces_actions_and_lets_ten_catch_up() -> None:
    limit = RateLimit(2, 1.0)
    assert [limit.take(0.0) for _ in range(3)] == [0.0, 0.5, 1.0]
    assert [limit.take(100.0) for _ in range(12)] == [100.0] * 11 + [100.5]
    emulated = doing("create", {"metadata": {}}, NAMED, rateLimit={"unit": "Minute", "requestsPerUnit": 2})
    for number in range(3):
        send(emulated, "e", {"n": f"a{number}"})
    after(emulated, 100)
    assert [at for at, *_ in said(emulated, "created")] == [0.0, 30.0, 60.0]


def test_an_api_error_is_retried_and_a_lost_answer_too() -> None:
    faults = (Fault("api-error", "create ConfigMap", times=1),)
    emulated = doing("create", {"metadata": {"name": "a"}}, retryStrategy=RETRY, faults=faults)
    send(emulated, "e")
    after(emulated, 10)
    assert said(emulated, "refused", "created") == [
        (0.0, "refused", "t"),
        (1.0, "created", "ConfigMap data/a"),
    ]
    faults = (Fault("lost-answer", "create *", times=1),)
    emulated = doing("create", {"metadata": {"name": "a"}}, retryStrategy=RETRY, faults=faults)
    send(emulated, "e")
    after(emulated, 10)
    assert [(at, kind) for at, kind, _ in said(emulated, "created", "refused", "failed")] == [
        (0.0, "created"),
        (0.0, "refused"),
        (1.0, "refused"),
        (2.0, "refused"),
        (2.0, "failed"),
    ]


def listening(*faults: Fault) -> Emulator:
    source = event_source(resource={"e": watching()})
    return emulator(source, sensor([dependency("e")], logging("l", "e", transform={})), faults=faults)


def names(emulated: Emulator) -> list[str]:
    return [line.split('"name":"')[1].split('"')[0] for line in logged(emulated)]


def test_events_can_be_dropped_duplicated_delayed_and_swapped() -> None:
    heard = {}
    for kind in ("drop", "duplicate", "delay", "reorder"):
        emulated = listening(Fault(kind, "src/e", times=1, seconds=5))
        put(emulated, "a")
        put(emulated, "b")
        after(emulated, 10)
        heard[kind] = names(emulated)
    assert heard == {"drop": ["b"], "duplicate": ["a", "a", "b"], "delay": ["b", "a"], "reorder": ["b", "a"]}


def test_an_event_that_is_overtaken_comes_right_after_the_other() -> None:
    emulated = listening(Fault("reorder", times=1, seconds=5))
    put(emulated, "a")
    put(emulated, "b")
    assert names(emulated) == ["b", "a"]


def test_an_event_that_is_held_back_comes_alone_after_its_seconds() -> None:
    emulated = listening(Fault("reorder", times=1, seconds=5))
    put(emulated, "a")
    after(emulated, 10)
    assert said(emulated, "logged") == [(5.0, "logged", "e")]


def test_an_event_source_that_crashes_tells_all_again() -> None:
    emulated = listening(Fault("crash", "eventsource/src", times=1, seconds=3))
    put(emulated, "a")
    put(emulated, "b")
    after(emulated, 10)
    assert names(emulated) == ["a", "a", "b"]


def test_a_fault_has_its_time_and_its_target() -> None:
    emulated = listening(Fault("drop", "src/*", begin=START + 10, end=START + 20), Fault("drop", "other/*"))
    for name in ("a", "b", "c"):
        put(emulated, name)
        after(emulated, 15)
    assert names(emulated) == ["a", "c"]
