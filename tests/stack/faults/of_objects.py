"""Faults of what people and time do to the graph's own objects: upgrades, edits, deletions, replicas, sizes, clocks."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from tests.stack.deployed import ANY_DATE
from tests.stack.faults import sweeping
from tests.stack.faults.driver import DAYS
from tests.stack.faults.fault import Fault, Repairs
from tests.stack.faults.model import Completion, Edge, Rule, Verdict, histories, verdict
from tests.stack.faults.scene import NODES, RULES, SOURCES, Scene
from tests.stack.faults.story import SUCCESS, How, Step, merged
from tests.stack.pod import Pod
from tests.stack.workflows import timestamp

from depgen.cluster import client, states

OLD = 2000
STANDS_BY, LEADS = "Not the LEADER", "I'm the LEADER"
EDIT_DROPS = "Argo Events drops the queue of a dependency that changed; the sweep asks every node once more"
RUN = 'run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}'
WINDOW = f"""
    a: {{source: {{cronWorkflow: a}}}}
    evening: {{{RUN}, dependsOn: [{{node: a, window: {{from: "18:00", to: "20:00"}}}}]}}
"""
LATE = f"""
    late: {{{RUN}, dependsOn: [{{node: b, window: {{from: "00:00", to: "00:00+20d"}}}}]}}
"""
EXTRA = f"""
    extra: {{{RUN}, dependsOn: [b, d]}}
"""


def replayed(scene: Scene) -> None:
    """The EventSource restarts with 2,000 old completions to tell of, in the middle of the new ones."""
    old = datetime.now(UTC) - timedelta(hours=20)
    days = range(-40 - OLD // len(SOURCES), -40)
    complete = scene.namespace.complete_cron
    scene.namespace.at_once(
        partial(complete, source, scene.driver.scheduled(day), finished_at=old)
        for day in days
        for source in SOURCES
    )
    with scene.playing(12):
        scene.last(4)
        scene.pod("").restart()


def upgraded(scene: Scene) -> None:
    """Another version that changes every program comes, and is taken back, while everything happens."""
    with scene.playing(30):
        scene.last(5)
        scene.edit(NODES, "replayWithin: 16m\n")
        scene.last(5)
        scene.edit(NODES)


def edited(scene: Scene) -> None:
    """A node is added, one renamed, one removed, and one gets another window, while everything happens."""
    keys = [scene.driver.key(day) for day in range(DAYS)]
    added, renamed = Rule("extra", (Edge("b"), Edge("d"))), Rule("alert", RULES[2].edges)
    scene.rules = (*RULES, added, renamed, Rule("late", (Edge("b"),)))
    scene.may |= {("late", keys[-1])} | {(node, key) for node in ("alarm", "after") for key in keys}
    nodes = NODES + LATE
    scene.edit(nodes)
    with scene.playing(40):
        for change, new in (
            (lambda text: text + EXTRA, added),
            (lambda text: text.replace("alarm:", "alert:"), renamed),
            (lambda text: re.sub("    after:.*\n", "", text), None),
            (lambda text: text.replace('from: "00:00"', 'from: "00:00+1d"'), None),
        ):
            scene.last(3)
            nodes = change(nodes)
            scene.edit(nodes)
            if new is not None:
                scene.may |= _complete_already(scene, new, keys)


def _complete_already(scene: Scene, rule: Rule, keys: list[str]) -> set[tuple[str, str]]:
    """A new node need not fire for keys whose upstreams were there before it."""
    told = histories(scene.driver.completions())
    return {(rule.node, key) for key in keys if verdict(rule, key, told) is not Verdict.NEVER}


def recreated(scene: Scene) -> None:
    """The Sensors record and submit are deleted and made again while everything happens."""
    with scene.playing(20):
        for part in ("record", "submit"):
            scene.last(3)
            sensor = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Sensor"}
            scene.namespace.delete({**sensor, "metadata": {"name": f"{scene.namespace.graph}-{part}"}})
            scene.edit(NODES)


def doubled(scene: Scene) -> None:
    """A submit Sensor is paused until a second process of it leads, and resumed; both are there for a minute."""
    pod = scene.pod("submit")
    assert pod.deployment is not None
    twin = Pod(scene.stack.host, scene.namespace.name, "Sensor", pod.name)
    twin.deploy(pod.deployment)
    twin.tend()
    try:
        scene.namespace.wait_for(lambda: _said(pod, STANDS_BY) == 2, 30, "the second process to stand by")
        with scene.playing(40):
            scene.last(5)
            pod.pause()
            scene.namespace.wait_for(lambda: _said(pod, LEADS) == 2, 30, "the second process to lead")
            pod.resume()  # it goes on with what it has in hand, until it hears of the other, if it ever does
            for _ in range(60):
                scene.last(1)
                twin.tend()
    finally:
        twin.kill()


def _said(pod: Pod, words: str) -> int:
    """How often the processes of a pod, which write into one log, said that."""
    return sum(words in line.message for line in pod.lines())


def crowded(scene: Scene) -> None:
    """The ledger of a day holds 850 KB of earlier failures when its runs become ready."""
    day = DAYS - 1
    key, last = scene.driver.key(day), datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    data = {}
    for number in range(200):
        finished = last - timedelta(seconds=number)
        failure = Completion("a", key, "Failed", finished.astimezone(scene.zone), f"a-{number}", f"u{number}")
        scene.driver.note(failure)
        value = {
            "finishedAt": timestamp(finished),
            "phase": "Failed",
            "wall": timestamp(failure.finished)[:19],
            "workflow": failure.workflow,
            "outputs": {"rows": "x" * 4096},
        }
        data[f"run.a.{key}.{failure.uid}.{int(finished.timestamp())}"] = json.dumps(value)
    labels = {"depgen.io/graph": scene.namespace.graph, "depgen.io/key": key}
    metadata = {"name": f"{scene.namespace.graph}-{key}", "labels": labels}
    scene.namespace.api.post(
        scene.namespace.path("ConfigMap", api_version="v1"), {"metadata": metadata, "data": data}
    )
    scene.steps = merged(scene.rng, {(source, d): SUCCESS for source in SOURCES for d in (day - 1, day)})
    scene.play(seconds=2)


def deleted(scene: Scene) -> None:
    """The EventSource is down while four Workflows complete, of which three are gone 0, 1 and 60 seconds later."""
    scene.steps = [step for step in scene.steps if step.source != "b" or step.day > 3]
    scene.play(len(scene.steps) // 3, 5)
    scene.namespace.quiet(1)
    scene.pod("").kill()
    for day in range(4):
        scene.driver.perform(Step("b", day, How.POSTED, "Succeeded"))
    with scene.playing(10):
        for day, seconds in enumerate((0, 1, 59)):
            scene.last(seconds)
            scene.driver.delete("b", day)
            scene.driver.forget("b", day)
    scene.pod("").start()
    scene.settle()
    _is_told_of(scene, [scene.driver.key(day) for day in range(3)])


def _is_told_of(scene: Scene, keys: list[str]) -> None:
    """`depgen status` says of these keys, and of no other that had a completion of b, that b was not seen."""
    subject = sweeping.subject(scene.text())
    found = states.read_ledgers(client.connect(str(scene.kubeconfig())), subject)
    nodes, now = subject.graph.nodes, time.time()
    cells = {
        (n, k): states.cell(subject, nodes[n], found.of(subject, n, k), now)
        for n in ("b", "join")
        for k in keys
    }
    told = {(node, cell.state) for (node, _), cell in cells.items() if cell is not None}
    assert told == {("b", states.State.NOT_SEEN), ("join", states.State.WAITING)}


def on_edges(scene: Scene) -> None:
    """Completions finish exactly when a window begins and ends, and a second before, told of in any order and twice."""
    scene.rules = (Rule("evening", (Edge("a", hours=(18, 20)),)),)
    scene.edit(WINDOW, ANY_DATE)
    edges = [(day, seconds) for day, seconds in enumerate((0, 7199, 7200, -1) * 2)]
    scene.rng.shuffle(edges)
    for day, seconds in edges:
        start = scene.driver.scheduled(day).replace(hour=18, minute=0)
        scene.driver.perform(Step("a", day, How.POSTED, "Succeeded"), start + timedelta(seconds=seconds))
    scene.last(1)
    scene.pod("").restart()


def skewed(scene: Scene) -> None:
    """The clock by which finish times are written is {skew}; the EventSource is killed as well."""
    with scene.playing(12):
        scene.last(5)
        scene.pod("").restart()


FAULTS = (
    Fault(
        "replay-of-2000",
        replayed,
        "what finished longer than replayWithin ago is dropped before it costs a request; a retry that ends between"
        " the list and the watch of the new process is left to the sweep",
        repairs=Repairs.MAYBE,
        twins=True,
    ),
    Fault(
        "upgrade-and-rollback",
        upgraded,
        EDIT_DROPS,
        repairs=Repairs.MAYBE,
        twins=True,
        patience=35,
        is_quick=True,
    ),
    Fault("graph-edited", edited, EDIT_DROPS, repairs=Repairs.MAYBE, twins=True, patience=35),
    Fault(
        "sensors-recreated",
        recreated,
        "the queues stay in the bus, and the new Sensor of the same name takes them up",
        repairs=Repairs.MAYBE,
        twins=True,
        patience=35,
    ),
    Fault(
        "two-live-sensors",
        doubled,
        "both take from the same queues, and a name can be created once",
        twins=True,
        patience=35,
    ),
    Fault("ledger-near-its-limit", crowded, "facts of 200 reruns leave room for those of a day"),
    Fault(
        "upstream-deleted",
        deleted,
        "nobody can know of the three, status says that they were not seen; the new process is told of the fourth",
        twins=True,
    ),
    Fault(
        "window-edges",
        on_edges,
        "windows are half-open, and a finish never changes",
        head=ANY_DATE,
        twins=True,
    ),
    Fault(
        "clock-ahead-10min",
        skewed,
        "nothing compares clocks but replayWithin",
        twins=True,
        skew=timedelta(minutes=10),
    ),
    Fault(
        "clock-behind-10min",
        skewed,
        "as long as it is off by less than replayWithin",
        twins=True,
        skew=-timedelta(minutes=10),
    ),
    Fault(
        "clock-behind-20min",
        skewed,
        "every completion looks too old to a Sensor; the sweep does not ask how old it is",
        repairs=Repairs.SOME,
        twins=True,
        skew=-timedelta(minutes=20),
    ),
)
