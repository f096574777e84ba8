"""The stack of one pytest run: every component a process on loopback, gone when the run ends.

`start` takes a few seconds. What it starts: etcd, kube-apiserver, nats-server, the Argo Events controller,
the Argo Workflows controller, and the kubelet of the harness, which then starts the EventSources' and
Sensors' services.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from tests.stack.api import Api, Manifest
from tests.stack.audit import Audit, Request
from tests.stack.build import Binaries
from tests.stack.bus import Bus, Consumer
from tests.stack.control_plane import ControlPlane
from tests.stack.kubelet import Kubelet
from tests.stack.pod import Host, Pod
from tests.stack.processes import Process, ProcessGroup
from tests.stack.replicas import Replicas

CONTROLLERS = "argo"
CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
START_SECONDS = 60.0


class LocalStack:
    """A `Stack` of our own; its parts are open to tests that break them: `bus`, `control_plane`, the controllers."""

    def __init__(self, binaries: Binaries) -> None:
        self.binaries = binaries
        self.group = ProcessGroup()
        try:
            self._start()
        except BaseException:
            self.group.close()
            raise

    @property
    def bus_spec(self) -> dict[str, Any]:
        return self.bus.spec

    def services(self, namespace: str) -> Sequence[Pod | Replicas]:
        return self.kubelet.pods(namespace)

    def consumers(self) -> Mapping[str, Consumer]:
        return self.bus.consumers()

    def requests(self) -> list[Request]:
        return self._audit.requests()

    def remove(self, namespace: str) -> None:
        """The namespace itself stays: without a controller manager nothing would finish its deletion."""
        for kind in ("Sensor", "EventSource", "CronWorkflow"):
            self.api.delete(self.api.path("argoproj.io/v1alpha1", kind, namespace))
        self.kubelet.forget(namespace)
        for version, kind in (
            ("apps/v1", "Deployment"),
            ("argoproj.io/v1alpha1", "Workflow"),
            ("v1", "ConfigMap"),
        ):
            self.api.delete(self.api.path(version, kind, namespace))

    def close(self) -> None:
        """Ends every process and removes the folder."""
        try:
            self.kubelet.close()
            self.api.close()
        finally:
            self.group.close()

    def argo_events_lint(self, *paths: Path) -> subprocess.CompletedProcess[str]:
        """Runs the real `argo-events lint --strict`; it exits 1 and says why if it refuses a file."""
        argv: list[str | Path] = [self.binaries.events, "lint", "--strict", *paths]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    def argo(self, verb: str, namespace: str, name: str) -> str:
        """Does to a Workflow what `argo VERB NAME` does, and returns what it prints; CalledProcessError if it refuses."""
        argv: list[str | Path] = [self.binaries.workflows, verb, namespace, name]
        env = {"KUBECONFIG": str(self._admin)}
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.strip()

    def log(self, name: str) -> Path:
        """The log of a component: etcd, apiserver, nats, events-controller, workflows-controller."""
        return self.group.folder / f"{name}.log"

    def _start(self) -> None:
        self.control_plane = control_plane = ControlPlane(self.group, self.binaries.kube)
        self.bus = Bus(self.group, self.binaries.nats, control_plane.certificate, control_plane.key)
        self._audit = Audit(control_plane.audit_log)
        self.api = Api(control_plane.login())
        control_plane.wait(self.api, START_SECONDS)
        self.bus.wait(START_SECONDS)
        self._install_crds()
        self._configure_workflows_controller()
        self._admin = control_plane.kubeconfig(self.group.folder / "admin.kubeconfig")
        self.events_controller = self._run_events_controller()
        self.workflows_controller = self._run_workflows_controller()
        self.host = Host(self.api, control_plane, self.group, self.binaries.events, self._audit)
        self.kubelet = Kubelet(self.host)

    def revive(self) -> None:
        """Starts the controllers again that have ended, as one does whose lease ran out during an outage."""
        if not self.events_controller.is_alive:
            self.events_controller = self._run_events_controller()
        if not self.workflows_controller.is_alive:
            self.workflows_controller = self._run_workflows_controller()

    def _run_events_controller(self) -> Process:
        env = {"KUBECONFIG": str(self._admin)}
        return self.group.run("events-controller", [self.binaries.events, "controller"], env)

    def _run_workflows_controller(self) -> Process:
        env = {
            "KUBECONFIG": str(self._admin),
            "ARGO_NAMESPACE": CONTROLLERS,
            "ARGO_EXECUTOR_PLUGINS": "true",
            "DEFAULT_REQUEUE_TIME": "500ms",  # else a pod that ends is looked at ten seconds later
        }
        return self.group.run("workflows-controller", [self.binaries.workflows], env)

    def _configure_workflows_controller(self) -> None:
        self.api.post("/api/v1/namespaces", {"metadata": {"name": CONTROLLERS}})
        config = {"metadata": {"name": "workflow-controller-configmap"}, "data": {}}
        self.api.post(f"/api/v1/namespaces/{CONTROLLERS}/configmaps", config)

    def _install_crds(self) -> None:
        names = []
        for file in self.binaries.crds:
            crd = yaml.safe_load(file.read_text())
            names.append(crd["metadata"]["name"])
            self.api.post(CRD_PATH, crd)
        end = time.monotonic() + START_SECONDS
        while not all(_is_served(self.api.get(f"{CRD_PATH}/{name}")) for name in names):
            if time.monotonic() > end:
                raise TimeoutError(f"the API server does not serve {names}")
            time.sleep(0.1)


def _is_served(crd: Manifest) -> bool:
    conditions = crd.get("status", {}).get("conditions") or []  # null for a moment
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
