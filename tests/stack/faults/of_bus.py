"""Faults of the bus: away for a second, half a minute, five minutes; emptied; a queue deleted; too small a message."""

from __future__ import annotations

import json
from functools import partial

from tests.stack.faults import jetstream
from tests.stack.faults.driver import DAYS
from tests.stack.faults.fault import Fault, Repairs
from tests.stack.faults.scene import SOURCES, Scene
from tests.stack.faults.story import SUCCESS, How, Step, merged
from tests.stack.readiness import durables

CRASHES = (
    "an EventSource that publishes without a bus soon crashes, and the new process is told of every object that is there; "
    "what is dropped besides, the sweep finds among the Workflows"
)
NATIVE_PAYLOAD = 1024 * 1024
LARGE = 1_100_000


def down(scene: Scene, seconds: float) -> None:
    """The bus is killed, fifty Workflows complete, and after {seconds} s it is there again."""
    scene.play(4)
    scene.stack.bus.process.kill()
    with scene.playing(min(seconds, 30.0) / 2):
        scene.last(seconds)
        scene.stack.bus.start()


def paused(scene: Scene) -> None:
    """SIGSTOP of the bus, three times for up to six seconds."""
    with scene.playing(15):
        for _ in scene.moments(3, 5):
            scene.stack.bus.process.pause()
            scene.last(scene.rng.uniform(1, 6))
            scene.stack.bus.process.resume()


def purged(scene: Scene) -> None:
    """The stream is emptied while record and submit have a lot before them."""
    _backlog(scene)
    _ask(scene, "STREAM.PURGE.default")


def consumers_deleted(scene: Scene) -> None:
    """The durable consumers of record and submit are deleted while they have a lot before them."""
    _backlog(scene)
    for part in ("record", "submit"):
        for name in durables(scene.pod(part)):
            _ask(scene, f"CONSUMER.DELETE.default.{name}")
    for part in ("record", "submit"):  # the client goes on pulling from what is not there
        scene.pod(part).restart()


def small_messages(scene: Scene) -> None:
    """The bus takes 1 MiB, as it comes from Argo Events, and a Workflow of 1.1 MB completes."""
    config = scene.stack.group.folder / "nats.json"
    before = config.read_text()
    scene.steps = merged(scene.rng, {(source, day): SUCCESS for source in SOURCES for day in range(3)})
    config.write_text(json.dumps({**json.loads(before), "max_payload": NATIVE_PAYLOAD}))
    try:
        _restart(scene)
        scene.play(6)
        scene.namespace.wait_for(lambda: not scene.check().lost, 60, "the bus to work again")
        scene.driver.perform(Step("a", DAYS - 1, How.POSTED, "Succeeded"), padding=LARGE)
        scene.play()
        scene.namespace.quiet(2, timeout=120)
    finally:
        config.write_text(before)
        _restart(scene)


def _restart(scene: Scene) -> None:
    scene.stack.bus.process.kill()
    scene.stack.bus.start()
    scene.wait_started()


def _backlog(scene: Scene) -> None:
    scene.play(len(scene.steps) // 3, 4)
    pods = [scene.pod(part) for part in ("record", "submit")]
    pods[1].pause()
    scene.play(len(scene.steps) // 2, 4)
    pods[0].pause()
    scene.play(seconds=2)
    for pod in pods:
        pod.resume()


def _ask(scene: Scene, subject: str) -> None:
    url = scene.stack.bus_spec["jetstreamExotic"]["url"]
    jetstream.ask(url, scene.stack.control_plane.certificate, subject)


FAULTS = (
    Fault("bus-down-1s", partial(down, seconds=1), CRASHES, repairs=Repairs.MAYBE, twins=True, patience=35),
    Fault(
        "bus-down-30s",
        partial(down, seconds=30),
        CRASHES,
        repairs=Repairs.MAYBE,
        twins=True,
        patience=35,
        is_quick=True,
    ),
    Fault(
        "bus-down-5min",
        partial(down, seconds=300),
        CRASHES,
        repairs=Repairs.MAYBE,
        twins=True,
        patience=35,
    ),
    Fault("bus-paused", paused, "its clients wait or connect again", repairs=Repairs.MAYBE, patience=35),
    Fault(
        "stream-purged",
        purged,
        "queued events are gone for good; the sweep compares Workflows and ledgers, not events",
        repairs=Repairs.SOME,
    ),
    Fault(
        "consumers-deleted",
        consumers_deleted,
        "queued events are gone for good; the sweep compares Workflows and ledgers, not events",
        repairs=Repairs.SOME,
    ),
    Fault(
        "large-workflow",
        small_messages,
        "an event above the bus's max_payload costs the EventSource its connection, and with it what comes in the next seconds; the sweep sees all of it without a bus",
        repairs=Repairs.SOME,
    ),
)
