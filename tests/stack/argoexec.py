"""What a kubelet and Argo's `argoexec` do with the pods of Workflows: each ends, and says what came of it.

Nothing in the pods is run, unless a test brings something that does (`runs`). The controller sees what it would see of a real one: a WorkflowTaskResult with the template's
outputs, then a pod whose containers have terminated, or one that its deadline has ended.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.stack import workflows
from tests.stack.api import ApiError, Manifest
from tests.stack.namespace import Namespace

POLL_SECONDS = 0.2
RUNS_ON = None
"""An exit code that never comes: the container runs until its deadline."""
KILLED = 137


class Ran(NamedTuple):
    """How a container ended, and the output parameters that were read from its files, whatever the exit code was."""

    code: int
    parameters: Mapping[str, str]


@dataclass
class Pods:
    """How the pods of a namespace end, and those that have.

    `exits`: by template, the exit codes of its pods one after another; after those, and of others, 0. `outputs`: by
    template and parameter, what a container writes into the parameter's file; `-` unless told.
    """

    exits: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    runs: Mapping[str, Callable[[Manifest], Ran]] = field(default_factory=dict)
    """By template, what really runs the container of a pod."""
    ended: list[tuple[str, str]] = field(default_factory=list)
    """The Workflow and the template of each pod that has ended, in that order."""
    templates: dict[str, Manifest] = field(default_factory=dict)
    """The template of each pod as its container is given it, all parameters filled in; by pod."""

    def exit_code(self, template: str) -> int | None:
        """Of the pod that is next to end."""
        count = sum(name == template for _, name in self.ended)
        codes = self.exits.get(template, ())
        return codes[count] if count < len(codes) else 0


@contextmanager
def pods_end(namespace: Namespace, pods: Pods) -> Iterator[Pods]:
    """Ends every pod of the namespace's Workflows while this is open."""
    is_over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(_work, namespace, pods, is_over)
        try:
            yield pods
        finally:
            is_over.set()
            working.result()


def _work(namespace: Namespace, pods: Pods, is_over: threading.Event) -> None:
    path = namespace.path("Pod", api_version="v1")
    while not is_over.wait(POLL_SECONDS):
        for pod in namespace.api.get(path, labelSelector=f"{workflows.LABEL}workflow")["items"]:
            if pod["status"].get("phase") in ("Pending", "Running"):
                try:
                    _tend(namespace, pods, pod)
                except ApiError as error:
                    if error.status not in (404, 409):  # deleted meanwhile: by the controller, or by a retry
                        raise


def _tend(namespace: Namespace, pods: Pods, pod: Manifest) -> None:
    template = _template(pod)
    pods.templates[pod["metadata"]["name"]] = template
    if template["name"] in pods.runs:
        ran = pods.runs[template["name"]](pod)
        _report(namespace, pod, _outputs(ran.parameters, template))
        phase = "Failed" if ran.code else "Succeeded"
        _end(namespace, pod, {"phase": phase}, ran.code, datetime.now(UTC))
        pods.ended.append((pod["metadata"]["labels"][f"{workflows.LABEL}workflow"], template["name"]))
        return
    code, now = pods.exit_code(template["name"]), datetime.now(UTC)
    if code is RUNS_ON and not _is_late(pod, now):
        if pod["status"]["phase"] == "Pending":
            namespace.api.merge_patch(_status_of(namespace, pod), {"status": {"phase": "Running"}})
        return
    if code is RUNS_ON:
        _report(namespace, pod, {})
        _end(namespace, pod, {"phase": "Failed", "reason": "DeadlineExceeded"}, KILLED, now)
    else:
        _report(
            namespace, pod, _outputs(pods.outputs.get(template["name"], {}), template) if code == 0 else {}
        )
        _end(namespace, pod, {"phase": "Failed" if code else "Succeeded"}, code, now)
    pods.ended.append((pod["metadata"]["labels"][f"{workflows.LABEL}workflow"], template["name"]))


def _is_late(pod: Manifest, now: datetime) -> bool:
    deadline = pod["spec"].get("activeDeadlineSeconds")
    began = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    return deadline is not None and now >= began + timedelta(seconds=deadline)


def _status_of(namespace: Namespace, pod: Manifest) -> str:
    return namespace.path("Pod", f"{pod['metadata']['name']}/status", "v1")


def _template(pod: Manifest) -> Manifest:
    template: Manifest = json.loads(_variable(pod, "ARGO_TEMPLATE"))
    return template


def _variable(pod: Manifest, name: str) -> str:
    values = {v["name"]: v.get("value", "") for v in pod["spec"]["initContainers"][0]["env"]}
    return str(values[name])


def _outputs(told: Mapping[str, str], template: Manifest) -> Manifest:
    """The template's outputs, with a value for each parameter that is read from a file."""
    outputs: Manifest = dict(template.get("outputs") or {})
    if "parameters" in outputs:
        outputs["parameters"] = [{**p, "value": told.get(p["name"], "-")} for p in outputs["parameters"]]
    return outputs


def _report(namespace: Namespace, pod: Manifest, outputs: Manifest) -> None:
    """The WorkflowTaskResult of the pod's node, complete."""
    labels = {
        f"{workflows.LABEL}workflow": pod["metadata"]["labels"][f"{workflows.LABEL}workflow"],
        f"{workflows.LABEL}report-outputs-completed": "true",
    }
    result = {
        "apiVersion": workflows.API_VERSION,
        "kind": "WorkflowTaskResult",
        "metadata": {"name": _variable(pod, "ARGO_NODE_ID"), "labels": labels},
        **({"outputs": outputs} if outputs else {}),
    }
    namespace.apply([result])


def _end(namespace: Namespace, pod: Manifest, status: Manifest, code: int, now: datetime) -> None:
    at = workflows.timestamp(now)
    exits = {"main": code, "wait": 0}
    containers = [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": {
                "terminated": {"exitCode": exits.get(container["name"], 0), "finishedAt": at, "startedAt": at}
            },
        }
        for container in pod["spec"]["containers"]
    ]
    told = {"status": {**status, "startTime": at, "containerStatuses": containers}}
    namespace.api.merge_patch(_status_of(namespace, pod), told)
