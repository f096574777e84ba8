"""When an object is there or changes, to the millisecond: a watch on a namespace, read by a thread of its own.

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
from tests.stack.workflows import API_VERSION


class Arrivals:
    """The moments at which a namespace's objects of a kind were seen, from now on; `close` when done."""

    def __init__(
        self, stack: LocalStack, namespace: Namespace, kind: str = "Workflow", api_version: str = API_VERSION
    ) -> None:
        config = json.loads((stack.group.folder / "admin.kubeconfig").read_text(encoding="utf-8"))
        cluster, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
        address = urlsplit(cluster["server"])
        tls = ssl.create_default_context(cafile=cluster["certificate-authority"])
        self._connection = HTTPSConnection(address.hostname or "", address.port, context=tls)
        path = f"{namespace.path(kind, api_version=api_version)}?watch=true"
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        self._response = self._connection.getresponse()
        self._kind = kind
        self._seen: dict[str, list[float]] = {}
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, name: str, after: float = 0.0, seconds: float = 30) -> float:
        """When that object was first seen after a moment, as `time.perf_counter` tells it; waits for it."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._seen.get(name, [0.0])[-1] > after, seconds):
                raise TimeoutError(f"no {self._kind} {name} after {seconds:g} s")
            return next(moment for moment in self._seen[name] if moment > after)

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
                    self._seen.setdefault(name, []).append(now)
                    self._arrived.notify_all()
