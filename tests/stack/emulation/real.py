"""A stage of real processes: a namespace of the stack, played on by an admin's hand.

Webhooks are not started, because theirs would be a server on every address of this host. Their events are put on the
bus in the same form instead; the Sensor cannot tell.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.stack import bus_request
from tests.stack.api import Api, Manifest
from tests.stack.audit import Request
from tests.stack.bus import Bus, Consumer
from tests.stack.cloud_events import cloud_event, subject
from tests.stack.cluster import LocalStack
from tests.stack.emulation.logged import told
from tests.stack.emulation.stage import Names, Outcome, Told, action_times, open_runs, seen
from tests.stack.namespace import Namespace
from tests.stack.pod import Pod
from tests.stack.replicas import Replicas

EVERYTHING = [{"apiGroups": ["", "argoproj.io"], "resources": ["*"], "verbs": ["*"]}]
KINDS = {"ConfigMap": "v1", "Workflow": "argoproj.io/v1alpha1"}
SERVICES = ("EventSource", "Sensor")
QUIET_SECONDS = 0.7


class BusOfItsOwn:
    """The stack, with another bus in the place of its own; a `Stack`."""

    def __init__(self, stack: LocalStack, bus: Bus) -> None:
        self.api: Api = stack.api
        self._stack = stack
        self.bus = bus

    @property
    def bus_spec(self) -> dict[str, Any]:
        return self.bus.spec

    def services(self, namespace: str) -> list[Pod | Replicas]:
        return list(self._stack.services(namespace))

    def consumers(self) -> Mapping[str, Consumer] | None:
        return self.bus.consumers() if self.bus.process.is_alive else None

    def requests(self) -> list[Request]:
        return self._stack.requests()

    def remove(self, namespace: str) -> None:
        self._stack.remove(namespace)


class RealStage:
    """A `Stage`; `close` it."""

    def __init__(self, stack: LocalStack, bus: Bus | None = None) -> None:
        self._stack = stack
        self._bus = bus or stack.bus
        self._namespace = Namespace(BusOfItsOwn(stack, bus) if bus else stack)
        self.names = Names(self._namespace.name, self._namespace.graph, datetime.now(UTC))
        self._namespace.apply(_allow_everything())

    def apply(self, *manifests: Manifest) -> None:
        self._namespace.apply(m for m in manifests if "webhook" not in m.get("spec", {}))
        self._namespace.wait_ready(60)

    def create(self, *manifests: Manifest) -> None:
        for manifest in manifests:
            path = self._namespace.path(manifest["kind"], api_version=manifest["apiVersion"])
            self._namespace.api.post(path, manifest)

    def patch(self, kind: str, name: str, body: Manifest) -> None:
        self._namespace.api.merge_patch(self._namespace.path(kind, name, KINDS[kind]), body)

    def delete(self, kind: str, name: str) -> None:
        if kind in SERVICES:
            name = self.names.full(name)
        version = KINDS.get(kind, KINDS["Workflow"])
        self._namespace.delete({"apiVersion": version, "kind": kind, "metadata": {"name": name}})

    def publish(self, event: str, body: Any, *, source: str = "hook") -> None:
        source = self.names.full(source)
        told = cloud_event(source, event, body)
        bus_request.request(self._bus.url, self._bus.certificate, subject(source, event), told)

    def stop(self, part: str) -> None:
        if part == "bus":
            # Not killed: what Sensors acknowledged a moment ago would be forgotten, and come again.
            self._bus.process.stop()
        else:
            self._service(part).kill()

    def start(self, *parts: str) -> None:
        for part in parts:
            if part == "bus":
                self._bus.start()
            else:
                self._service(part).start()
        self._namespace.wait_ready(60)

    def settle(self) -> None:
        since, before = time.monotonic(), self._state()

        def is_quiet() -> bool:
            nonlocal since, before
            state = self._state()
            if state != before or not self._is_idle():
                since, before = time.monotonic(), state
            return time.monotonic() - since >= QUIET_SECONDS

        self._namespace.wait_for(is_quiet, 90, "the stage to be quiet")

    def wait_for(self, count: int, kind: str = "ConfigMap", seconds: float = 30) -> None:
        self._namespace.wait_for(
            lambda: len(self._list(kind)) >= count or None, seconds, f"{count} objects of kind {kind}"
        )

    def wait_for_told(self, what: str, count: int) -> None:
        self._namespace.wait_for(
            lambda: sum(n for each, n in self._all_told().items() if each.what == what) >= count or None,
            60,
            f"{what}, {count} times",
        )

    def open_runs(self) -> list[str]:
        return open_runs(self._list("Workflow"))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait_until(self, moment: datetime) -> None:
        self._namespace.wait_for(lambda: self.now() >= moment or None, 120, f"{moment}")

    def action_times(self) -> dict[str, float]:
        return action_times(self._list("ConfigMap"))

    def outcome(self) -> Outcome:
        objects = {
            f"{kind} {o['metadata']['name']}": seen(kind, o) for kind in KINDS for o in self._list(kind)
        }
        return Outcome(objects, self._all_told())

    def logged(self) -> list[str]:
        """All lines of the case's services, for a reader of a failure."""
        return [line for log in self._logs() for line in log.read_text(errors="replace").splitlines()]

    def close(self) -> None:
        """Ends the processes."""
        self._namespace.close()

    # -- inside

    def _service(self, part: str) -> Pod | Replicas:
        kind, _, name = part.partition("/")
        found = self._stack.services(self.names.namespace)
        return next(s for s in found if (s.kind.lower(), s.name) == (kind, self.names.full(name)))

    def _list(self, kind: str) -> list[Manifest]:
        items: list[Manifest] = self._namespace.api.get(self._namespace.path(kind, api_version=KINDS[kind]))[
            "items"
        ]
        return items

    def _all_told(self) -> Counter[Told]:
        return Counter(each for log in self._logs() for each in told(log, self.names))

    def _logs(self) -> list[Path]:
        """Of all services that ever ran; nobody forgets one that was deleted."""
        return sorted(self._stack.group.folder.glob(f"{self.names.namespace}-*.log"))

    def _state(self) -> tuple[Any, ...]:
        versions = [o["metadata"]["resourceVersion"] for kind in KINDS for o in self._list(kind)]
        return (*versions, *(log.stat().st_size for log in self._logs()))

    def _is_idle(self) -> bool:
        return self._namespace._is_idle()


def _allow_everything() -> list[Manifest]:
    """The ServiceAccount `default` may do anything in its namespace: roles are another test's business."""
    rbac = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "all"}, "rules": EVERYTHING}
    bound = {"roleRef": {"apiGroup": rbac, "kind": "Role", "name": "all"}}
    subjects = [{"kind": "ServiceAccount", "name": "default"}]
    binding = {**role, "kind": "RoleBinding", **bound, "subjects": subjects}
    del binding["rules"]
    return [role, binding]
