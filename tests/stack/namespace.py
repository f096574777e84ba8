"""What a test works with: one namespace with an EventBus `default`, and the questions a test asks about it.

Everything waits by polling with a limit, and a limit that passes is an AssertionError that says what was
waited for and which errors the services logged.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tests.stack.api import METADATA_ONLY, Manifest
from tests.stack.audit import Request
from tests.stack.completions import Completions
from tests.stack.logs import LogLine
from tests.stack.readiness import durables, missing
from tests.stack.services import Service, Stack

T = TypeVar("T")

POLL_SECONDS = 0.1


class Namespace(Completions):
    """One namespace of a stack; the fixture `namespace` makes one per test and removes it afterwards."""

    def __init__(self, stack: Stack) -> None:
        unique = secrets.token_hex(3)
        super().__init__(stack.api, name=f"t{unique}", graph=f"g{unique}")
        self.stack = stack
        self._siblings: list[Namespace] = []
        self._create()

    def delete(self, manifest: Manifest) -> None:
        """Deletes the object and returns when it is gone, its process too."""
        path, name = self._path_of(manifest), manifest["metadata"]["name"]
        self.api.delete(path)
        self.wait_for(lambda: self.api.find(path) is None, 20, f"{manifest['kind']} {name} to be deleted")
        if manifest["kind"] in ("EventSource", "Sensor"):
            self.wait_for(
                lambda: all((s.kind, s.name) != (manifest["kind"], name) for s in self.services()),
                20,
                f"the process of {manifest['kind']} {name} to end",
            )

    @property
    def siblings(self) -> tuple[Namespace, ...]:
        """In the order they were made."""
        return tuple(self._siblings)

    def sibling(self) -> Namespace:
        """Another namespace, with an EventBus of its own, that lives as long as this one."""
        found = Namespace(self.stack)
        self._siblings.append(found)
        return found

    def close(self) -> None:
        """Ends the processes and removes the objects of this namespace and its siblings."""
        for namespace in (*self._siblings, self):
            self.stack.remove(namespace.name)

    def requests(self, service_account: str) -> list[Request] | None:
        """What this namespace's ServiceAccount asked of the API server; None if the cluster is not ours."""
        requests = self.stack.requests()
        if requests is None:
            return None
        return [r for r in requests if r.account == f"{self.name}:{service_account}"]

    # -- services

    def services(self) -> Sequence[Service]:
        """The services of the namespace's EventSources and Sensors that have a Deployment."""
        return self.stack.services(self.name)

    def service(self, name: str, kind: str | None = None) -> Service:
        """The service of the EventSource or Sensor of this name; `kind` where both have it."""
        found = [s for s in self.services() if s.name == name and kind in (None, s.kind)]
        assert len(found) == 1, f"{len(found)} services named {name} in {[s.name for s in self.services()]}"
        return found[0]

    def lines(self) -> list[LogLine]:
        """All log lines of the namespace's services, by service."""
        return [line for service in self.services() for line in service.lines()]

    def errors(self) -> list[LogLine]:
        """The log lines at error level or worse, siblings' included."""
        own = [line for line in self.lines() if line.is_error]
        return own + [line for sibling in self._siblings for line in sibling.errors()]

    # -- waiting

    def wait_ready(self, timeout: float = 30) -> None:
        """Returns when every EventSource and Sensor runs its newest spec and listens, siblings' included.

        Services that the test paused or killed are not waited for.
        """
        reasons: list[str] = []

        def are_ready() -> bool:
            reasons[:] = self._missing()
            return not reasons

        try:
            self.wait_for(are_ready, timeout, "the services to listen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "\n".join(reasons)) from None
        for sibling in self._siblings:
            sibling.wait_ready(timeout)

    def wait_for(self, predicate: Callable[[], T | None], timeout: float, what: str) -> T:
        """Asks until the answer is true and returns it."""
        end = time.monotonic() + timeout
        while True:
            answer = predicate()
            if answer:
                return answer
            if time.monotonic() > end:
                told = "\n".join(str(line) for line in self.errors()[-5:])
                raise AssertionError(f"waited {timeout:g} s for {what}\n{told}")
            time.sleep(POLL_SECONDS)

    def quiet(self, seconds: float = 1.5, timeout: float = 60) -> None:
        """Returns when nothing has happened for `seconds` and nothing is left to do.

        Nothing: no ledger or Workflow changed, no event was published, and no Sensor has a message pending or
        unacknowledged. What a service that the test paused or killed has yet to do does not count.
        """
        since, before = time.monotonic(), self._state()

        def is_quiet() -> bool:
            nonlocal since, before
            state = self._state()
            if state != before or not self._is_idle():
                since, before = time.monotonic(), state
            return time.monotonic() - since >= seconds

        self.wait_for(is_quiet, timeout, f"{seconds:g} quiet seconds")

    # -- inside

    def _create(self) -> None:
        bus = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "EventBus",
            "metadata": {"name": "default"},
            "spec": self.stack.bus_spec,
        }
        self.api.post("/api/v1/namespaces", {"metadata": {"name": self.name}})
        self.apply([{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}, bus])

        def is_deployed() -> bool:
            status = self.api.get(self.path("EventBus", "default")).get("status", {})
            return "config" in status and all(c["status"] == "True" for c in status.get("conditions", []))

        self.wait_for(is_deployed, 120, f"the EventBus of {self.name}")

    def _missing(self) -> list[str]:
        consumers = self.stack.consumers()
        services = {(s.kind, s.name): s for s in self.services()}
        found: list[str] = []
        for kind in ("EventSource", "Sensor"):
            for manifest in self.api.get(self.path(kind))["items"]:
                service = services.get((kind, manifest["metadata"]["name"]))
                found += missing({**manifest, "kind": kind}, service, consumers)
        return found

    def _state(self) -> tuple[Any, ...]:
        """Changes whenever something happens here or in a sibling."""
        own = [
            (item["metadata"]["name"], item["metadata"]["resourceVersion"])
            for path in (self.path("Workflow"), self.path("ConfigMap", api_version="v1"))
            for item in self.api.get(path, accept=METADATA_ONLY)["items"] or []
        ]
        published = [len(s.lines()) for s in self.services() if s.kind == "EventSource"]
        return (*own, *published, *(sibling._state() for sibling in self._siblings))

    def _is_idle(self) -> bool:
        consumers = self.stack.consumers()
        if consumers is None:
            return True
        sensors = [s for s in self.services() if s.kind == "Sensor" and not s.is_held]
        names = [name for service in sensors for name in durables(service)]
        return all(consumers[name].is_idle for name in names if name in consumers) and all(
            sibling._is_idle() for sibling in self._siblings
        )
