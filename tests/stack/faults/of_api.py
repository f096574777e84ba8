"""Faults of the API server: away, slow, refusing, and crashes of a Sensor at named moments of its requests."""

from __future__ import annotations

import random
import threading
from functools import partial
from typing import Any

from tests.stack.faults.driver import answered
from tests.stack.faults.fault import Fault, Repairs
from tests.stack.faults.proxy import Asked, Script, Trouble
from tests.stack.faults.scene import Scene

HITS = (3, 11, 19)
BEFORE, AFTER = "before the arrival of", "before the answer to"
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


def refusal(chance: random.Random) -> Script:
    """A fifth of all requests is answered with 409, 429, 500 or 504."""
    lock = threading.Lock()

    def script(asked: Asked) -> Trouble | None:
        with lock:
            is_hit, status = chance.random() < 0.2, chance.choice((409, 429, 500, 504))
        return Trouble(status=status) if is_hit else None

    return script


def refusing(scene: Scene) -> None:
    """A fifth of all requests, watches too, is answered with 409, 429, 500 or 504."""
    _under(scene, refusal(random.Random(scene.rng.random())))


def losing_answers(scene: Scene) -> None:
    """A fifth of all writes is done, and the answer to it is lost."""
    chance = random.Random(scene.rng.random())
    lock = threading.Lock()

    def script(asked: Asked) -> Trouble | None:
        with lock:
            is_hit = chance.random() < 0.2
        return Trouble(loses_answer=True) if is_hit and asked.method in ("POST", "PATCH") else None

    _under(scene, script)


def crashed(scene: Scene, part: str, method: str, resource: str, moment: str) -> None:
    """kill -9 of {part} {moment} the 3rd, 11th and 19th {method} of {resource}, and up again at once."""
    lock = threading.Lock()
    seen = 0

    def script(asked: Asked) -> Trouble | None:
        nonlocal seen
        account = f"{scene.namespace.graph}-{part}"
        if (asked.method, asked.resource, asked.account) != (method, resource, account):
            return None
        with lock:
            seen += 1
            if seen not in HITS:
                return None
        crash = scene.pod(part).restart
        return Trouble(before=crash) if moment == BEFORE else Trouble(after=crash)

    _under(scene, script)


def _under(scene: Scene, script: Script) -> None:
    """Everything happens under this script; it has to have hit something."""
    scene.proxy.troubles = 0
    scene.proxy.script = script
    scene.play(seconds=12)
    scene.wait_started()
    scene.namespace.quiet(5, timeout=300)
    scene.proxy.script = lambda asked: None
    assert scene.proxy.troubles > 1, "next to nothing was hit"


def _kill(scene: Scene) -> None:
    scene.stack.control_plane.api_server.kill()


def _start(scene: Scene) -> None:
    scene.stack.control_plane.start_api_server()
    answered(lambda: scene.stack.control_plane.wait(scene.stack.api, 60))
    scene.stack.revive()


def _crash(name: str, part: str, method: str, resource: str, moment: str, why: str, **more: Any) -> Fault:
    do = partial(crashed, part=part, method=method, resource=resource, moment=moment)
    return Fault(name, do, why, behind_proxy=True, patience=35, **more)


REDELIVERED = "the bus delivers again what was not acknowledged"
FAULTS = (
    Fault(
        "api-server-down",
        down,
        f"watches begin again; {RETRIES}",
        repairs=Repairs.MAYBE,
        twins=True,
        patience=60,
    ),
    Fault("api-server-paused", paused, "clients wait", patience=35),
    Fault(
        "api-server-down-while-submitting",
        down_while_submitting,
        "after four tries a Sensor gives up; the sweep sees the node ready without a run and asks again",
        repairs=Repairs.SOME,
        twins=True,
        patience=35,
    ),
    Fault(
        "api-server-refuses",
        refusing,
        RETRIES,
        repairs=Repairs.MAYBE,
        patience=60,
        behind_proxy=True,
        is_quick=True,
    ),
    Fault(
        "api-server-loses-answers",
        losing_answers,
        "what was done is tried again: a fact is the same entry, a run is refused by its name",
        twins=True,
        patience=35,
        behind_proxy=True,
    ),
    _crash("crash-before-create", "submit", "POST", "workflows", moment=BEFORE, why=REDELIVERED),
    _crash(
        "crash-after-create",
        "submit",
        "POST",
        "workflows",
        moment=AFTER,
        why=f"{REDELIVERED}; the second creation is refused by the name",
        twins=True,
        is_quick=True,
    ),
    _crash("crash-before-record", "record", "PATCH", "configmaps", moment=BEFORE, why=REDELIVERED),
    _crash(
        "crash-after-record",
        "record",
        "PATCH",
        "configmaps",
        moment=AFTER,
        why=f"{REDELIVERED}; a fact told twice is the same entry",
    ),
    _crash(
        "crash-after-first-record",
        "record",
        "POST",
        "configmaps",
        moment=AFTER,
        why=f"{REDELIVERED}, and then finds the ledger made",
    ),
    _crash(
        "crash-after-claim",
        "claim",
        "PATCH",
        "configmaps",
        moment=AFTER,
        why=f"{REDELIVERED}; a claim told twice is the same entry",
    ),
)
