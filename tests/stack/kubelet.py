"""Plays the parts of Kubernetes that turn the Argo Events controller's Deployments into processes.

Each Deployment becomes one process, a changed Deployment restarts it, a deleted one ends it, and a process
that dies is started again. A Deployment whose EventSource or Sensor is gone is deleted, as there is no other
garbage collector. What a process gets from its Deployment is in `pod.py`.
"""

from __future__ import annotations

import contextlib
import http.client
import threading

from tests.stack.api import METADATA_ONLY, ApiError, Manifest
from tests.stack.pod import ELECTION_STATE, Host, Pod
from tests.stack.services import DEPLOYMENTS

PASS_SECONDS = 0.15

Key = tuple[str, str, str]  # namespace, kind and name of the EventSource or Sensor


class Kubelet:
    """Watches the Deployments of all namespaces, by polling their metadata."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._pods: dict[Key, Pod] = {}
        self._forgotten: set[str] = set()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="kubelet", daemon=True)
        self._thread.start()

    def pods(self, namespace: str) -> list[Pod]:
        """One per Deployment of the namespace, sorted by name."""
        with self._lock:
            return sorted(
                (p for p in self._pods.values() if p.namespace == namespace),
                key=lambda pod: (pod.name, pod.kind),
            )

    def forget(self, namespace: str) -> None:
        """Kills the namespace's processes and never starts one there again."""
        with self._lock:
            self._forgotten.add(namespace)
            for key in [key for key in self._pods if key[0] == namespace]:
                self._pods.pop(key).kill()

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
                self._pods.pop(key).end()
            for key, item in wanted.items():
                if key[0] not in self._forgotten:
                    pod = self._pods.setdefault(key, Pod(self._host, *key))
                    if pod.deployment is None or _version(pod.deployment) != _version(item):
                        pod.deploy(self._host.api.get(_path(item)))
            pods = list(self._pods.values())
        for pod in pods:
            pod.tend()

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


def _path(item: Manifest) -> str:
    return f"/apis/apps/v1/namespaces/{item['metadata']['namespace']}/deployments/{item['metadata']['name']}"


def _version(item: Manifest) -> tuple[str, int]:
    """Changes when the Deployment is replaced or its spec edited."""
    return item["metadata"]["uid"], item["metadata"]["generation"]
