"""One fault on the stack: a graph in a namespace of its own, its sources, what breaks them, and how it ends.

A fault lasts as long as it says, so here some waiting is by the clock; whatever waits for something to be done polls.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import graph_text, manifests
from tests.stack.faults import sweeping
from tests.stack.faults.checker import Driven, Findings, check
from tests.stack.faults.driver import DAYS, Driver, answered
from tests.stack.faults.fault import Fault
from tests.stack.faults.model import Edge, Rule
from tests.stack.faults.proxy import Proxy
from tests.stack.faults.story import Step, steps
from tests.stack.namespace import Namespace
from tests.stack.pod import Pod
from tests.stack.readiness import missing

ZONE = "Asia/Tokyo"
SOURCES = "abcd"
PARTS = ("", "record", "claim", "submit")
"""The EventSource and the Sensors, by what follows the graph's name."""

LIFE = timedelta(hours=1)
"""So long ago the sweep saw the graph first; what was complete much before that is not its business."""

DAY = 'day: {key: "%Y-%m-%d"}'
NODES = f"""
    a: {{source: {{cronWorkflow: a}}}}
    b: {{source: {{cronWorkflow: b}}}}
    c: {{source: {{cronWorkflow: c}}}}
    d: {{source: {{cronWorkflow: d}}}}
    one: {{run: {{workflowTemplate: nap, params: {{{DAY}, a: {{from: a, field: workflow}}}}}}, dependsOn: [a]}}
    join:
      run: {{workflowTemplate: held, params: {{{DAY}, a: {{from: a, field: workflow}}, b: {{from: b, field: workflow}}}}}}
      dependsOn: [a, b]
    alarm: {{run: {{workflowTemplate: held, params: {{{DAY}}}}}, dependsOn: [{{node: c, status: failure}}]}}
    after: {{run: {{workflowTemplate: held, params: {{{DAY}, one: {{from: one, field: workflow}}}}}}, dependsOn: [one, d]}}
"""
TEMPLATES: tuple[Manifest, ...] = (
    {"name": "nap", "duration": "1s"},
    {"name": "late", "duration": "1h", "deadline": 1},
    {"name": "held", "duration": None},
)
RULES = (
    Rule("one", (Edge("a"),)),
    Rule("join", (Edge("a"), Edge("b"))),
    Rule("alarm", (Edge("c", ("Failed", "Error")),)),
    Rule("after", (Edge("one"), Edge("d"))),
)


class Scene:
    """`steps` is the story of this seed; a fault may replace it, and the rules when it edits the graph."""

    def __init__(self, stack: LocalStack, proxy: Proxy, fault: Fault, seed: int) -> None:
        self.stack = stack
        self.proxy = proxy
        self.fault = fault
        self.rng = random.Random(f"{seed} {fault.name}")
        self._direct = stack.control_plane.server
        self.zone = ZoneInfo(ZONE)
        self.namespace = Namespace(stack)
        self.driver = Driver(self.namespace, self.zone, random.Random(f"{seed} names"), fault.skew)
        self.steps: list[Step] = steps(random.Random(f"{seed} story {fault.name}"), SOURCES, range(DAYS))
        self.rules: tuple[Rule, ...] = RULES
        self.may: set[tuple[str, str]] = set()
        self.must: set[tuple[str, str]] = set()
        self.lost: frozenset[str] = frozenset()
        """What was missing when nothing happened any more, now or earlier."""
        self.nodes = NODES
        self.head = fault.head

    def set_up(self) -> None:
        """Deploys the graph; its services reach the API server directly, or through the proxy."""
        for template in TEMPLATES:
            self.namespace.apply([workflows.suspend_template(parameters=("day",), **template)])
        if self.fault.behind_proxy:
            self.stack.control_plane.server = self.proxy.address
        self.edit(NODES, self.fault.head)
        self.namespace.wait_ready(60)
        self.sweep(datetime.now(UTC) - LIFE)

    def close(self) -> None:
        """The stack is whole again, and nothing of the scene is left that could disturb the next."""
        self.proxy.script = lambda asked: None
        plane, bus = self.stack.control_plane, self.stack.bus
        plane.server = self._direct
        for broken, start in ((plane.api_server, plane.start_api_server), (bus.process, bus.start)):
            broken.resume()
            if not broken.is_alive:  # a fault that failed left it so
                start()
        answered(lambda: plane.wait(self.stack.api, 60))
        self.namespace.close()

    # -- what happens

    def play(self, count: int | None = None, seconds: float = 0.0) -> None:
        """The next `count` steps, or all that are left, over so many seconds."""
        chosen, self.steps = self.steps[:count], self.steps[count:] if count is not None else []
        self.driver.play(chosen, self._pauses(len(chosen), seconds), threading.Event())

    @contextmanager
    def playing(self, seconds: float) -> Iterator[None]:
        """All steps that are left happen meanwhile, over so many seconds; at the end they have happened."""
        chosen, self.steps = self.steps, []
        with ThreadPoolExecutor(1) as pool:
            pauses = self._pauses(len(chosen), seconds)
            played = pool.submit(self.driver.play, chosen, pauses, threading.Event())
            yield
            played.result()

    def last(self, seconds: float) -> None:
        """What is broken stays broken for so long."""
        threading.Event().wait(seconds)

    def moments(self, count: int, seconds: float) -> Iterator[int]:
        """`count` moments at random within so many seconds."""
        times = sorted(self.rng.uniform(0, seconds) for _ in range(count))
        start = time.monotonic()
        for number, at in enumerate(times):
            self.last(max(0.0, start + at - time.monotonic()))
            yield number

    def edit(self, nodes: str, head: str = "") -> None:
        """Another version of the graph; returns when every service runs it."""
        self.nodes, self.head = nodes, head
        self.namespace.apply(manifests(self.text()))
        self.wait_started()

    def text(self) -> str:
        """The graph's file."""
        return graph_text(self.namespace, self.nodes, ZONE, self.head)

    def wait_started(self) -> None:
        """Every service runs its newest spec and has begun to listen; under load, nobody is always listening."""
        self.namespace.wait_for(lambda: not self._missing(), 90, "the services to start")

    def _missing(self) -> list[str]:
        services = {(s.kind, s.name): s for s in self.namespace.services()}
        return [
            reason
            for kind in ("EventSource", "Sensor")
            for item in self.namespace.api.get(self.namespace.path(kind))["items"]
            for reason in missing(
                {**item, "kind": kind}, services.get((kind, item["metadata"]["name"])), None
            )
        ]

    def pod(self, part: str) -> Pod:
        """The service of `""` (the EventSource), `record`, `claim` or `submit`."""
        name = "-".join(filter(None, (self.namespace.graph, part)))
        found = self.namespace.service(name)
        assert isinstance(found, Pod)
        return found

    # -- how it ends

    def settle(self) -> None:
        """Returns when all is up and nothing more happens; what is missing may come for `patience` seconds."""
        answered(lambda: self.stack.control_plane.wait(self.stack.api, 60))
        self.stack.revive()
        self.wait_started()
        # A controller that has lost its API server tries again after up to a minute, more than once on a busy machine.
        self.namespace.wait_for(self.driver.have_ended, 300, "the real Workflows to end")
        end = time.monotonic() + self.fault.patience
        while True:
            self.namespace.quiet(2, timeout=300)
            lost = self.check().lost
            if not lost or time.monotonic() > end:
                self.lost |= lost
                return

    def check(self) -> Findings:
        """Against what has happened so far."""
        selector = f"depgen.io/graph={self.namespace.graph}"
        return check(self.driven(), self.namespace.workflows(selector), self.namespace.ledgers())

    def driven(self) -> Driven:
        return Driven(
            graph=self.namespace.graph,
            zone=self.zone,
            rules=self.rules,
            completions=self.driver.completions(),
            keys=[self.driver.key(day) for day in range(DAYS)],
            may=frozenset(self.may),
            must=frozenset(self.must),
        )

    def sweep(self, now: datetime) -> None:
        """A pass of the sweep by that clock."""
        kubeconfig = self.kubeconfig()
        assert sweeping.ended(sweeping.started(kubeconfig, self.text(), now)), "the sweep did not get through"

    def kubeconfig(self, server: str = "") -> Path:
        """An admin's, straight to the API server or to this one."""
        path = self.stack.group.folder / "faults.kubeconfig"
        return self.stack.control_plane.kubeconfig(path, server=server or self._direct)

    def twins(self) -> int:
        """Creations of Workflows that the API server refused because the Workflow was there."""
        asked = self.namespace.requests(f"{self.namespace.graph}-submit") or []
        return sum((r.verb, r.resource, r.code) == ("create", "workflows", 409) for r in asked)

    def _pauses(self, count: int, seconds: float) -> Callable[[], float]:
        mean = seconds / count if count else 0.0
        return lambda: self.rng.uniform(0, 2 * mean)
