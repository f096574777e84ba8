"""A story on the compiled programs alone: no EventSource, no bus, no trigger, every event heard at once and once.

What is left if Argo Events is taken away. Where it agrees with the oracle and the emulated graph does not, the
difference is made by events.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from tests.fakes import matches
from tests.oracle.moments import utc
from tests.oracle.story import Completion, Started, Story
from tests.sweeps import Stamped

from depgen import cron, pipeline
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.runnable import runnable

ARGO = "workflows.argoproj.io/"


def played(story: Story) -> list[Started]:
    """Every Workflow that the programs submit, in order."""
    return _Direct(story).play()


class _Direct:
    def __init__(self, story: Story) -> None:
        self.story = story
        checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", story.graph.encode())]))
        assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
        objects = [o for text in pipeline.build(checked).files.values() for o in yaml.safe_load_all(text)]
        (graph,) = checked.graphs
        self.graph = graph
        self.subject = Subject(graph, checked.analyses[graph.name], runnable(objects)[graph.name])
        self.templates = _arguments(objects)
        self.cluster = Stamped(now=float(story.start))
        self.seen: dict[str, dict[str, Any]] = {}
        self.started: list[Started] = []
        self._todo: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def play(self) -> list[Started]:
        for completion in self.story.completions:
            self.later(completion.finished, lambda c=completion: self.complete(c))  # type: ignore[misc]
        begin, end = (datetime.fromtimestamp(at, UTC) for at in (self.story.start + 1, self.story.until + 1))
        for clock in self.subject.programs.clocks:
            for tick in cron.parse(clock.event.schedule).between(begin, end, ZoneInfo(clock.event.zone)):
                self.later(tick.timestamp(), lambda c=clock, t=tick: self.tick(c, t))  # type: ignore[misc]
        if self.story.sweep_every:
            for at in range(self.story.start, self.story.until + 1, self.story.sweep_every):
                self.later(at, lambda: sweep(self.cluster, self.subject, self.cluster.now, None, False))
        while self._todo and self._todo[0][0] <= self.story.until:
            self.cluster.now, _, action = heapq.heappop(self._todo)
            action()
            while self.decide():
                pass
        return self.started

    def later(self, at: float, action: Any) -> None:
        heapq.heappush(self._todo, (at, next(self._order), action))

    # ---- Workflows ----

    def complete(self, completion: Completion) -> None:
        source = self.graph.nodes[completion.node].source
        assert source
        labels = {f"{ARGO}cron-workflow": source.name} | ({"depgen.io/key": completion.key} if completion.key else {})
        annotations = {f"{ARGO}scheduled-time": utc(completion.scheduled)} if completion.scheduled else {}
        metadata = {"name": completion.name, "uid": completion.name, "labels": labels, "annotations": annotations}
        body: dict[str, Any] = {"metadata": metadata, "spec": {}, "status": {}}
        self.end(body, completion.finished, completion.phase, dict(completion.outputs))

    def end(self, body: dict[str, Any], at: int, phase: str, outputs: dict[str, str]) -> None:
        body["metadata"]["labels"] |= {f"{ARGO}completed": "true", f"{ARGO}phase": phase}
        parameters = [{"name": name, "value": value} for name, value in outputs.items()]
        body["status"] = {"phase": phase, "finishedAt": utc(at), "outputs": {"parameters": parameters}}
        self.cluster.add(WORKFLOWS, self.graph.namespace, body)
        self.hear(body)

    def hear(self, body: dict[str, Any]) -> None:
        programs = self.subject.programs
        for recorder in (*programs.recorders, *programs.claimers):
            if matches(recorder.event.selector, body["metadata"]["labels"]):
                self.merge(recorder.program.first({"type": "ADD", "body": body}, recorder.zone, now=self.cluster.now))

    def tick(self, clock: Any, at: datetime) -> None:
        event = {"eventTime": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} +0000 UTC"}
        self.merge(clock.program.first(event, clock.zone, now=self.cluster.now))

    def merge(self, told: dict[str, Any]) -> None:
        if told["fresh"]:
            found = self.cluster.objects.get((CONFIG_MAPS, self.graph.namespace, told["name"]), {"metadata": {}})
            metadata = {**found["metadata"], "name": told["name"], "labels": told["labels"]}
            data = {**found.get("data", {}), **told["data"]}
            self.cluster.add(CONFIG_MAPS, self.graph.namespace, {"metadata": metadata, "data": data})
            self.decide()

    # ---- decisions ----

    def decide(self) -> bool:
        """Show the deciders each ledger that changed; whether there was one."""
        changed = [
            (name, json.loads(json.dumps(found)))
            for (resource, _, name), found in sorted(self.cluster.objects.items(), key=lambda item: item[0][2])
            if resource == CONFIG_MAPS and "depgen.io/key" in found["metadata"]["labels"]
            and found.get("data") != self.seen.get(name, {}).get("data")
        ]
        for name, found in changed:
            before = self.seen.get(name)
            self.seen[name] = found
            event = {"type": "UPDATE" if before else "ADD", "body": found, "oldBody": before}
            for node, decider in self.subject.programs.deciders.items():
                if matches(decider.event.selector, found["metadata"]["labels"]):
                    told = decider.program.first(event, decider.zone, now=self.cluster.now)
                    if told["fire"]:
                        self.submit(node, told)
        return bool(changed)

    def submit(self, node: str, told: dict[str, Any]) -> None:
        metadata = told["metadata"]
        name, labels = metadata["name"], metadata["labels"]
        assert (WORKFLOWS, self.graph.namespace, name) not in self.cluster.objects, f"{name} submitted twice"
        params = self.templates[node] | {key: str(value) for key, value in told.get("params", {}).items()}
        self.started.append(Started(int(self.cluster.now), name, tuple(sorted(params.items()))))
        metadata = {**metadata, "uid": name, "creationTimestamp": utc(int(self.cluster.now))}
        body = {"metadata": metadata, "spec": {}, "status": {"phase": "Running"}}
        self.cluster.add(WORKFLOWS, self.graph.namespace, body)
        self.hear(body)
        end = self.story.ending(labels["depgen.io/node"], labels["depgen.io/key"])
        if end:
            at = int(self.cluster.now) + end.after
            self.later(at, lambda: self.end(body, at, end.phase, dict(end.outputs)))


def _arguments(objects: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The parameters that stand in a trigger, by node."""
    found = {}
    for sensor in objects:
        for trigger in sensor["spec"]["triggers"] if sensor.get("kind") == "Sensor" else ():
            spec = trigger["template"]["k8s"]["source"]["resource"].get("spec", {})
            arguments = spec.get("arguments", {}).get("parameters", [])
            found[trigger["template"]["name"]] = {a["name"]: a["value"] for a in arguments}
    return found
