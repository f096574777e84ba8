"""The process of one pod of a Deployment, and what a test may do to it.

It gets exactly the environment of the Deployment's container and a token of its ServiceAccount, so a verb that
the Role lacks is refused here as in a cluster. Not played: images, volumes, Secrets.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stack import in_pod
from tests.stack.api import Api, ApiError, Manifest
from tests.stack.audit import Audit, credential_of
from tests.stack.control_plane import ControlPlane
from tests.stack.logs import LogFile, LogLine
from tests.stack.processes import Process, ProcessGroup, free_port
from tests.stack.services import Watched, deployed_spec

CRASH_PAUSE_SECONDS = 1.0
TOKEN_SECONDS = 24 * 3600

# The election inside every service keeps its state here, whatever TMPDIR says. In a pod the file is the pod's
# own; here all share it, and a torn write of one would keep all others from starting.
ELECTION_STATE = Path("/tmp/graft.log")


@dataclass(frozen=True)
class Host:
    """What every pod of a stack needs: the API server, the processes' group and the program to run."""

    api: Api
    control_plane: ControlPlane
    group: ProcessGroup
    events: Path
    audit: Audit


class Pod:
    """One process of a Deployment; a `Service` to the tests. `index` tells the replicas of a Deployment apart."""

    def __init__(self, host: Host, namespace: str, kind: str, name: str, index: int = 0) -> None:
        self._host = host
        self.namespace = namespace
        self.kind = kind
        self.name = name
        self.deployment: Manifest | None = None
        self._process: Process | None = None
        self._credential = ""
        self._starts = 0
        self._index = index
        self._not_before = 0.0
        self._is_held = False
        self._is_paused = False
        self._refusal = "not started yet"
        self._lock = threading.RLock()
        self._log_name = f"{namespace}-{kind.lower()}-{name}" + (f"-{index}" if index else "")
        self.pod_name = ""
        self._log = LogFile(name, host.group.folder / f"{self._log_name}.log")
        self.metrics_address = ""
        """Where the process that runs now serves /metrics."""

    @property
    def problem(self) -> str | None:
        if self._process is None:
            return "killed by the test" if self._is_held else self._refusal
        return None if self._process.is_alive else f"ended with exit code {self._process.exit_code}"

    @property
    def is_held(self) -> bool:
        return self._is_held or self._is_paused

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
            self._not_before = time.monotonic() + CRASH_PAUSE_SECONDS
            if self._process is not None:
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

    @property
    def pid(self) -> int:
        return self._running().pid

    def spec(self) -> Manifest:
        return {} if self.deployment is None else deployed_spec(self.deployment)

    def lines(self) -> list[LogLine]:
        return self._log.lines()

    def current_lines(self) -> list[LogLine]:
        with self._lock:
            return [] if self._process is None else self._log.lines(self._process.log_start)

    def watches(self) -> Counter[Watched]:
        """How often the process that runs now began to watch each resource."""
        mine = [r for r in self._host.audit.requests() if r.credential == self._credential]
        return Counter((r.group, r.resource, r.namespace) for r in mine if r.verb == "watch" and r.code < 400)

    def _running(self) -> Process:
        if self._process is None:
            raise AssertionError(f"{self.kind} {self.name} does not run: {self.problem}")
        return self._process

    def _run(self, deployment: Manifest) -> None:
        template = deployment["spec"]["template"]["spec"]
        self._starts += 1
        token = _token(self._host.api, self.namespace, template.get("serviceAccountName") or "default")
        config = self._host.group.folder / f"{self._log_name}.kubeconfig"
        self._host.control_plane.kubeconfig(config, token)
        self.pod_name = f"{deployment['metadata']['name']}-{self._index}-{self._starts}"
        pod = {"metadata.name": self.pod_name, "metadata.namespace": self.namespace}
        self.metrics_address = f"127.0.0.1:{free_port()}"
        env = {
            "KUBECONFIG": str(config),
            "METRICS_ADDR": self.metrics_address,
            **dict(_variable(entry, pod) for entry in template["containers"][0]["env"]),
        }
        with contextlib.suppress(PermissionError):
            ELECTION_STATE.unlink(missing_ok=True)
        argv: list[str | Path] = [self._host.events, self.kind.lower()]
        if env.get("LEADER_ELECTION") == "k8s":
            folder = self._host.group.folder / f"{self._log_name}.account"
            env |= in_pod.prepare(folder, self._host.control_plane, token, self.namespace)
            argv = in_pod.within(folder, *argv)
        self._process = self._host.group.run(self._log_name, argv, env)
        self._credential = credential_of(token)


def _token(api: Api, namespace: str, account: str) -> str:
    """A token of the ServiceAccount; ApiError 404 if there is none, as a pod would not start either."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    spec = {"audiences": [], "expirationSeconds": TOKEN_SECONDS}
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    token: str = api.post(path, request)["status"]["token"]
    return token


def _variable(entry: dict[str, Any], pod: dict[str, str]) -> tuple[str, str]:
    source = entry.get("valueFrom")
    if source is None:
        return entry["name"], entry.get("value", "")
    if "fieldRef" not in source or source["fieldRef"]["fieldPath"] not in pod:
        raise ValueError(f"the harness cannot fill {entry['name']} from {source}")
    return entry["name"], pod[source["fieldRef"]["fieldPath"]]
