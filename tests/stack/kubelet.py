"""Plays the parts of Kubernetes that turn the Argo Events controller's Deployments into processes.

Each Deployment becomes one process with exactly the environment of its container, under a token of its ServiceAccount,
so a verb that the Role lacks is refused here as in a cluster. A changed Deployment restarts its process, a deleted one
ends it, a process that dies is started again, and a Deployment whose EventSource or Sensor is gone is deleted (there is
no other garbage collector). Not played: images, volumes, Secrets, and more than one replica.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.stack.api import METADATA_ONLY, Api, ApiError, Manifest
from tests.stack.audit import Audit, credential_of
from tests.stack.control_plane import ControlPlane
from tests.stack.logs import LogLine, parse
from tests.stack.processes import Process, ProcessGroup, free_port
from tests.stack.services import Watched, deployed_spec

PASS_SECONDS = 0.15
CRASH_PAUSE_SECONDS = 1.0
TOKEN_SECONDS = 24 * 3600
OURS = "controller in (eventsource-controller,sensor-controller)"

# The election inside every service keeps its state here, whatever TMPDIR says. In a pod the file is the pod's own;
# here all share it, and a torn write of one would keep all others from starting.
ELECTION_STATE = Path("/tmp/graft.log")


class Pod:
    """The process of one Deployment; a `Service` to the tests."""

    def __init__(self, kubelet: Kubelet, namespace: str, kind: str, name: str) -> None:
        self._kubelet = kubelet
        self.namespace = namespace
        self.kind = kind
        self.name = name
        self.deployment: Manifest | None = None
        self._process: Process | None = None
        self._credential = ""
        self._starts = 0
        self._not_before = 0.0
        self._is_held = False
        self._is_paused = False
        self._refusal = "not started yet"
        self._lock = threading.RLock()

    @property
    def problem(self) -> str | None:
        if self._process is None:
            return "killed by the test" if self._is_held else self._refusal
        return None if self._process.is_alive else f"ended with exit code {self._process.exit_code}"

    @property
    def is_working(self) -> bool:
        return self.problem is None and not self._is_paused

    def deploy(self, deployment: Manifest) -> None:
        """Runs what the Deployment says now instead of what it said before."""
        with self._lock:
            self.end()
            self.deployment = deployment
            self._not_before = 0.0

    def tend(self) -> None:
        """Starts the process if it should run and does not; called again and again."""
        with self._lock:
            if self._is_held or self.deployment is None or time.monotonic() < self._not_before:
                return
            if self._process is not None and self._process.is_alive:
                return
            crashed = self._process is not None
            self._not_before = time.monotonic() + CRASH_PAUSE_SECONDS
            if crashed:
                self._refusal, self._process = f"ended with exit code {self._process.exit_code}", None
                return
            try:
                self._run(self.deployment)
            except (ApiError, OSError, ValueError) as error:
                self._refusal = str(error)

    def end(self) -> None:
        """Ends the process as a rollout does."""
        with self._lock:
            if self._process is not None:
                self._process.stop()
                self._process = None
            self._is_paused = False

    def pause(self) -> None:
        with self._lock:
            self._running().pause()
            self._is_paused = True

    def resume(self) -> None:
        with self._lock:
            self._running().resume()
            self._is_paused = False

    def kill(self) -> None:
        with self._lock:
            self._is_held = True
            self._is_paused = False
            if self._process is not None:
                self._process.kill()
                self._process = None

    def start(self) -> None:
        with self._lock:
            self._is_held = False
            self._not_before = 0.0
            self.tend()

    def restart(self) -> None:
        self.kill()
        self.start()

    def spec(self) -> Manifest:
        return {} if self.deployment is None else deployed_spec(self.deployment)

    def lines(self) -> list[LogLine]:
        return self._lines_from(0)

    def current_lines(self) -> list[LogLine]:
        with self._lock:
            return [] if self._process is None else self._lines_from(self._process.log_start)

    def watches(self) -> Counter[Watched]:
        """How often the process that runs now began to watch each resource."""
        mine = [r for r in self._kubelet.audit.requests() if r.credential == self._credential]
        return Counter((r.group, r.resource, r.namespace) for r in mine if r.verb == "watch" and r.code < 400)

    @property
    def _log_name(self) -> str:
        return f"{self.namespace}-{self.kind.lower()}-{self.name}"

    def _lines_from(self, offset: int) -> list[LogLine]:
        path = self._kubelet.group.folder / f"{self._log_name}.log"
        if not path.exists():
            return []
        with path.open("rb") as log:
            log.seek(offset)
            return list(parse(self.name, log.read().decode(errors="replace")))

    def _running(self) -> Process:
        if self._process is None:
            raise AssertionError(f"{self.kind} {self.name} does not run: {self.problem}")
        return self._process

    def _run(self, deployment: Manifest) -> None:
        template = deployment["spec"]["template"]["spec"]
        if deployment["spec"].get("replicas", 1) != 1:
            raise ValueError("the harness starts one process a Deployment, so `replicas` must be 1")
        self._starts += 1
        token = self._kubelet.token(self.namespace, template.get("serviceAccountName") or "default")
        config = self._kubelet.group.folder / f"{self._log_name}.kubeconfig"
        self._kubelet.control_plane.kubeconfig(config, token)
        pod = {
            "metadata.name": f"{deployment['metadata']['name']}-{self._starts}",
            "metadata.namespace": self.namespace,
        }
        env = {
            "KUBECONFIG": str(config),
            "METRICS_ADDR": f"127.0.0.1:{free_port()}",
            **dict(_variable(entry, pod) for entry in template["containers"][0]["env"]),
        }
        with contextlib.suppress(PermissionError):
            ELECTION_STATE.unlink(missing_ok=True)
        argv = [self._kubelet.events, self.kind.lower()]
        self._process = self._kubelet.group.run(self._log_name, argv, env)
        self._credential = credential_of(token)


class Kubelet:
    """Watches the Deployments of all namespaces, by polling their metadata."""

    def __init__(
        self, api: Api, control_plane: ControlPlane, group: ProcessGroup, events: Path, audit: Audit
    ) -> None:
        self._api = api
        self.control_plane = control_plane
        self.group = group
        self.events = events
        self.audit = audit
        self._pods: dict[tuple[str, str, str], Pod] = {}
        self._forgotten: set[str] = set()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="kubelet", daemon=True)
        self._thread.start()

    def pods(self, namespace: str) -> list[Pod]:
        """One per Deployment of the namespace, sorted by name."""
        with self._lock:
            return sorted(
                (p for p in self._pods.values() if p.namespace == namespace), key=lambda pod: (pod.name, pod.kind)
            )

    def forget(self, namespace: str) -> None:
        """Kills the namespace's processes and never starts one there again."""
        with self._lock:
            self._forgotten.add(namespace)
            for key in [key for key in self._pods if key[0] == namespace]:
                self._pods.pop(key).kill()

    def token(self, namespace: str, account: str) -> str:
        """A token of the ServiceAccount; ApiError 404 if there is none, as a pod would not start either."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        spec = {"audiences": [], "expirationSeconds": TOKEN_SECONDS}
        answer = self._api.post(
            path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        )
        token: str = answer["status"]["token"]
        return token

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
        deployments = self._list("/apis/apps/v1/deployments", labelSelector=OURS)
        owners = {
            item["metadata"]["uid"]
            for plural in ("eventsources", "sensors")
            for item in self._list(f"/apis/argoproj.io/v1alpha1/{plural}")
        }
        with self._lock:
            wanted = {}
            for item in deployments:
                owner = item["metadata"]["ownerReferences"][0]
                if owner["uid"] not in owners:
                    self._api.delete(_path(item))
                elif item["metadata"]["namespace"] not in self._forgotten:
                    wanted[(item["metadata"]["namespace"], owner["kind"], owner["name"])] = item
            for key in [key for key in self._pods if key not in wanted]:
                self._pods.pop(key).end()
            for key, item in wanted.items():
                pod = self._pods.setdefault(key, Pod(self, *key))
                if pod.deployment is None or _version(pod.deployment) != _version(item):
                    pod.deploy(self._api.get(_path(item)))
            pods = list(self._pods.values())
        for pod in pods:
            pod.tend()

    def _list(self, path: str, **query: str) -> list[Manifest]:
        items: list[Manifest] | None = self._api.get(path, accept=METADATA_ONLY, **query)["items"]
        return items or []


def _path(item: Manifest) -> str:
    return f"/apis/apps/v1/namespaces/{item['metadata']['namespace']}/deployments/{item['metadata']['name']}"


def _version(item: Manifest) -> tuple[str, int]:
    """Changes when the Deployment is replaced or its spec edited."""
    return item["metadata"]["uid"], item["metadata"]["generation"]


def _variable(entry: dict[str, Any], pod: dict[str, str]) -> tuple[str, str]:
    source = entry.get("valueFrom")
    if source is None:
        return entry["name"], entry.get("value", "")
    if "fieldRef" not in source or source["fieldRef"]["fieldPath"] not in pod:
        raise ValueError(f"the harness cannot fill {entry['name']} from {source}")
    return entry["name"], pod[source["fieldRef"]["fieldPath"]]
