"""A stage on the real stack: a scenario file played on Argo Events, with the moments of the file as finish times.

Nobody waits for the hours between two steps: a Workflow is posted with the finish time that the story gives it, and what
came of it is waited for until nothing happens any more. Only a clock has to strike for real. A story with one says which
moment that is (`stack: near`), and is moved as a whole so that it comes within the next minutes.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.stack import bus_request, cloud_events, events, workflows
from tests.stack.bus import Bus
from tests.stack.cluster import LocalStack
from tests.stack.emulation.real import BusOfItsOwn
from tests.stack.event_faults import EventFault
from tests.stack.moving import moved
from tests.stack.namespace import Namespace
from tests.stack.readiness import DISCONNECTED
from tests.stack.scenario_agenda import Agenda, Tick, passes, ticks
from tests.stack.scenario_graph import READY_SECONDS, deploy, foreign
from tests.stack.services import Service

from depgen import naming
from depgen.cluster import client, hand
from depgen.cluster.api import Cluster
from depgen.cluster.backfill import Backfill, Wish, check_names, chosen
from depgen.cluster.orders import Order
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.errors import InputError
from depgen.model import Node
from depgen.pipeline import Checked, InputFile
from depgen.play import Ending, Submitted, begun
from depgen.play.begun import Beginning as How
from depgen.scenario.events import Named, named
from depgen.scenario.playing import play
from depgen.scenario.stage import Beginning, Build, Refusal
from depgen.scenario.story import Break, Fill, Handle, Publish, Story
from depgen.scenario.verdict import Verdict

EVENTS = ("drop", "duplicate", "delay")
QUIET = 0.7
SETTLING = 300.0
"""The longest that a story may be busy: a Sensor asks the API server five times a second, whatever its load."""


class RealStage:
    """The namespace of a test as a stage. The graph has the namespace's names; those of the file are put back."""

    def __init__(
        self, namespace: Namespace, bus: Bus, kubeconfig: Path, story: Story, checked: Checked
    ) -> None:
        self._namespace = namespace
        self._bus = bus
        self._story = story
        self._name = checked.graphs[0].name
        self._cluster = client.connect(str(kubeconfig))
        self._chance = random.Random(story.seed)
        self._agenda = Agenda(story.start)
        self._faults: list[tuple[Break, EventFault]] = []
        self._begun: dict[str, dict[str, Any]] = {}
        self._own: set[str] = set()
        self._found: dict[str, Submitted] = {}
        self._files = story.files
        self._deploy()
        if story.stack.near is not None:
            self._agenda.at(story.stack.near, self._strike)
        if story.stack.sweeps:
            self._pass()

    @property
    def now(self) -> float:
        return self._agenda.now

    @property
    def cluster(self) -> Cluster:
        return self._cluster

    @property
    def subjects(self) -> Mapping[str, Subject]:
        return self._compiled.subjects

    @property
    def submitted(self) -> Sequence[Submitted]:
        self._settle()
        return list(self._found.values())

    def find(self, node: str) -> tuple[Subject, Node]:
        subject = next(iter(self.subjects.values()))
        if node not in subject.graph.nodes:
            raise InputError(f'there is no node "{node}"')
        return subject, subject.graph.nodes[node]

    def refusals(self) -> Sequence[Refusal]:
        """Every error in a log, but for what comes before a creation or goes on until it is done.

        Two recorders make one ledger at once, and one of them tries again; a parameter has no value; the bus is away,
        or a connection to it is lost and made anew.
        """
        ledger = f'configmaps \\"{self._namespace.graph}-'
        found = [str(line) for line in self._namespace.errors() if line.message not in DISCONNECTED]
        if breaks_the_bus(self._story):
            found = [text for text in found if "already exists" in text]
        found = [text for text in found if not ("already exists" in text and ledger in text)]
        return [Refusal(self.now, text) for text in found if "unable to resolve" not in text]

    # -- time

    def run_until(self, moment: float) -> None:
        self._settle()
        is_told_of = self._story.stack.near is None
        for tick in ticks(self._compiled.objects.values(), self.now, moment) if is_told_of else ():
            self._agenda.at(tick.at.timestamp(), partial(self._tick, tick))
        if self._story.stack.sweeps and self._story.sweep_every:
            for at in passes(self._story.start, self._story.sweep_every, self._agenda, moment):
                self._agenda.at(at, self._pass)
        self._agenda.run_until(moment, self._settle)

    def _tick(self, tick: Tick) -> bool:
        is_up = self._bus.process.is_alive and not self._service("eventsource").is_held
        return is_up and self._tell(tick.source, tick.event, events.tick(tick.at))

    def _pass(self) -> bool:
        """The sweep; whether it did anything."""
        swept = [sweep(self._cluster, subject, self.now) for subject in self.subjects.values()]
        return any(one.repairs for one in swept)

    def _strike(self) -> bool:
        """The moment that the story has to wait for: from now on its clock is the real one."""
        self._namespace.wait_for(lambda: time.time() > self.now + 1, 240, "the clock to strike")
        self._namespace.quiet(3)
        return True

    def _settle(self) -> None:
        """Nothing happens any more; what was submitted since is of this moment."""
        for name in list(self._begun):
            self._namespace.api.post(self._namespace.path("Workflow"), self._begun.pop(name))
        self._namespace.quiet(QUIET, SETTLING)
        if self._befall():
            self._namespace.quiet(QUIET, SETTLING)
        for found in self._namespace.workflows(f"{naming.LABEL_GRAPH}={self._namespace.graph}"):
            metadata = found["metadata"]
            if metadata["name"] not in self._found and metadata["name"] not in self._own:
                self._take(found)

    def _befall(self) -> bool:
        """Events that faults have struck come late, or twice; whether one came."""
        is_told = False
        for what, fault in self._faults:
            for told in fault.fresh() if what.what != "drop" else ():
                if what.what == "delay":
                    self._agenda.later(what.by, partial(_done, fault.tell, told))
                else:
                    fault.tell_again(told)
                    is_told = True
        return is_told

    def _take(self, found: dict[str, Any]) -> None:
        metadata, arguments = found["metadata"], found["spec"].get("arguments", {})
        labels = metadata["labels"]
        submitted = Submitted(
            at=self.now,
            graph=labels[naming.LABEL_GRAPH],
            node=labels[naming.LABEL_NODE],
            key=labels[naming.LABEL_KEY],
            name=metadata["name"].replace(self._namespace.graph, self._name, 1),
            params={p["name"]: p["value"] for p in arguments.get("parameters", ())},
            labels=labels,
            cause=(metadata.get("annotations") or {}).get(naming.ANNOTATION_CAUSE, ""),
        )
        self._found[metadata["name"]] = submitted
        ending = self._story.ending(self._name, submitted.node)
        if ending:
            self._agenda.later(ending.after, partial(self._finish, metadata["name"], ending))

    def _finish(self, name: str, ending: Ending) -> bool:
        self._namespace.finish(name, ending.phase, finished_at=_utc(self.now), outputs=ending.outputs)
        return True

    # -- Workflows

    def begin(self, how: Beginning) -> str:
        subject, node = self.find(how.node)
        told = How(
            self.now,
            how.key,
            how.scheduled,
            how.started,
            how.is_manual,
            None,
            how.labels,
            how.annotations,
            how.parameters,
        )
        if node.source:
            made = begun.of_source(node, told, self._chance)
        else:
            made = begun.of_run(subject.graph.name, node, told)
        name: str = made["metadata"]["name"]
        started = begun.started(node, told)
        status = begun.running(self.now if started is None else started)
        self._begun[name] = {**made, **status, "spec": {**workflows.HELD_SPEC, **made["spec"]}}
        self._own.add(name)
        return name

    def end(self, name: str, phase: str, outputs: Mapping[str, str]) -> None:
        real = self._real(name)
        if real in self._begun:  # as one that has ended: the Workflows controller leaves that alone
            made, ended = self._begun.pop(real), begun.ended(self.now, phase, outputs)
            made["metadata"]["labels"] |= ended["metadata"]["labels"]
            made["status"] |= ended["status"]
            self._namespace.api.post(self._namespace.path("Workflow"), made)
            return
        self._namespace.finish(real, phase, finished_at=_utc(self.now), outputs=outputs)

    def retry(self, name: str) -> None:
        self._settle()
        self._namespace.retry(self._real(name))

    def resubmit(self, name: str) -> str:
        old = self._namespace.api.get(self._namespace.path("Workflow", self._real(name)))
        made = begun.resubmitted(old, self._chance)
        new: str = made["metadata"]["name"]
        self._begun[new] = {**made, **begun.running(self.now), "spec": workflows.HELD_SPEC}
        self._own.add(new)
        return new

    def _real(self, name: str) -> str:
        return name if name in self._own else name.replace(self._name, self._namespace.graph, 1)

    # -- people

    def edit(self, files: Sequence[InputFile]) -> None:
        self._settle()
        self._files = tuple(files)
        self._deploy()
        if self._story.stack.sweeps:
            self._pass()

    def order(self, what: Handle, key: str) -> None:
        subject, node = self.find(what.node)
        order = Order(what.verb, node, key, "operator", what.why, what.upstream)
        hand.carry_out(self._cluster, subject, order, self.now)

    def sweep(self, since: float | None) -> None:
        for subject in self.subjects.values():
            sweep(self._cluster, subject, self.now, since)

    def backfill(self, what: Fill) -> None:
        subject = next(iter(self.subjects.values()))
        nodes, assumed = chosen(subject, what.nodes), frozenset(what.assumed)
        wish = Wish(what.first, what.last, nodes, assumed, what.at_once, "operator", "told", what.rerun)
        check_names(subject, wish)
        Backfill(self._cluster, subject, wish, self.now).run(self._sleep, lambda _: None)

    def _sleep(self, seconds: float) -> None:
        """Until the next run ends: before that nothing will have changed."""
        self._settle()
        coming = self._agenda.times
        if not coming:
            raise InputError("the backfill waits for runs that do not end")
        self.run_until(max(self.now + seconds, coming[0]))

    def publish(self, source: str, event: str, payload: object) -> None:
        self._settle()
        self._tell(foreign(self._namespace, source), event, payload)

    def _tell(self, source: str, event: str, payload: object) -> bool:
        """Puts an event on the bus as an EventSource does."""
        told = cloud_events.cloud_event(source, event, payload)
        bus_request.request(self._bus.url, self._bus.certificate, cloud_events.subject(source, event), told)
        return True

    # -- faults

    def fault(self, what: Break) -> None:
        self._settle()
        if what.what in EVENTS:
            fault = EventFault(self._bus, self._subjects(what.subject), is_heard=what.what == "duplicate")
            self._faults.append((what, fault))
            self._agenda.later(what.lasts, partial(self._mend, what, fault))
            return
        if what.what in ("stop", "restart"):
            self._stop(what.subject)
        if what.what == "restart":
            self._agenda.later(what.down, partial(self._start, what.subject))
        elif what.what == "start":
            self._start(what.subject)

    def _subjects(self, name: str) -> list[str]:
        """Where the events of that name go."""
        found = named(name, self._compiled.objects.values(), self._foreign_events())
        return [cloud_events.subject(one.source, one.event) for one in found]

    def _foreign_events(self) -> Iterator[Named]:
        for step in self._story.steps:
            if isinstance(step.action, Publish):
                yield Named(foreign(self._namespace, step.action.source), step.action.event)

    def _mend(self, what: Break, fault: EventFault) -> bool:
        self._faults.remove((what, fault))
        fault.end()
        return False

    def _stop(self, part: str) -> None:
        if part == "bus":
            self._bus.process.kill()
        else:
            self._service(part).kill()

    def _start(self, part: str) -> bool:
        """The EventSource tells everything anew, and how old that may be depends on the real clock."""
        if part == "bus":
            self._bus.start()
        else:
            if part == "eventsource" and self._is_real:
                self._deploy()
            self._service(part).start()
        self._namespace.wait_ready(READY_SECONDS)
        return True

    def _service(self, part: str) -> Service:
        return self._namespace.service(self._namespace.graph + ("" if part == "eventsource" else f"-{part}"))

    def _deploy(self) -> None:
        """Facts are as old as the story says, whatever the real clock, as long as that is another."""
        self._compiled = deploy(
            self._namespace, self._files, self._story.environment, is_ageless=not self._is_real
        )

    @property
    def _is_real(self) -> bool:
        """Whether the story is past the moment it was moved for."""
        near = self._story.stack.near
        return near is not None and self.now >= near


def on_the_stack(story: Story, local: LocalStack) -> Verdict:
    """The verdict on a story that was moved to now and played in a namespace of its own."""
    kubeconfig = local.group.folder / "admin.kubeconfig"
    with _bus(story, local) as bus:
        namespace = Namespace(BusOfItsOwn(local, bus))
        build: Build = lambda told, checked: RealStage(namespace, bus, kubeconfig, told, checked)  # noqa: E731
        try:
            return play(moved(story, time.time()), build)
        finally:
            namespace.close()


def breaks_the_bus(story: Story) -> bool:
    """Whether it needs one of its own."""
    return any(isinstance(step.action, Break) and step.action.subject == "bus" for step in story.steps)


@contextmanager
def _bus(story: Story, local: LocalStack) -> Iterator[Bus]:
    """The stack's, or one of the story's own if that breaks it."""
    if not breaks_the_bus(story):
        yield local.bus
        return
    plane, name = local.control_plane, f"nats-{secrets.token_hex(3)}"
    bus = Bus(local.group, local.binaries.nats, plane.certificate, plane.key, name=name)
    try:
        bus.wait(30)
        yield bus
    finally:
        bus.process.kill()


def _done(action: Callable[..., None], *of: object) -> bool:
    action(*of)
    return True


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
