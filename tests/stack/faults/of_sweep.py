"""Faults of the sweep itself, and of the ticks that it stands in for."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from tests.stack.faults import sweeping
from tests.stack.faults.driver import DAYS
from tests.stack.faults.fault import Fault, Repairs
from tests.stack.faults.model import Edge, Rule
from tests.stack.faults.of_api import refusal
from tests.stack.faults.of_bus import purged
from tests.stack.faults.proxy import Asked, Script, Trouble
from tests.stack.faults.scene import Scene
from tests.stack.faults.story import SUCCESS, merged

CRASHES = 5
STOPPED_AT = 3
"""The write of a sweeper at which it is stopped."""
WRITES = ("POST", "PATCH", "DELETE")
RUN = 'run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}'
CLOCKS = f"""
    a: {{source: {{cronWorkflow: a}}}}
    b: {{source: {{cronWorkflow: b}}}}
    gated: {{{RUN}, dependsOn: [a], notBefore: "TIME"}}
    missed: {{{RUN}, dependsOn: [b], deadline: "TIME", onMiss: {{{RUN}}}}}
"""


def two_at_once(scene: Scene) -> None:
    """After the stream was purged, two sweepers work at the same time, three passes each."""
    purged(scene)
    scene.settle()
    kubeconfig = scene.kubeconfig()
    for number in range(3):
        now = datetime.now(UTC) + sweeping.PAUSE * number
        sweepers = [sweeping.started(kubeconfig, scene.text(), now) for _ in range(2)]
        assert [sweeping.ended(sweeper) for sweeper in sweepers] == [True, True]
        scene.settle()


def crashing(scene: Scene) -> None:
    """After the stream was purged, the sweeper is killed before or after a write, five times, and begins anew."""
    lock = threading.Lock()
    sweeper: list[subprocess.Popen[str]] = []
    writes = 0

    def script(asked: Asked) -> Trouble | None:
        nonlocal writes
        if asked.method not in WRITES:
            return None
        with lock:
            writes += 1
            is_hit = writes % 3 == 0 and writes <= 3 * CRASHES
        crash = sweeper[-1].kill
        return None if not is_hit else Trouble(after=crash) if writes % 2 else Trouble(before=crash)

    purged(scene)
    scene.settle()
    _sweep_under(scene, script, sweeper.append)
    assert len(sweeper) > 1, "it was never killed"


def paused(scene: Scene) -> None:
    """After the stream was purged, a sweeper is stopped in the middle of its writes while another makes its pass, and goes on."""
    sweeper: list[subprocess.Popen[str]] = []
    writes, is_stopped = count(1), threading.Event()

    def script(asked: Asked) -> None:
        if asked.method in WRITES and next(writes) == STOPPED_AT:
            sweeper[-1].send_signal(signal.SIGSTOP)
            is_stopped.set()

    purged(scene)
    scene.settle()
    scene.proxy.script = script
    sweeper.append(sweeping.started(scene.kubeconfig(scene.proxy.address), scene.text(), datetime.now(UTC)))
    assert is_stopped.wait(sweeping.PASS_SECONDS), "it never wrote so much"
    try:
        scene.sweep(datetime.now(UTC) + sweeping.PAUSE)
        scene.settle()
    finally:
        sweeper[-1].send_signal(signal.SIGCONT)
        scene.proxy.script = lambda asked: None
    assert sweeping.ended(sweeper[-1]), "it did not get through"
    scene.settle()


def refused(scene: Scene) -> None:
    """After the stream was purged, a fifth of the sweeper's requests is answered with 409, 429, 500 or 504."""
    purged(scene)
    scene.settle()
    _sweep_under(scene, refusal(random.Random(scene.rng.random())), lambda sweeper: None)


def under_load(scene: Scene) -> None:
    """A sweeper without pause while everything happens: it must not be faster than the events it stands in for."""
    kubeconfig = scene.kubeconfig()
    with scene.playing(20):
        for _ in range(8):
            assert sweeping.ended(sweeping.started(kubeconfig, scene.text(), datetime.now(UTC)))


def _sweep_under(scene: Scene, script: Script, on_start: Callable[[subprocess.Popen[str]], None]) -> None:
    """Passes through the proxy until one gets through."""
    kubeconfig = scene.kubeconfig(scene.proxy.address)
    scene.proxy.script = script
    for _ in range(sweeping.TRIES):
        sweeper = sweeping.started(kubeconfig, scene.text(), datetime.now(UTC))
        on_start(sweeper)
        if sweeping.ended(sweeper):
            break
    else:
        raise AssertionError(f"no pass of {sweeping.TRIES} got through")
    scene.proxy.script = lambda asked: None
    scene.settle()


def tick_lost(scene: Scene) -> None:
    """The EventSource is down when a gate opens and when a deadline passes."""
    at = (datetime.now(scene.zone) + timedelta(minutes=1)).replace(second=0, microsecond=0) + timedelta(
        minutes=1
    )
    scene.rules = (
        Rule("gated", (Edge("a"),)),
        Rule("missed", (Edge("b"),)),
        Rule("missed-missed", ()),
    )
    today = scene.driver.key(DAYS - 1)
    scene.must = {("missed-missed", today)}
    scene.may = {("missed-missed", scene.driver.key(day)) for day in range(DAYS - 1)}
    scene.edit(CLOCKS.replace("TIME", f"{at:%H:%M}"))
    stories = {("a", DAYS - 1): SUCCESS, ("a", DAYS - 2): SUCCESS, ("b", DAYS - 2): SUCCESS}
    scene.steps = merged(scene.rng, stories)
    scene.play()
    scene.namespace.quiet(2)
    assert datetime.now(scene.zone) < at, "it took too long to get ready"
    scene.pod("").kill()
    scene.last((at - datetime.now(scene.zone)).total_seconds() + 2)
    scene.pod("").start()


REPAIRED = "what it writes is a function of what it sees, each write names the version it saw, and it creates nothing"
FAULTS = (
    Fault("two-sweepers", two_at_once, REPAIRED, repairs=Repairs.SOME, is_quick=True),
    Fault(
        "sweeper-killed",
        crashing,
        f"{REPAIRED}; it remembers nothing before all is written",
        repairs=Repairs.SOME,
    ),
    Fault("sweeper-paused", paused, REPAIRED, repairs=Repairs.SOME),
    Fault(
        "sweeper-refused",
        refused,
        "it tries again, and a pass that ends early is made again",
        repairs=Repairs.SOME,
    ),
    Fault("sweep-under-load", under_load, "it asks only for what has been ready for a minute and lies still"),
    Fault(
        "ticks-lost",
        tick_lost,
        "the sweep writes the clock facts whose time has come",
        repairs=Repairs.SOME,
        is_quick=True,
    ),
)
