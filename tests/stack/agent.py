"""What Argo's agent does for `http` templates: reads a WorkflowTaskSet, makes its calls, reports what came of them.

The real one is a pod of `argoexec`, which needs a kubelet. This one asks the API server for the same things as the
same ServiceAccount, so a Role that is enough for it is enough for the real one.
"""

from __future__ import annotations

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.stack import workflows
from tests.stack.api import Api, Manifest
from tests.stack.namespace import Namespace

POLL_SECONDS = 0.2


class Receiver:
    """An HTTP server on loopback that keeps what it is sent, and answers with the next of `statuses`, then with 200."""

    def __init__(self, statuses: list[int]) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((self.path, dict(self.headers), json.loads(text)))
                self.send_response(statuses.pop(0) if statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing: the test tells what was wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """A receiver while this is open."""
    receiver = Receiver(list(statuses))
    try:
        yield receiver
    finally:
        receiver.close()


@contextmanager
def agent(namespace: Namespace, account: str) -> Iterator[None]:
    """Makes the calls of every WorkflowTaskSet of the namespace while this is open, as that ServiceAccount."""
    is_over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(_work, namespace, account, is_over)
        try:
            yield
        finally:
            is_over.set()
            working.result()


def _work(namespace: Namespace, account: str, is_over: threading.Event) -> None:
    with closing(namespace.api.acting_as(f"system:serviceaccount:{namespace.name}:{account}")) as api:
        _work_as(api, namespace, is_over)


def _work_as(api: Api, namespace: Namespace, is_over: threading.Event) -> None:
    sets = namespace.path("WorkflowTaskSet")
    considered: set[str] = set()
    while not is_over.wait(POLL_SECONDS):
        for task_set in api.get(sets)["items"]:
            results = {}
            for node, template in (task_set["spec"].get("tasks") or {}).items():
                if node not in considered:
                    considered.add(node)
                    results[node] = _call(template["http"], lambda name: api.get(_secret(namespace, name)))
            if results:
                path = f"{sets}/{task_set['metadata']['name']}/status"
                api.merge_patch(path, {"status": {"nodes": results}})


def _secret(namespace: Namespace, name: str) -> str:
    return namespace.path("Secret", name, "v1")


def _call(http: Manifest, secret: Any) -> Manifest:
    request = urllib.request.Request(http["url"], http["body"].encode(), method=http["method"])
    for header in http["headers"]:
        value = header.get("value", "")
        if "valueFrom" in header:
            reference = header["valueFrom"]["secretKeyRef"]
            value = base64.b64decode(secret(reference["name"])["data"][reference["key"]]).decode()
        request.add_header(header["name"], value)
    try:
        with urllib.request.urlopen(request, timeout=http["timeoutSeconds"]):
            return {"phase": "Succeeded"}
    except urllib.error.HTTPError as error:
        with error:
            return {"phase": "Failed", "message": f"received non-2xx response code: {error.code}"}


def may_be_agent(account: str, secrets: list[str]) -> list[Manifest]:
    """A ServiceAccount with the Role of docs/language.md, "A webhook"."""
    rules = [
        {"apiGroups": ["argoproj.io"], "resources": ["workflowtasksets"], "verbs": ["list", "watch"]},
        {"apiGroups": ["argoproj.io"], "resources": ["workflowtasksets/status"], "verbs": ["patch"]},
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": secrets, "verbs": ["get"]},
    ]
    rbac = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": account}, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": account},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": account},
            "subjects": [{"kind": "ServiceAccount", "name": account}],
        },
    ]


def ended(namespace: Namespace, name: str) -> Manifest | None:
    """A Workflow that has ended."""
    found: Manifest | None = namespace.api.find(namespace.path("Workflow", name))
    return (
        found if found and found["metadata"]["labels"].get(f"{workflows.LABEL}completed") == "true" else None
    )
