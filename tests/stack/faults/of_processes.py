"""Faults of processes: each is killed and paused, at random and while it has work in its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from tests.stack.faults.fault import Fault, Repairs
from tests.stack.faults.scene import PARTS, Scene
from tests.stack.pod import Pod

SECONDS = 12.0
TWINS = "a Workflow that was created and not acknowledged is tried again, and refused"


def killed(scene: Scene, part: str) -> None:
    """kill -9 of {part} four times, and up again at once."""
    with scene.playing(SECONDS):
        for _ in scene.moments(4, SECONDS):
            scene.pod(part).restart()


def down(scene: Scene, part: str) -> None:
    """kill -9 of {part}, and away while half of all happens."""
    scene.play(len(scene.steps) // 2, SECONDS / 2)
    pod = scene.pod(part)
    pod.kill()
    scene.play(seconds=SECONDS / 2)
    pod.start()


def paused(scene: Scene, part: str) -> None:
    """SIGSTOP of {part} three times, for up to six seconds."""
    with scene.playing(SECONDS):
        for _ in scene.moments(3, SECONDS / 3):
            pod = scene.pod(part)
            pod.pause()
            scene.last(scene.rng.uniform(1, 6))
            pod.resume()


def claim_paused(scene: Scene) -> None:
    """The claim Sensor is paused while everything happens."""
    pod = scene.pod("claim")
    pod.pause()
    scene.play(seconds=SECONDS)
    pod.resume()


def anything(scene: Scene) -> None:
    """A process at random is killed or paused (EventSource, Sensors, bus, API server), fourteen times in a minute."""
    with scene.playing(50):
        for _ in scene.moments(14, 50):
            scene.rng.choice(breakages(scene))()


def breakages(scene: Scene) -> list[Callable[[], None]]:
    """What can happen to a process; each mends what it breaks before it returns."""
    pods: Iterable[Pod] = [scene.pod(part) for part in PARTS]
    found: list[Callable[[], None]] = []
    for pod in pods:
        found += [pod.restart, partial(_pause, scene, pod)]
    return [*found, partial(_bus_killed, scene), partial(_bus_paused, scene), partial(_api_paused, scene)]


def _pause(scene: Scene, pod: Pod) -> None:
    if pod.problem is None:
        pod.pause()
        scene.last(scene.rng.uniform(0.5, 3))
        pod.resume()


def _bus_killed(scene: Scene) -> None:
    scene.stack.bus.process.kill()
    scene.last(scene.rng.uniform(0, 2))
    scene.stack.bus.start()


def _bus_paused(scene: Scene) -> None:
    scene.stack.bus.process.pause()
    scene.last(scene.rng.uniform(0.5, 3))
    scene.stack.bus.process.resume()


def _api_paused(scene: Scene) -> None:
    scene.stack.control_plane.api_server.pause()
    scene.last(scene.rng.uniform(0.5, 3))
    scene.stack.control_plane.api_server.resume()


FAULTS = (
    Fault(
        "event-source-killed",
        partial(killed, part=""),
        "a new process is told of every object that is there, and what is younger than replayWithin counts",
        twins=True,
    ),
    Fault(
        "event-source-down",
        partial(down, part=""),
        "as above; what became ready meanwhile is decided when the new process tells of the ledger",
        twins=True,
    ),
    Fault(
        "record-killed",
        partial(killed, part="record"),
        "the bus delivers again what was not acknowledged, and a fact told twice is the same entry",
    ),
    Fault("record-down", partial(down, part="record"), "the bus keeps what nobody has taken yet"),
    Fault(
        "claim-killed",
        partial(killed, part="claim"),
        "as for record; a node fires when it becomes ready, with or without its claim",
    ),
    Fault(
        "submit-killed",
        partial(killed, part="submit"),
        f"the bus delivers again what was not acknowledged; {TWINS}",
        twins=True,
        patience=35,
    ),
    Fault("submit-down", partial(down, part="submit"), "the bus keeps what nobody has taken yet", twins=True),
    Fault("event-source-paused", partial(paused, part=""), "its watches go on where they stopped"),
    Fault("record-paused", partial(paused, part="record"), "the bus keeps what nobody has taken yet"),
    Fault("submit-paused", partial(paused, part="submit"), "the bus keeps what nobody has taken yet"),
    Fault(
        "claim-paused",
        claim_paused,
        "a node fires when it becomes ready, with or without its claim",
    ),
    Fault(
        "anything",
        anything,
        "a publish fails while the bus is away, and Argo Events drops it: the sweep lists what is there",
        repairs=Repairs.MAYBE,
        twins=True,
        patience=35,
        is_quick=True,
    ),
)
