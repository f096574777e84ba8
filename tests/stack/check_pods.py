"""The pods of the WorkflowTemplate depgen-check: their command is really run, as a process with their account's token.

Not played: the image. `depgen` is this checkout's, and the pod's /tmp is a folder of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.stack.api import Manifest
from tests.stack.argoexec import Ran
from tests.stack.cluster import LocalStack
from tests.stack.namespace import Namespace

HOURS_OF_A_TOKEN = 1
TMP = "/tmp/"


@dataclass
class Account:
    """A ServiceAccount of a namespace, and what its processes come with."""

    local: LocalStack
    namespace: Namespace
    name: str = "depgen-check"

    @property
    def folder(self) -> Path:
        """Of its own, among the files of the stack."""
        path = self.local.group.folder / f"{self.namespace.name}-{self.name}"
        path.mkdir(exist_ok=True)
        return path

    def kubeconfig(self) -> Path:
        """One with a token of the account, in its namespace as in a pod."""
        path = self.namespace.path("ServiceAccount", self.name, "v1")
        spec = {"audiences": [], "expirationSeconds": HOURS_OF_A_TOKEN * 3600}
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        token = self.namespace.api.post(f"{path}/token", request)["status"]["token"]
        file = self.local.host.control_plane.kubeconfig(self.folder / "kubeconfig", token)
        config = json.loads(file.read_text())
        config["contexts"][0]["context"]["namespace"] = self.namespace.name
        file.write_text(json.dumps(config))
        return file

    def runs(self, pod: Manifest) -> Ran:
        """What the pod's main container comes to, with exactly its command and arguments."""
        (main,) = (c for c in pod["spec"]["containers"] if c["name"] == "main")
        template = json.loads(
            next(v["value"] for v in pod["spec"]["initContainers"][0]["env"] if v["name"] == "ARGO_TEMPLATE")
        )
        assert pod["spec"]["serviceAccountName"] == self.name
        with tempfile.TemporaryDirectory() as tmp:
            container = template["container"]
            argv = [text.replace(TMP, f"{tmp}/") for text in (*container["command"], *container["args"])]
            assert all(text in main["args"] + main["command"] for text in container["args"])
            code = self._process(argv)
            parameters = {}
            for parameter in template["outputs"]["parameters"]:
                file = Path(parameter["valueFrom"]["path"].replace(TMP, f"{tmp}/"))
                default = parameter["valueFrom"]["default"]
                parameters[parameter["name"]] = file.read_text() if file.is_file() else default
        return Ran(code, parameters)

    def _process(self, argv: list[str]) -> int:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        env = {"PATH": path, "KUBECONFIG": str(self.kubeconfig())}
        return subprocess.run(argv, env=env, capture_output=True, timeout=120, check=False).returncode
