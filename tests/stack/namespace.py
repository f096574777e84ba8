"""What a test works with: one namespace with an EventBus `default`, and the questions a test asks about it.

Everything waits by polling with a limit, and a limit that passes is an AssertionError that says what was waited for and
which errors the services logged.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from tests.stack import workflows
from tests.stack.api import Api, ApiError, Manifest
from tests.stack.audit import Request
from tests.stack.logs import LogLine
from tests.stack.readiness import durables, missing
from tests.stack.services import Service, Stack

T = TypeVar("T")

GRAPH_LABEL = "depgen.io/graph"
BURST_THREADS = 8
POLL_SECONDS = 0.1
COUNTER = itertools.count(1)


class Namespace:
    """One namespace of a stack; the fixture `namespace` makes one per test and removes it afterwards."""

    def __init__(self, stack: Stack) -> None:
        number = f"{next(COUNTER)}{secrets.token_hex(2)}"
        self.stack = stack
        self.name = f"t{number}"
        self.graph = f"g{number}"
        """A graph name that no other test of the session uses; start every EventSource's and Sensor's name with it."""
        self._siblings: list[Namespace] = []
        self._create()

    # -- objects

    @property
    def api(self) -> Api:
        """The admin's client, for what the methods here do not cover."""
        return self.stack.api

    def path(self, kind: str, name: str = "", api_version: str = workflows.API_VERSION) -> str:
        """The API path of an object of this namespace, or of all of its kind."""
        return self.api.path(api_version, kind, self.name, name)

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Creates or updates objects of any kind, in their `metadata.namespace` or else here."""
        for manifest in manifests:
            self.api.apply(self._path_of(manifest), manifest)

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

    def sibling(self) -> Namespace:
        """Another namespace, with an EventBus of its own, that lives as long as this one."""
        found = Namespace(self.stack)
        self._siblings.append(found)
        return found

    def close(self) -> None:
        """Ends the processes and removes the objects of this namespace and its siblings."""
        for namespace in (*self._siblings, self):
            self.stack.remove(namespace.name)

    # -- Workflows

    def complete(
        self,
        name: str,
        *,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        phase: str = "Succeeded",
        finished_at: datetime | None = None,
        started_at: datetime | None = None,
        outputs: Mapping[str, str] | None = None,
        spec: Manifest | None = None,
    ) -> Manifest:
        """Creates a Workflow that has already ended (now, unless told) and returns it with the uid it was given."""
        workflow = workflows.completed(
            name,
            labels=labels,
            annotations=annotations,
            phase=phase,
            finished_at=finished_at,
            started_at=started_at,
            outputs=outputs,
            spec=spec,
        )
        created: Manifest = self.api.post(self.path("Workflow"), workflow)
        return created

    def complete_cron(
        self,
        cron: str,
        scheduled: datetime,
        phase: str = "Succeeded",
        *,
        finished_at: datetime | None = None,
        manual: bool = False,
        key: str | None = None,
        suffix: str = "",
        outputs: Mapping[str, str] | None = None,
    ) -> Manifest:
        """Creates a completed child of the CronWorkflow `cron`, with the name, label and annotation of a real one.

        `manual` makes it a child of `argo submit --from`, whose `scheduled` is the moment of submission; `key` sets the
        label depgen.io/key; `suffix` makes it a resubmission of the child without one.
        """
        labels, annotations = workflows.cron_child_marks(cron, scheduled)
        if key is not None:
            labels["depgen.io/key"] = key
        name = workflows.cron_child_name(cron, scheduled, manual=manual, suffix=suffix)
        return self.complete(
            name, labels=labels, annotations=annotations, phase=phase, finished_at=finished_at, outputs=outputs
        )

    def finish(
        self,
        name: str,
        phase: str = "Succeeded",
        *,
        finished_at: datetime | None = None,
        outputs: Mapping[str, str] | None = None,
    ) -> Manifest:
        """Completes an existing Workflow by writing what the controller writes at its end."""
        labels, status = workflows.outcome(phase, finished_at, outputs)
        patch = {"metadata": {"labels": labels}, "status": status}
        patched: Manifest = self.api.merge_patch(self.path("Workflow", name), patch)
        return patched

    def retry(self, name: str) -> Manifest:
        """Makes a completed Workflow run again under its name and uid, as `argo retry` does; `finish` ends it."""
        labels = {f"{workflows.LABEL}completed": None, f"{workflows.LABEL}phase": "Running"}
        patch = {"metadata": {"labels": labels}, "status": {"phase": "Running", "finishedAt": None}}
        patched: Manifest = self.api.merge_patch(self.path("Workflow", name), patch)
        return patched

    def at_once(self, calls: Iterable[Callable[[], T]]) -> list[T]:
        """Makes the calls from eight threads, as a burst does; the results are in the order of the calls."""
        with ThreadPoolExecutor(BURST_THREADS) as pool:
            return list(pool.map(lambda call: call(), calls))

    # -- what is there

    def workflows(self, selector: str = "") -> list[Manifest]:
        """The Workflows that a label selector matches, sorted by name."""
        return self._list(self.path("Workflow"), selector)

    def runs(self, graph: str | None = None) -> list[str]:
        """The names of the Workflows that the graph submitted, sorted."""
        return [w["metadata"]["name"] for w in self.workflows(f"{GRAPH_LABEL}={graph or self.graph}")]

    def ledgers(self, graph: str | None = None) -> dict[str, dict[str, str]]:
        """The data of the graph's ledgers, by name."""
        found = self._list(self.path("ConfigMap", api_version="v1"), f"{GRAPH_LABEL}={graph or self.graph}")
        return {ledger["metadata"]["name"]: ledger.get("data", {}) for ledger in found}

    def ledger(self, name: str) -> dict[str, str] | None:
        """The data of one ConfigMap, ledger or not; None if there is none."""
        found = self.api.find(self.path("ConfigMap", name, "v1"))
        return None if found is None else found.get("data", {})

    def can_i(self, service_account: str, verb: str, group: str, resource: str, namespace: str = "") -> bool:
        """Whether RBAC lets this namespace's ServiceAccount do that; `*` as namespace means all of them."""
        where = {"": self.name, "*": ""}.get(namespace, namespace)
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{self.name}:{service_account}",
                "groups": [
                    "system:authenticated",
                    "system:serviceaccounts",
                    f"system:serviceaccounts:{self.name}",
                ],
                "resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": where},
            },
        }
        answer = self.api.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    def requests(self, service_account: str) -> list[Request] | None:
        """What this namespace's ServiceAccount asked of the API server; None on a cluster that is not ours."""
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
        """Returns when every EventSource and Sensor runs its newest spec and listens, siblings' included."""
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

        Nothing: no ledger or Workflow changed, no event was published, and no working Sensor has a message pending or
        unacknowledged. What a service that was paused or killed has yet to do does not count.
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
            "apiVersion": workflows.API_VERSION,
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

    def _path_of(self, manifest: Manifest) -> str:
        metadata = manifest["metadata"]
        where = metadata.get("namespace", self.name)
        return self.api.path(manifest["apiVersion"], manifest["kind"], where, metadata["name"])

    def _list(self, path: str, selector: str) -> list[Manifest]:
        items: list[Manifest] = self.api.get(path, labelSelector=selector)["items"]
        return sorted(items, key=lambda item: str(item["metadata"]["name"]))

    def _missing(self) -> list[str]:
        consumers = self.stack.consumers()
        services = {(s.kind, s.name): s for s in self.services()}
        found = []
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
            for item in self._list(path, "")
        ]
        published = [
            sum("event" in line.message for line in service.lines())
            for service in self.services()
            if service.kind == "EventSource"
        ]
        return (*own, *published, *(sibling._state() for sibling in self._siblings))

    def _is_idle(self) -> bool:
        consumers = self.stack.consumers()
        if consumers is None:
            return True
        working = [s for s in self.services() if s.kind == "Sensor" and s.is_working]
        names = [name for service in working for name in durables(service)]
        return all(consumers[name].is_idle for name in names if name in consumers) and all(
            sibling._is_idle() for sibling in self._siblings
        )


__all__ = ["ApiError", "Namespace"]
