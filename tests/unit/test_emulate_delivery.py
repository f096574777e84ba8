"""How events reach triggers: queues on the bus, acks, redelivery, and what an edit loses."""

from __future__ import annotations

from typing import Any

from depgen.emulate import Emulator, Fault
from tests.emulated import (
    Manifest,
    after,
    dependency,
    emulator,
    logged,
    logging,
    put,
    said,
    send,
    sensor,
    writing,
)

RETRY = {"steps": 3, "duration": "1s", "factor": 2, "jitter": 0}


def naming(name: str = "w", conditions: str = "e", **more: Any) -> Manifest:
    """A trigger that creates a ConfigMap of the name in the event."""
    return writing(name, conditions, "create", {"metadata": {}}, (conditions, "n", "metadata.name"), **more)


def test_what_comes_while_the_sensor_is_down_waits() -> None:
    emulated = emulator(sensor([dependency("e")], logging("l", "e")))
    emulated.stop("sensor/sen")
    send(emulated, "e", 1)
    send(emulated, "e", 2)
    emulated.start("sensor/sen")
    after(emulated, 0)
    assert logged(emulated) == ["e 1", "e 2"]


def test_a_new_sensor_hears_only_what_is_new() -> None:
    emulated = emulator(sensor([dependency("e")], logging("l", "e")))
    send(emulated, "e", 1)
    emulated.apply([sensor([dependency("e")], logging("l", "e"), name="late")])
    send(emulated, "e", 2)
    heard = sorted((h.who, h.detail) for h in emulated.log if h.kind == "logged")
    assert heard == [("sensor/late/l", "2"), ("sensor/sen/l", "1"), ("sensor/sen/l", "2")]


def edited(first: Manifest, second: Manifest) -> list[str]:
    """What is logged of an event that waits over an edit."""
    emulated = emulator(first)
    emulated.stop("sensor/sen")
    send(emulated, "e", 1)
    emulated.apply([second])
    after(emulated, 60)
    return logged(emulated)


def test_an_edit_of_a_dependency_or_of_conditions_deletes_what_waits() -> None:
    e, f = dependency("e"), dependency("f")
    first = sensor([e, f], logging("l", "e"))
    kept = ["e 1"]
    assert edited(first, sensor([e, f], logging("l", "e"), replicas=1)) == kept
    assert edited(first, sensor([e, f], logging("l", "e", retryStrategy=RETRY))) == kept
    assert edited(first, sensor([e, {**f, "transform": {"jq": "."}}], logging("l", "e"))) == kept
    assert edited(first, sensor([{**e, "transform": {"jq": ". + {}"}}, f], logging("l", "e"))) == []
    assert edited(first, sensor([e, f], logging("l", "e || f"))) == []
    assert edited(first, sensor([e, f], logging("m", "e"))) == []
    assert edited(first, sensor([f], logging("l", "f"))) == []


def test_a_deleted_sensor_leaves_its_queue_to_the_next_of_its_name() -> None:
    manifest = sensor([dependency("e")], logging("l", "e"))
    emulated = emulator(manifest)
    emulated.delete("Sensor", "data", "sen")
    send(emulated, "e", 1)
    emulated.apply([manifest])
    after(emulated, 0)
    assert logged(emulated) == ["e 1"]


def test_an_unchanged_manifest_is_left_alone() -> None:
    manifest = sensor([dependency("e")], logging("l", "e"))
    emulated = emulator(manifest)
    emulated.apply([{**manifest, "metadata": {**manifest["metadata"], "labels": {"a": "b"}}}])
    assert said(emulated, "applied") == [(0.0, "applied", "data/sen")]


def test_a_sensor_that_dies_between_action_and_ack_does_it_again_after_thirty_seconds() -> None:
    faults = (Fault("crash", "sensor/sen", times=1, seconds=2),)
    emulated = emulator(sensor([dependency("e")], naming()), faults=faults)
    send(emulated, "e", {"n": "a"})
    after(emulated, 60)
    assert said(emulated, "created", "crash", "restart", "redelivered", "refused", "failed") == [
        (0.0, "created", "ConfigMap data/a"),
        (0.0, "crash", ""),
        (2.0, "restart", ""),
        (30.0, "redelivered", "src/e"),
        (30.0, "refused", "w"),
        (30.0, "failed", "w"),
    ]


def test_a_message_behind_the_one_that_was_lost_overtakes_it_unless_it_was_fetched() -> None:
    emulated = emulator(sensor([dependency("e")], naming(retryStrategy={**RETRY, "duration": "10s"})))
    put(emulated, "a")
    for name in ("a", "b", "c"):
        send(emulated, "e", {"n": name})
    after(emulated, 4.2)
    emulated.restart("sensor/sen", down=1)
    after(emulated, 60)
    assert said(emulated, "created", "redelivered") == [
        (5.2, "created", "ConfigMap data/c"),
        (30.0, "redelivered", "src/e"),
        (30.0, "created", "ConfigMap data/b"),
        (34.0, "redelivered", "src/e"),
    ]


def test_a_trigger_does_one_thing_at_a_time_and_two_triggers_two() -> None:
    slow = naming("slow", retryStrategy=RETRY)
    emulated = emulator(sensor([dependency("e")], slow, logging("quick", "e")))
    put(emulated, "a")
    send(emulated, "e", {"n": "a"})
    send(emulated, "e", {"n": "b"})
    assert logged(emulated) == ['e {"n":"a"}', 'e {"n":"b"}']
    after(emulated, 60)
    assert said(emulated, "refused", "created", "failed") == [
        (0.0, "refused", "slow"),
        (1.0, "refused", "slow"),
        (3.0, "refused", "slow"),
        (3.0, "failed", "slow"),
        (3.0, "created", "ConfigMap data/b"),
    ]


def test_without_at_least_once_nothing_is_retried_and_nothing_waits() -> None:
    hasty = {**naming(retryStrategy=RETRY), "atLeastOnce": False}
    emulated = emulator(sensor([dependency("e")], hasty))
    put(emulated, "a")
    send(emulated, "e", {"n": "a"})
    send(emulated, "e", {"n": "b"})
    after(emulated, 60)
    assert said(emulated, "refused", "created", "dlq", "failed", "retried") == [
        (0.0, "refused", "w"),
        (0.0, "created", "ConfigMap data/b"),
    ]


def test_after_the_last_try_the_dlq_trigger_runs_and_the_message_is_gone() -> None:
    emulated = emulator(
        sensor([dependency("e")], naming(retryStrategy=RETRY, dlqTrigger=logging("dlq", "e")))
    )
    put(emulated, "a")
    send(emulated, "e", {"n": "a"})
    after(emulated, 60)
    assert said(emulated, "retried", "dlq", "logged", "failed") == [
        (0.0, "retried", "w"),
        (1.0, "retried", "w"),
        (3.0, "dlq", "dlq"),
        (3.0, "logged", "e"),
    ]
    emulated.restart("sensor/sen")
    after(emulated, 60)
    assert len(said(emulated, "fired")) == 1


def test_without_an_api_a_trigger_tries_again() -> None:
    emulated = emulator(sensor([dependency("e")], naming(retryStrategy=RETRY)))
    emulated.stop("api")
    emulated.at(emulated.now + 2, lambda: emulated.start("api"))
    send(emulated, "e", {"n": "a"})
    after(emulated, 60)
    assert said(emulated, "created") == [(3.0, "created", "ConfigMap data/a")]


def test_when_the_bus_is_back_a_sensor_listens_at_its_next_tick_and_two_seconds() -> None:
    emulated = emulator(sensor([dependency("e")], logging("l", "e")))
    after(emulated, 1)
    emulated.stop("bus")
    after(emulated, 5)
    emulated.start("bus")
    send(emulated, "e", 1)
    after(emulated, 60)
    assert said(emulated, "logged") == [(12.0, "logged", "e")]


def test_an_ack_that_finds_no_bus_is_lost_and_the_action_is_done_again() -> None:
    emulated = emulator(sensor([dependency("e")], naming(retryStrategy=RETRY)))
    put(emulated, "a")
    send(emulated, "e", {"n": "a"})
    emulated.restart("bus", down=1)
    after(emulated, 60)
    assert said(emulated, "failed", "redelivered") == [
        (3.0, "failed", "w"),
        (30.0, "redelivered", "src/e"),
        (33.0, "failed", "w"),
    ]


def test_processes_that_find_no_bus_start_with_it() -> None:
    emulated = emulator()
    manifest = sensor([dependency("e")], logging("l", "e"))
    emulated.apply([manifest])
    emulated.stop("bus")
    emulated.restart("sensor/sen")
    after(emulated, 10)
    emulated.start("bus")
    send(emulated, "e", 1)
    assert logged(emulated) == ["e 1"]


def test_the_oldest_are_gone_when_the_stream_is_full_or_they_are_a_week_old() -> None:
    bus = {
        "kind": "EventBus",
        "metadata": {"name": "default", "namespace": "data"},
        "spec": {"jetstream": {"streamConfig": "maxMsgs: 3\nmaxAge: 1h\n"}},
    }
    emulated = emulator(bus, sensor([dependency("e")], logging("l", "e")))
    emulated.stop("sensor/sen")
    for number in range(5):
        send(emulated, "e", number)
        after(emulated, 1200)
    after(emulated, 600)
    emulated.start("sensor/sen")
    after(emulated, 0)
    assert logged(emulated) == ["e 3", "e 4"]


def test_an_event_that_two_dependencies_of_a_trigger_take_comes_once_for_each() -> None:
    emulated = emulator(sensor([dependency("a", "e"), dependency("b", "e")], logging("l", "a || b")))
    send(emulated, "e", 1)
    assert logged(emulated) == ["a 1", "b 1"]


def test_the_same_seed_gives_the_same_log_and_another_a_different_one() -> None:
    def run(seed: int) -> Emulator:
        faults = (Fault("api-error", probability=0.5), Fault("drop", probability=0.3))
        emulated = emulator(
            sensor([dependency("e")], naming(retryStrategy={"steps": 3})), seed=seed, faults=faults
        )
        for number in range(20):
            send(emulated, "e", {"n": f"n{number}"})
        after(emulated, 600)
        return emulated

    assert run(1).log == run(1).log
    assert run(1).log != run(2).log
