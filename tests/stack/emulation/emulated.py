"""The stage in memory: the emulator, with the clock moved by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from tests.stack.api import Manifest
from tests.stack.emulation.stage import Names, Outcome, Told, action_times, open_runs, same_text, seen

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from depgen.emulate import Emulator, Happening

RESOURCES = {"ConfigMap": CONFIG_MAPS, "Workflow": WORKFLOWS}
A_MOMENT = 0.05
START_SECONDS = 7.0
"""A bus that is back is found again within five seconds."""
QUIET_SECONDS = 2.0
RETRY_SECONDS = 10.0
"""In which an event that cannot be published is tried again; the log has its loss first."""


class EmulatedStage:
    """A `Stage` for the case that was played under these names; `max_payload` is the bus's limit."""

    def __init__(self, names: Names, max_payload: str = "4MB") -> None:
        self.names = names
        bus = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "EventBus",
            "metadata": {"name": "default", "namespace": names.namespace},
            "spec": {"jetstream": {"version": "latest", "maxPayload": max_payload}},
        }
        self.emulator = Emulator([bus], start=names.start.timestamp())

    def apply(self, *manifests: Manifest) -> None:
        self.emulator.apply(manifests)
        self._pass(START_SECONDS)

    def create(self, *manifests: Manifest) -> None:
        for manifest in manifests:
            self.emulator.api.create(RESOURCES[manifest["kind"]], self.names.namespace, manifest)
            self._pass(A_MOMENT)

    def patch(self, kind: str, name: str, body: Manifest) -> None:
        self.emulator.api.patch(RESOURCES[kind], self.names.namespace, name, body)
        self._pass(A_MOMENT)

    def delete(self, kind: str, name: str) -> None:
        if kind in RESOURCES:
            assert self.emulator.api.delete(RESOURCES[kind], self.names.namespace, name)
        else:
            self.emulator.delete(kind, self.names.namespace, self.names.full(name))
        self._pass(A_MOMENT)

    def publish(self, event: str, body: Any, *, source: str = "hook") -> None:
        self.emulator.publish(self.names.full(source), event, body)
        self._pass(A_MOMENT)

    def stop(self, part: str) -> None:
        self.emulator.stop(self._part(part))
        self._pass(A_MOMENT)

    def start(self, *parts: str) -> None:
        for part in parts:
            self.emulator.start(self._part(part))
        self._pass(START_SECONDS)

    def settle(self) -> None:
        before = -1
        while len(self.emulator.log) != before:
            before = len(self.emulator.log)
            self._pass(QUIET_SECONDS)

    def wait_for(self, count: int, kind: str = "ConfigMap", seconds: float = 30) -> None:
        self._wait(lambda: len(self._list(kind)) >= count, seconds, f"{count} objects of kind {kind}")

    def wait_for_told(self, what: str, count: int) -> None:
        def has_come() -> bool:
            told = _told(self.emulator.log, self.names)
            return sum(n for told, n in told.items() if told.what == what) >= count

        self._wait(has_come, 60, f"{what}, {count} times")
        if what == "lost":
            self._pass(RETRY_SECONDS)

    def open_runs(self) -> list[str]:
        return open_runs(self._list("Workflow"))

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.emulator.now, UTC)

    def wait_until(self, moment: datetime) -> None:
        self.emulator.run_until(moment.timestamp())

    def action_times(self) -> dict[str, float]:
        return action_times(self._list("ConfigMap"))

    def outcome(self) -> Outcome:
        objects = {
            f"{kind} {o['metadata']['name']}": seen(kind, o) for kind in RESOURCES for o in self._list(kind)
        }
        return Outcome(objects, _told(self.emulator.log, self.names))

    # -- inside

    def _pass(self, seconds: float) -> None:
        self.emulator.run_until(self.emulator.now + seconds)

    def _wait(self, is_there: Callable[[], bool], seconds: float, what: str) -> None:
        end = self.emulator.now + seconds
        while not is_there():
            assert self.emulator.now < end, f"waited {seconds:g} s for {what}"
            self._pass(A_MOMENT)

    def _list(self, kind: str) -> list[Manifest]:
        return list(self.emulator.api.list(RESOURCES[kind], self.names.namespace))

    def _part(self, part: str) -> str:
        kind, slash, name = part.partition("/")
        return f"{kind}/{self.names.full(name)}" if slash else part


def _told(log: Iterable[Happening], names: Names) -> Counter[Told]:
    """What the services of the real stack log, as far as the emulator's log says the same."""
    found: Counter[Told] = Counter()
    for happening in log:
        for told, count in _told_by(happening, names):
            found[told] += count
    return +found


def _told_by(happening: Happening, names: Names) -> Iterator[tuple[Told, int]]:
    _, _, part = happening.who.partition("/")
    part = part.removeprefix(f"{names.prefix}-")
    sensor, _, trigger = part.partition("/")
    what = happening.what
    event = what.removeprefix(f"{names.prefix}-")
    match happening.kind:
        case "event":
            yield Told("published", event), 1
        case "dropped" if happening.who.startswith("eventsource/"):
            yield Told("lost", event), 1
        case "discarded":
            yield Told("discarded", part), 1
        case "logged":
            yield Told("logged", part, f"{what} {same_text(happening.detail)}"), 1
        case "fired":
            yield Told("done", part), 1
        case "refused":  # a try; the last one is no longer `done`
            yield Told("failed", f"{sensor}/{what}"), 1
            yield Told("done", f"{sensor}/{what}"), -1
        case "retried":
            yield Told("done", f"{sensor}/{what}"), 1
        case "dlq":
            yield Told("gave up", part), 1
            yield Told("done", f"{sensor}/{what}"), 1
        case "failed":
            yield Told("gave up" if what == trigger else "dlq gave up", part), 1
