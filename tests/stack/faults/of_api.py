"""Faults of the API server: away, slow, refusing, and crashes of a Sensor at named moments of its requests."""

from __future__ import annotations

import random
import threading
from functools import partial

from tests.stack.faults.driver import answered
from tests.stack.faults.fault import Fault, Repairs
from tests.stack.faults.proxy import Asked, Trouble
from tests.stack.faults.scene import Scene

RETRIES = "the Sensor tries again; what it gives up on, the sweep asks for again"


def down(scene: Scene) -> None:
    """kill -9 of the API server twice, away for two and for eight seconds."""
    with scene.playing(15):
        for seconds in (2, 8):
            scene.last(scene.rng.uniform(1, 3))
            _kill(scene)
            scene.last(seconds)
            _start(scene)


def paused(scene: Scene) -> None:
    """SIGSTOP of the API server, three times for up to six seconds."""
    server = scene.stack.control_plane.api_server
    with scene.playing(15):
        for _ in scene.moments(3, 5):
            server.pause()
            scene.last(scene.rng.uniform(1, 6))
            server.resume()


def down_while_submitting(scene: Scene) -> None:
    """Submit has many runs before it, and nobody answers for longer than it tries."""
    submit = scene.pod("submit")
    submit.pause()
    scene.play(seconds=8)
    scene.namespace.quiet(2, timeout=120)
    _kill(scene)
    submit.resume()
    scene.last(20)
    _start(scene)


def refusing(scene: Scene) -> None:
    """A fifth of all requests is answered with 409, 429, 500 or 504, and watches end."""
    chance = random.Random(scene.rng.random())
    lock = threading.Lock()

    def script(asked: Asked) -> Trouble | None:
        with lock:
            is_hit, status = chance.random() < 0.2, chance.choice((409, 429, 500, 504))
        return Trouble(status=status) if is_hit else None

    _under(scene, script)


def losing_answers(scene: Scene) -> None:
    """A fifth of all writes is done, and the answer to it is lost."""
    chance = random.Random(scene.rng.random())
    lock = threading.Lock()

    def script(asked: Asked) -> Trouble | None:
        with lock:
            is_hit = chance.random() < 0.2
        return Trouble(loses_answer=True) if is_hit and asked.method in ("POST", "PATCH") else None

    _under(scene, script)


def crashed(scene: Scene, part: str, method: str, resource: str, after: bool) -> None:
    """kill -9 at that moment of every seventh such request, and up again at once."""
    lock = threading.Lock()
    seen = 0

    def script(asked: Asked) -> Trouble | None:
        nonlocal seen
        if (asked.method, asked.resource) != (method, resource) or not asked.is_of(_account(scene, part)):
            return None
        with lock:
            seen += 1
            is_hit = seen % 7 == 3
        if not is_hit:
            return None
        crash = scene.pod(part).restart
        return Trouble(after=crash, loses_answer=True) if after else Trouble(before=crash, drops=True)

    _under(scene, script)
    assert scene.proxy.troubles, "nothing was hit"


def _under(scene: Scene, script: object) -> None:
    scene.proxy.troubles = 0
    scene.proxy.script = script  # type: ignore[assignment]
    scene.play(seconds=12)
    scene.namespace.quiet(5, timeout=300)
    scene.proxy.script = lambda asked: None
    assert scene.proxy.troubles, "nothing was hit"


def _kill(scene: Scene) -> None:
    scene.stack.control_plane.api_server.kill()


def _start(scene: Scene) -> None:
    scene.stack.control_plane.start_api_server()
    answered(lambda: scene.stack.control_plane.wait(scene.stack.api, 60))
    scene.stack.revive()
