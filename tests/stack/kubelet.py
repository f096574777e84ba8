"""Plays the parts of Kubernetes that turn the Argo Events controller's Deployments into processes.

Each Deployment becomes as many processes as it has replicas, a changed Deployment restarts it, a deleted one ends it, and a process
that dies is started again. A Deployment whose EventSource or Sensor is gone is deleted, as there is no other
garbage collector. What a process gets from its Deployment is in `pod.py`.
"""

from __future__ import annotations

import contextlib
import http.client
import threading

from tests.stack.api import METADATA_ONLY, ApiError, Manifest
from tests.stack.pod import ELECTION_STATE, Host, Pod
from tests.stack.replicas import Replicas
from tests.stack.services import DEPLOYMENTS

PASS_SECONDS = 0.15

Key = tuple[str, str, str]  # namespace, kind and name of the EventSource or Sensor


class Kubelet:
    """Watches the Deployments of all namespaces, by polling their metadata."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._pods: dict[Key, list[Pod]] = {}
        self._forgotten: set[str] = set()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="kubelet", daemon=True)
        self._thread.start()

    def pods(self, namespace: str) -> list[Pod | Replicas]:
        """One per Deployment of the namespace, sorted by name."""
        with self._lock:
            found = [pods for key, pods in self._pods.items() if key[0] == namespace and pods]
        return sorted(
            (pods[0] if len(pods) == 1 else Replicas(pods) for pods in found),
            key=lambda service: (service.name, service.kind),
        )

    def forget(self, namespace: str) -> None:
        """Kills the namespace's processes and never starts one there again."""
        with self._lock:
            self._forgotten.add(namespace)
            for key in [key for key in self._pods if key[0] == namespace]:
                for pod in self._pods.pop(key):
                    pod.kill()

    def close(self) -> None:
        """Stops watching; the processes are ended by their group."""
        self._closing.set()
        self._thread.join()
        with contextlib.suppress(PermissionError):
            ELECTION_STATE.unlink(missing_ok=True)

    def _loop(self) -> None:
        while not self._closing.wait(PASS_SECONDS):
            try:
                self._pass()
            except (OSError, http.client.HTTPException):
                continue  # nobody answers for the moment
            except ApiError as error:
                if error.status not in (404, 409, 429) and error.status < 500:
                    raise  # else the next pass sees what has changed meanwhile

    def _pass(self) -> None:
        wanted = self._wanted()
        with self._lock:
            for key in [key for key in self._pods if key not in wanted]:
                _end(self._pods.pop(key))
            for key, item in wanted.items():
                if key[0] not in self._forgotten:
                    pods = self._pods.setdefault(key, [])
                    if (
                        not pods
                        or pods[0].deployment is None
                        or _version(pods[0].deployment) != _version(item)
                    ):
                        self._deploy(key, self._host.api.get(_path(item)))
            running = [pod for pods in self._pods.values() for pod in pods]
        for pod in running:
            pod.tend()

    def _deploy(self, key: Key, deployment: Manifest) -> None:
        """As many pods as there are replicas, each with what the Deployment says now."""
        pods, count = self._pods[key], deployment["spec"].get("replicas", 1)
        _end(pods[count:])
        pods[:] = [*pods[:count], *(Pod(self._host, *key, index) for index in range(len(pods), count))]
        for pod in pods:
            pod.deploy(deployment)

    def _wanted(self) -> dict[Key, Manifest]:
        """The Deployments (metadata only) that somebody owns; deletes the others."""
        deployments = self._list("/apis/apps/v1/deployments", labelSelector=DEPLOYMENTS)
        owners = {
            item["metadata"]["uid"]
            for plural in ("eventsources", "sensors")
            for item in self._list(f"/apis/argoproj.io/v1alpha1/{plural}")
        }
        wanted = {}
        for item in deployments:
            owner = item["metadata"]["ownerReferences"][0]
            if owner["uid"] in owners:
                wanted[(item["metadata"]["namespace"], owner["kind"], owner["name"])] = item
            else:
                self._host.api.delete(_path(item))
        return wanted

    def _list(self, path: str, **query: str) -> list[Manifest]:
        items: list[Manifest] | None = self._host.api.get(path, accept=METADATA_ONLY, **query)["items"]
        return items or []


def _end(pods: list[Pod]) -> None:
    for pod in pods:
        pod.end()


def _path(item: Manifest) -> str:
    return f"/apis/apps/v1/namespaces/{item['metadata']['namespace']}/deployments/{item['metadata']['name']}"


def _version(item: Manifest) -> tuple[str, int]:
    """Changes when the Deployment is replaced or its spec edited."""
    return item["metadata"]["uid"], item["metadata"]["generation"]
