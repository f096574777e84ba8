"""When a Workflow is there, to the millisecond: a watch on a namespace, read by a thread of its own.

Asking again and again would round the answer to the pause between two questions, and keep the API server busy with
them while it is measured.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from tests.stack.cluster import LocalStack
from tests.stack.namespace import Namespace


class Arrivals:
    """The moments at which a namespace's Workflows were first seen, from now on; `close` when done."""

    def __init__(self, stack: LocalStack, namespace: Namespace) -> None:
        config = json.loads((stack.group.folder / "admin.kubeconfig").read_text(encoding="utf-8"))
        cluster, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
        address = urlsplit(cluster["server"])
        tls = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self._connection = HTTPSConnection(address.hostname or "", address.port, context=tls)
        path = f"{namespace.path('Workflow')}?watch=true"
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        self._response = self._connection.getresponse()
        self._seen: dict[str, float] = {}
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, name: str, seconds: float = 30) -> float:
        """When that Workflow was first seen, as `time.perf_counter` tells it; waits for it."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: name in self._seen, seconds):
                raise TimeoutError(f"no Workflow {name} after {seconds:g} s")
            return self._seen[name]

    def close(self) -> None:
        """Ends the watch, and with it the thread."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _read(self) -> None:
        with suppress(HTTPException, OSError, ValueError, AttributeError):  # what `close` does to a read
            while line := self._response.readline():
                now = time.perf_counter()
                name = json.loads(line)["object"]["metadata"]["name"]
                with self._arrived:
                    self._seen.setdefault(name, now)
                    self._arrived.notify_all()
