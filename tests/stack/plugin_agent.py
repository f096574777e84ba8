"""What Argo's agent does for `plugin` templates, with the plugin beside it that its pod asks for.

The pod that the controller makes is read and not run: our container's arguments go to a process, as the pod's own
ServiceAccount, and each task goes to it by way of the agent's own client. Which results are reported, and when a task is
asked for again, is as in the agent's source: argo-workflows v3.7.14, workflow/executor/agent.go.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stack.agent import may_be_agent
from tests.stack.api import Api, Manifest
from tests.stack.cluster import LocalStack
from tests.stack.namespace import Namespace
from tests.stack.processes import free_port

TOKEN = "kfjrueiwoqpalskdjfhgmznxbcvghtyu"
ACCOUNT = "agent"
PLUGIN = "depgen-executor-plugin"
POLL_SECONDS = 0.2


@dataclass
class Plugged:
    """A namespace with the plugin: `replies` are what it said, task by task."""

    namespace: Namespace
    local: LocalStack
    port: int
    replies: list[Manifest] = field(default_factory=list)
    log: Path = Path()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def call(self, calls: list[Manifest], token: str = TOKEN) -> list[Manifest]:
        """What `call` says of the plugin."""
        return call(self.local, self.address, calls, token)

    def pod(self, workflow: str) -> Manifest:
        """The agent's pod of a Workflow."""
        path = self.namespace.path("Pod", api_version="v1")

        def find() -> Manifest | None:
            pods = self.namespace.api.get(path, labelSelector=f"workflows.argoproj.io/workflow={workflow}")
            return next(iter(pods["items"]), None)

        return self.namespace.wait_for(find, 30, f"the agent's pod of {workflow}")


def call(local: LocalStack, address: str, calls: list[Manifest], token: str) -> list[Manifest]:
    """The agent's own client makes all calls at once; of each `reply`, or the `error` that Argo would show."""
    done = subprocess.run(
        [local.binaries.agent, address],
        input=json.dumps(calls),
        env={"TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: list[Manifest] = json.loads(done.stdout)
    return found


def install(namespace: Namespace, manifest: list[Manifest]) -> None:
    """Applies what `depgen plugin manifest` printed, and lets ServiceAccount `agent` be an agent's."""
    namespace.apply([*manifest, *may_be_agent(ACCOUNT, [])])


@contextmanager
def served(
    namespace: Namespace, local: LocalStack, folder: Path, server: str | None = None
) -> Iterator[Plugged]:
    """The plugin's process while this is open, with a token of the manifest's ServiceAccount; and how it ends."""
    path = namespace.path("ServiceAccount", PLUGIN, "v1")
    credential = namespace.api.post(f"{path}/token", {"spec": {}})["status"]["token"]
    config = local.control_plane.kubeconfig(folder / "plugin.kubeconfig", credential, server)
    token = folder / "token"
    token.write_text(TOKEN)
    made = Plugged(namespace, local, free_port())
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "generator")}
    words = ["plugin", "serve", "--port", made.port, "--token-file", token, "--kubeconfig", config]
    argv = [sys.executable, "-m", "depgen", *map(str, words)]
    process = local.group.run(f"{namespace.name}-plugin", argv, env)
    made.log = process.log
    try:
        namespace.wait_for(lambda: "listening" in made.log.read_text(), 30, "the plugin to listen")
        yield made
    finally:
        process.stop()
    assert process.exit_code == 0, made.log.read_text()


@contextmanager
def plugged(namespace: Namespace, local: LocalStack, folder: Path) -> Iterator[Plugged]:
    """The plugin's process and an agent for every Workflow of the namespace, while this is open."""
    is_over = threading.Event()
    with served(namespace, local, folder) as made, ThreadPoolExecutor(1) as pool:
        working = pool.submit(_work, made, is_over)
        try:
            yield made
        finally:
            is_over.set()
            working.result()


def _work(made: Plugged, is_over: threading.Event) -> None:
    namespace = made.namespace
    with closing(namespace.api.acting_as(f"system:serviceaccount:{namespace.name}:{ACCOUNT}")) as api:
        due: dict[str, float] = {}
        while not is_over.wait(POLL_SECONDS):
            for task_set in api.get(namespace.path("WorkflowTaskSet"))["items"]:
                _tend(made, api, task_set, due)


def _tend(made: Plugged, api: Api, task_set: Manifest, due: dict[str, float]) -> None:
    """Asks for what is due in a task set, and reports what came of it."""
    owner = task_set["metadata"]["ownerReferences"][0]
    metadata = {"name": owner["name"], "namespace": made.namespace.name, "uid": owner["uid"]}
    results = {}
    for node, template in (task_set["spec"].get("tasks") or {}).items():
        if time.monotonic() < due.get(node, 0.0):
            continue
        result, requeue = _executed(made, {"workflow": {"metadata": metadata}, "template": template})
        due[node] = time.monotonic() + requeue if requeue else float("inf")
        if result.get("phase"):
            results[node] = result
    if results:
        path = made.namespace.path("WorkflowTaskSet", task_set["metadata"]["name"])
        api.merge_patch(f"{path}/status", {"status": {"nodes": results}})


def _executed(made: Plugged, args: Manifest) -> tuple[Manifest, float]:
    """The node's result, and after how many seconds it is to be asked for again; 0 is never."""
    (found,) = made.call([args])
    if "error" in found:
        return {"phase": "Failed", "message": found["error"]}, 0.0
    reply: dict[str, Any] = found["reply"]
    made.replies.append(reply)
    if "node" not in reply:
        return {"phase": "Failed", "message": "no plugin executed the template"}, 0.0
    if reply["node"].get("phase") == "Succeeded":
        return reply["node"], 0.0
    return reply["node"], float(reply.get("requeue", "0s").removesuffix("s"))
