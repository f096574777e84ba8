"""Makes the steps of a story happen, and remembers every completion that came of them.

The sources finish whatever breaks: a request that nobody answers is repeated until somebody does, as the Workflows
controller would. Times are the wall clock's, at least a second apart within a story, because the second of its
finish decides which of two completions is newer.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from tests.stack import workflows
from tests.stack.api import ApiError, Manifest
from tests.stack.faults.model import Completion, ended
from tests.stack.faults.story import How, Step
from tests.stack.namespace import Namespace

T = TypeVar("T")

DAYS = 12
ANSWER_SECONDS = 400.0
SECOND = timedelta(seconds=1)
TEMPLATES = {"Succeeded": "nap", "Failed": "late"}
"""The WorkflowTemplates that really end so."""


class Driver:
    """The sources of one namespace. Day 11 is today in the graph's zone, day 0 eleven days ago."""

    def __init__(self, namespace: Namespace, zone: ZoneInfo, rng: random.Random, skew: timedelta) -> None:
        self._namespace = namespace
        self._zone = zone
        self._rng = rng
        self._skew = skew
        self._today = datetime.now(zone).replace(hour=0, minute=30, second=0, microsecond=0)
        self._last: dict[tuple[str, int], Manifest] = {}
        self._finished: dict[tuple[str, int], datetime] = {}
        self._told: list[Completion] = []
        self._running: dict[str, Step] = {}
        self._gone: set[tuple[str, str]] = set()
        self.count = 0
        """Completions so far."""

    def scheduled(self, day: int) -> datetime:
        """Half past midnight, which is the day before in UTC: a confusion of zones would show."""
        return self._today - timedelta(days=DAYS - 1 - day)

    def key(self, day: int) -> str:
        return self.scheduled(day).strftime("%Y%m%d")

    def perform(self, step: Step, finished: datetime | None = None, padding: int = 0) -> None:
        """One step; it ends now unless told otherwise. `padding`: bytes of a parameter that nobody reads."""
        if step.how is How.RAN:
            self._run(step)
        elif step.how is How.TOLD_AGAIN:
            self._tell_again(step)
        else:
            end = self._next_finish(step) if finished is None else finished
            made = self._retry(step, end) if step.how is How.RETRIED else self._post(step, end, padding)
            completion = ended(made, step.source, self.key(step.day), self._zone)
            assert completion is not None
            self._told.append(completion)
        self.count += step.how is not How.TOLD_AGAIN

    def play(self, steps: Iterable[Step], pause: Callable[[], float], stop: threading.Event) -> None:
        """The steps one after the other, with pauses in seconds between them."""
        for step in steps:
            self.perform(step)
            if stop.wait(pause()):
                return

    def delete(self, source: str, day: int) -> None:
        """The Workflow that ended last is gone, and nobody will ever know of it who does not know yet."""
        path = self._namespace.path("Workflow", self._last[source, day]["metadata"]["name"])
        answered(lambda: self._namespace.api.delete(path))

    def forget(self, source: str, day: int) -> None:
        """What happened there counts as if it had not: nobody could know of it."""
        self._gone.add((source, self.key(day)))

    def note(self, completion: Completion) -> None:
        """One that somebody else made."""
        self._told.append(completion)

    def have_ended(self) -> bool:
        """Whether the Workflows controller is through with all that it runs here."""
        return all(
            workflow["metadata"]["labels"].get(f"{workflows.LABEL}completed") == "true"
            for workflow in answered(self._namespace.workflows)
            if workflow["spec"].get("workflowTemplateRef", {}).get("name") in TEMPLATES.values()
        )

    def completions(self) -> list[Completion]:
        """Every completion of a source so far."""
        there = {w["metadata"]["name"]: w for w in answered(self._namespace.workflows)}
        ran = [
            ended(there[name], step.source, self.key(step.day), self._zone)
            for name, step in self._running.items()
            if name in there
        ]
        return [c for c in (*self._told, *ran) if c is not None and (c.node, c.key) not in self._gone]

    def _next_finish(self, step: Step) -> datetime:
        """Now as the Workflows controller's clock has it, and after the one before."""
        now = (datetime.now(UTC) + self._skew).replace(microsecond=0)
        last = self._finished.get((step.source, step.day))
        self._finished[step.source, step.day] = now if last is None else max(now, last + SECOND)
        return self._finished[step.source, step.day]

    def _post(self, step: Step, finished: datetime, padding: int) -> Manifest:
        labels, annotations = workflows.cron_child_marks(step.source, self.scheduled(step.day))
        spec = workflows.HELD_SPEC | (
            {"arguments": {"parameters": [{"name": "padding", "value": "x" * padding}]}} if padding else {}
        )
        body = workflows.completed(
            self._name(step),
            labels=labels,
            annotations=annotations,
            phase=step.phase,
            finished_at=finished,
            spec=spec,
        )
        return self._create(step, body)

    def _run(self, step: Step) -> None:
        labels, annotations = workflows.cron_child_marks(step.source, self.scheduled(step.day))
        name = self._name(step)
        arguments = {"parameters": [{"name": "day", "value": "-"}]}
        body = {
            "apiVersion": workflows.API_VERSION,
            "kind": "Workflow",
            "metadata": {"name": name, "labels": labels, "annotations": annotations},
            "spec": {"workflowTemplateRef": {"name": TEMPLATES[step.phase]}, "arguments": arguments},
        }
        self._running[name] = step
        self._create(step, body)

    def _retry(self, step: Step, finished: datetime) -> Manifest:
        name = self._last[step.source, step.day]["metadata"]["name"]
        answered(lambda: self._namespace.retry(name))
        return answered(lambda: self._namespace.finish(name, step.phase, finished_at=finished))

    def _tell_again(self, step: Step) -> None:
        path = self._namespace.path("Workflow", self._last[step.source, step.day]["metadata"]["name"])
        for value in (None, "true"):
            labels = {f"{workflows.LABEL}completed": value}
            answered(lambda: self._namespace.api.merge_patch(path, {"metadata": {"labels": labels}}))  # noqa: B023

    def _name(self, step: Step) -> str:
        suffix = ""
        if (step.source, step.day) in self._last:  # as `argo resubmit` names it
            suffix = "".join(self._rng.choices(workflows.SUFFIX_LETTERS, k=5))
        return workflows.cron_child_name(step.source, self.scheduled(step.day), suffix=suffix)

    def _create(self, step: Step, body: Manifest) -> Manifest:
        namespace, name = self._namespace, body["metadata"]["name"]

        def create() -> Manifest:
            try:
                made: Manifest = namespace.api.post(namespace.path("Workflow"), body)
            except ApiError as error:
                if error.status != 409:
                    raise
                made = namespace.api.get(
                    namespace.path("Workflow", name)
                )  # the answer to an earlier try was lost
            return made

        self._last[step.source, step.day] = made = answered(create)
        return made


def answered(call: Callable[[], T]) -> T:
    """The call's result, once somebody answers."""
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return call()
        except (OSError, http.client.HTTPException):
            if time.monotonic() > end:
                raise
        except ApiError as error:
            if (error.status not in (403, 429) and error.status < 500) or time.monotonic() > end:
                raise  # 403: an API server that has just started does not know its roles yet
        time.sleep(0.2)
