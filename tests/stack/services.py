"""What a test can know of and do to the service (the pod) of one EventSource or Sensor, whoever runs it."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tests.stack.api import Api, Manifest
from tests.stack.audit import Request
from tests.stack.bus import Consumer
from tests.stack.logs import LogLine

DEPLOYMENTS = "controller in (eventsource-controller,sensor-controller)"
"""The label selector of the Deployments that the Argo Events controller makes."""

Watched = tuple[str, str, str]  # group, resource, namespace


def deployed_spec(deployment: Manifest) -> Manifest:
    """The `spec` of the EventSource or Sensor that a Deployment of the Argo Events controller carries."""
    for entry in deployment["spec"]["template"]["spec"]["containers"][0]["env"]:
        if entry["name"] in ("EVENTSOURCE_OBJECT", "SENSOR_OBJECT"):
            spec: Manifest = json.loads(base64.b64decode(entry["value"]))["spec"]
            return spec
    raise AssertionError(f"Deployment {deployment['metadata']['name']} carries no EventSource or Sensor")


class Service(Protocol):
    """The running side of one EventSource or Sensor."""

    @property
    def kind(self) -> str:
        """`EventSource` or `Sensor`."""

    @property
    def name(self) -> str:
        """The object's."""

    @property
    def problem(self) -> str | None:
        """Why no process runs what the object says now, or None if one does."""

    @property
    def is_held(self) -> bool:
        """Paused or killed by the test, and so not waited for."""

    def spec(self) -> Manifest:
        """The object's `spec` as the Deployment gives it to the process."""

    def lines(self) -> list[LogLine]:
        """All log lines so far, of earlier processes too."""

    def current_lines(self) -> list[LogLine]:
        """Log lines of the process that runs now."""

    def watches(self) -> Counter[Watched] | None:
        """How often the process that runs now began to watch each resource; None where nobody can tell."""

    def pause(self) -> None:
        """SIGSTOP: the process is there and does nothing."""

    def resume(self) -> None:
        """SIGCONT."""

    def kill(self) -> None:
        """SIGKILL; the service stays down until `start`."""

    def start(self) -> None:
        """Runs again after `kill`; use `Namespace.wait_ready` to wait for it."""

    def restart(self) -> None:
        """SIGKILL and start, as after a crash."""


class Stack(Protocol):
    """A cluster with Argo Events, Argo Workflows and a bus, our own or somebody else's."""

    api: Api

    @property
    def bus_spec(self) -> dict[str, Any]:
        """The `spec` of the EventBus that each namespace of a test gets."""

    def services(self, namespace: str) -> Sequence[Service]:
        """The services that the namespace's Deployments ask for."""

    def consumers(self) -> Mapping[str, Consumer] | None:
        """The bus's consumers by name, or None where nobody can tell."""

    def requests(self) -> list[Request] | None:
        """What ServiceAccounts asked of the API server, or None where nobody can tell."""

    def remove(self, namespace: str) -> None:
        """Ends what runs for the namespace and removes what would disturb later tests."""
