"""A stage on the real stack: a scenario file played on Argo Events, with the moments of the file as finish times.

Nobody waits for the hours between two steps: a Workflow is posted with the finish time that the story gives it, and what
came of it is waited for until nothing happens any more. Only a clock has to strike for real. A story with one says which
moment that is (`stack: near`), and is moved as a whole so that it comes within the next minutes.
"""

from __future__ import annotations

import heapq
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.stack import workflows
from tests.stack.namespace import Namespace

from depgen import naming
from depgen.cluster import client, hand
from depgen.cluster.api import Cluster
from depgen.cluster.orders import Order
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.errors import InputError
from depgen.model import Node
from depgen.pipeline import Checked, InputFile
from depgen.play import Submitted, begun
from depgen.play.begun import Beginning as How
from depgen.play.compiled import Compiled, compiled
from depgen.scenario import overlay
from depgen.scenario.moments import Clock
from depgen.scenario.stage import Beginning, Refusal
from depgen.scenario.story import Begin, Break, Complete, Expectation, Fill, Handle, Story

DAYTIME = dict.fromkeys((0, 1, 2, 3, 20, 21, 22, 23), "Asia/Tokyo")
LEAD = 25
CLOCKS = ("notBefore", "startBy", "deadline", "cutoff")


class RealStage:
    """The namespace of a test as a stage. The graph has the namespace's names; those of the file are put back."""

    def __init__(self, namespace: Namespace, kubeconfig: Path, story: Story, checked: Checked) -> None:
        self._namespace = namespace
        self._story = story
        self._name = checked.graphs[0].name
        self._cluster = client.connect(str(kubeconfig))
        self._now = story.start
        self._chance = random.Random(story.seed)
        self._numbers = count()
        self._ends: list[tuple[float, int, str]] = []
        self._begun: dict[str, dict[str, Any]] = {}
        self._own: set[str] = set()
        self._found: dict[str, Submitted] = {}
        self._compiled = self._deployed(story.files)

    @property
    def now(self) -> float:
        return self._now

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
        """Every error in a log, but for two recorders that make one ledger at once: one of them tries again."""
        errors = map(str, self._namespace.errors())
        ledger = f'configmaps \\"{self._namespace.graph}-'
        return [
            Refusal(self._now, text) for text in errors if not ("already exists" in text and ledger in text)
        ]

    # -- time

    def run_until(self, moment: float) -> None:
        self._settle()
        while self._ends and self._ends[0][0] <= moment:
            self._now, _, name = heapq.heappop(self._ends)
            self._finish(name)
            self._settle()
        near = self._story.stack.near
        if near is not None and self._now < near <= moment:
            self._namespace.wait_for(lambda: time.time() > near + 1, 240, "the clock to strike")
            self._now = near
            self._settle(quiet=3)
        self._now = max(self._now, moment)
        if self._story.stack.sweeps:
            self.sweep(None)
            self._settle()

    def _settle(self, quiet: float = 0.7) -> None:
        """Nothing happens any more; what was submitted since is of this moment."""
        for name in list(self._begun):
            self._namespace.api.post(self._namespace.path("Workflow"), self._begun.pop(name))
        self._namespace.quiet(quiet)
        for found in self._namespace.workflows(f"{naming.LABEL_GRAPH}={self._namespace.graph}"):
            metadata = found["metadata"]
            if metadata["name"] not in self._found and metadata["name"] not in self._own:
                self._take(found)

    def _take(self, found: dict[str, Any]) -> None:
        metadata, arguments = found["metadata"], found["spec"].get("arguments", {})
        labels = metadata["labels"]
        submitted = Submitted(
            at=self._now,
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
            heapq.heappush(self._ends, (self._now + ending.after, next(self._numbers), metadata["name"]))

    def _finish(self, name: str) -> None:
        ending = self._story.ending(self._name, self._found[name].node)
        assert ending
        self._namespace.finish(name, ending.phase, finished_at=_utc(self._now), outputs=ending.outputs)

    # -- Workflows

    def begin(self, how: Beginning) -> str:
        subject, node = self.find(how.node)
        told = How(
            self._now,
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
        status = begun.running(self._now if started is None else started)
        self._begun[name] = {**made, **status, "spec": {**workflows.HELD_SPEC, **made["spec"]}}
        self._own.add(name)
        return name

    def end(self, name: str, phase: str, outputs: Mapping[str, str]) -> None:
        real = self._real(name)
        if real in self._begun:  # as one that has ended: the Workflows controller leaves that alone
            made, ended = self._begun.pop(real), begun.ended(self._now, phase, outputs)
            made["metadata"]["labels"] |= ended["metadata"]["labels"]
            made["status"] |= ended["status"]
            self._namespace.api.post(self._namespace.path("Workflow"), made)
            return
        self._namespace.finish(real, phase, finished_at=_utc(self._now), outputs=outputs)

    def retry(self, name: str) -> None:
        self._settle()
        self._namespace.retry(self._real(name))

    def resubmit(self, name: str) -> str:
        old = self._namespace.api.get(self._namespace.path("Workflow", self._real(name)))
        made = begun.resubmitted(old, self._chance)
        new: str = made["metadata"]["name"]
        self._begun[new] = {**made, **begun.running(self._now), "spec": workflows.HELD_SPEC}
        self._own.add(new)
        return new

    def _real(self, name: str) -> str:
        return name if name in self._own else name.replace(self._name, self._namespace.graph, 1)

    # -- people

    def edit(self, files: Sequence[InputFile]) -> None:
        self._settle()
        self._compiled = self._deployed(files)

    def order(self, what: Handle, key: str) -> None:
        subject, node = self.find(what.node)
        order = Order(what.verb, node, key, "operator", what.why, what.upstream)
        hand.carry_out(self._cluster, subject, order, self._now)

    def sweep(self, since: float | None) -> None:
        for subject in self.subjects.values():
            sweep(self._cluster, subject, self._now, since)

    def backfill(self, what: Fill) -> None:
        raise NotImplementedError("tests/stack/test_backfill.py does it")

    def publish(self, source: str, event: str, payload: object) -> None:
        raise NotImplementedError("no EventSource of somebody else is there")

    def fault(self, what: Break) -> None:
        self._settle()
        name = self._namespace.graph + ("" if what.subject == "eventsource" else f"-{what.subject}")
        service = self._namespace.service(name)
        if what.what in ("stop", "restart"):
            service.kill()
        if what.what in ("start", "restart"):
            service.start()
            self._namespace.wait_ready()

    # -- the graph

    def _deployed(self, files: Sequence[InputFile]) -> Compiled:
        names = {"graph": self._namespace.graph, "namespace": self._namespace.name}
        ours = overlay.overlaid(files, names | {"replayWithin": "99999h"})
        made = compiled(ours, self._story.environment)
        objects = list(made.objects.values())
        self._namespace.apply([*_templates(objects), *objects])
        self._namespace.wait_ready()
        return made


def moved(story: Story, files: Sequence[InputFile], now: float) -> Story:
    """The story at a time at which `near` comes soon, in a zone where it is the middle of the day."""
    near = story.stack.near
    if near is None:
        return replace(story, files=tuple(files))
    zone = DAYTIME.get(datetime.fromtimestamp(now, UTC).hour, "UTC")
    soon = (int(now + LEAD) // 60 + 1) * 60
    by = soon - near
    there = datetime.fromtimestamp(soon, ZoneInfo(zone))
    before = datetime.fromtimestamp(near, ZoneInfo(story.clock.zone))
    wall = there.replace(tzinfo=None) - before.replace(tzinfo=None)
    day = there.date() + (story.clock.day - before.date())
    minutes = int((wall - timedelta(days=(there.date() - before.date()).days)).total_seconds() // 60)
    return replace(
        story,
        files=tuple(_at_other_times(files, zone, minutes)),
        clock=Clock(zone, day),
        start=story.start + by,
        end=story.end + by,
        steps=tuple(step._replace(at=step.at + by, action=_moved(step.action, by)) for step in story.steps),
        expect=_moved(story.expect, by),
        stack=story.stack._replace(near=soon),
    )


def _moved(action: Any, by: float) -> Any:
    if isinstance(action, Begin):
        return action._replace(scheduled=None if action.scheduled is None else action.scheduled + by)
    if isinstance(action, Complete):
        started = None if action.started is None else action.started + by
        return action._replace(of=_moved(action.of, by), started=started)
    if isinstance(action, Expectation):
        runs, alerts = (
            None
            if found is None
            else tuple(
                one
                if one.earliest is None or one.latest is None
                else replace(one, earliest=one.earliest + by, latest=one.latest + by)
                for one in found
            )
            for found in (action.runs, action.alerts)
        )
        return replace(action, runs=runs, alerts=alerts)
    return action


def _at_other_times(files: Sequence[InputFile], zone: str, minutes: int) -> tuple[InputFile, ...]:
    """The graph with every clock so many minutes later, on the clocks of another zone."""
    graph = json.loads(overlay.overlaid(files, {"timezone": zone})[0].raw)
    nodes = {
        id_: {name: _later(node[name], minutes) for name in CLOCKS if name in node}
        for id_, node in graph["nodes"].items()
    }
    return overlay.overlaid(files, {"timezone": zone, "nodes": nodes})


def _later(text: str, minutes: int) -> str:
    clock, _, days = text.removesuffix("d").partition("+")
    whole = int(clock[:2]) * 60 + int(clock[3:5]) + minutes + int(days or 0) * 1440
    day, rest = divmod(whole, 1440)
    return f"{rest // 60:02}:{rest % 60:02}" + (f"+{day}d" if day else "")


def _templates(objects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A WorkflowTemplate that never ends by itself for each that a Sensor names."""
    wanted: dict[str, set[str]] = {}
    for sensor in objects:
        for trigger in sensor["spec"]["triggers"] if sensor["kind"] == "Sensor" else ():
            spec = trigger["template"].get("k8s", {}).get("source", {}).get("resource", {}).get("spec", {})
            if "workflowTemplateRef" in spec:
                parameters = spec.get("arguments", {}).get("parameters", ())
                wanted.setdefault(spec["workflowTemplateRef"]["name"], set()).update(
                    p["name"] for p in parameters
                )
    return [
        workflows.suspend_template(name, None, parameters=sorted(given)) for name, given in wanted.items()
    ]


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
