"""A cluster that is there already, such as kind: the thin other side of `Stack`, not part of the usual run.

Argo Events and Argo Workflows must be installed for all namespaces, and the current context of KUBECONFIG
must be an admin's. Pods are real pods here, so tests that pause or kill a service are skipped, and what only
our own bus and API server tell (consumers, requests) is unknown.
"""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from tests.stack.api import Api, Login, Manifest
from tests.stack.audit import Request
from tests.stack.bus import Consumer
from tests.stack.logs import LogLine, parse
from tests.stack.services import DEPLOYMENTS, Watched, deployed_spec


class PodService:
    """The pod of one Deployment."""

    def __init__(self, api: Api, deployment: Manifest) -> None:
        owner = deployment["metadata"]["ownerReferences"][0]
        self.kind: str = owner["kind"]
        self.name: str = owner["name"]
        self._api = api
        self._deployment = deployment
        self._pods = f"/api/v1/namespaces/{deployment['metadata']['namespace']}/pods"

    @property
    def problem(self) -> str | None:
        status, metadata = self._deployment.get("status", {}), self._deployment["metadata"]
        is_current = status.get("observedGeneration") == metadata["generation"]
        counts = (
            status.get("availableReplicas", 0),
            status.get("updatedReplicas", 0),
            status.get("replicas", 0),
        )
        wanted = self._deployment["spec"].get("replicas", 1)
        return None if is_current and set(counts) == {wanted} else f"no available pod: {status}"

    @property
    def is_held(self) -> bool:
        return False

    def spec(self) -> Manifest:
        return deployed_spec(self._deployment)

    def lines(self) -> list[LogLine]:
        labels = self._deployment["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        pods = self._api.get(self._pods, labelSelector=selector)["items"]
        texts = [self._api.get(f"{self._pods}/{pod['metadata']['name']}/log") for pod in pods]
        return [line for text in texts for line in parse(self.name, str(text))]

    def current_lines(self) -> list[LogLine]:
        return self.lines()

    def watches(self) -> Counter[Watched] | None:
        return None

    def pause(self) -> None:
        pytest.skip("needs processes of our own")

    resume = kill = start = restart = pause


class InstalledStack:
    """A `Stack` on the cluster of KUBECONFIG."""

    def __init__(self) -> None:
        self.api = Api(_login())

    @property
    def bus_spec(self) -> dict[str, Any]:
        """Of a bus that Argo Events installs in each namespace."""
        return {"jetstream": {"version": "latest", "replicas": 3}}

    def services(self, namespace: str) -> Sequence[PodService]:
        path = self.api.path("apps/v1", "Deployment", namespace)
        return [PodService(self.api, item) for item in self.api.get(path, labelSelector=DEPLOYMENTS)["items"]]

    def consumers(self) -> dict[str, Consumer] | None:
        return None

    def requests(self) -> list[Request] | None:
        return None

    def remove(self, namespace: str) -> None:
        for kind in ("Sensor", "EventSource"):
            self.api.delete(self.api.path("argoproj.io/v1alpha1", kind, namespace))
        self.api.delete(f"/api/v1/namespaces/{namespace}")

    def close(self) -> None:
        self.api.close()


def _login() -> Login:
    """Of the current context, with whatever proof of identity the `kubernetes` package knows how to get."""
    from kubernetes import config as kubeconfig  # heavy, and wanted on this path only

    config = kubeconfig.new_client_from_config().configuration  # type: ignore[no-untyped-call]
    tls = ssl.create_default_context(cafile=config.ssl_ca_cert)
    if config.cert_file:
        tls.load_cert_chain(config.cert_file, config.key_file)
    token = config.api_key.get("BearerToken") or config.api_key.get("authorization")  # the name has changed
    return Login(config.host, tls, token.removeprefix("Bearer ") if token else None)
