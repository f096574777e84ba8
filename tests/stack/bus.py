"""The one nats-server of a stack: JetStream over TLS, and a monitoring port that tells what is left to do.

Every EventBus of the stack is this server and so the one stream `default`: EventSources and Sensors of all
namespaces meet there, and only names that nobody else uses keep tests apart.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stack.processes import Process, ProcessGroup, free_port

STREAM_CONFIG = """maxMsgs: -1
maxAge: 168h
maxBytes: -1
replicas: 1
duplicates: 300s
retention: 0
discard: 0
"""
# A machine whose disk is busy lets the server wait for many seconds.
ANSWER_SECONDS = 60.0
RELOAD_SECONDS = 60.0


@dataclass(frozen=True)
class Consumer:
    """The queue of one trigger and dependency of a Sensor; `waiting` counts the pulls open right now.

    One that is deleted and made again has another `created`.
    """

    name: str
    pending: int
    unacknowledged: int
    waiting: int
    created: str = ""

    @property
    def is_idle(self) -> bool:
        return self.pending == 0 and self.unacknowledged == 0


class Bus:
    """The server; it keeps its port and its store when it is killed and started again."""

    def __init__(
        self,
        group: ProcessGroup,
        nats: Path,
        certificate: Path,
        key: Path,
        *,
        name: str = "nats",
        max_payload: int = 4 * 1024 * 1024,
    ) -> None:
        self._group = group
        self._nats = nats
        self._name = name
        self._port, self._monitor = free_port(), free_port()
        self.certificate = certificate
        self._config = group.folder / f"{name}.json"
        self._settings: dict[str, Any] = {
            "listen": f"127.0.0.1:{self._port}",
            "http": f"127.0.0.1:{self._monitor}",
            "max_payload": max_payload,
            "jetstream": {
                "store_dir": str(group.folder / f"{name}-jetstream"),
                "max_file_store": 2 * 1024**3,
                "max_memory_store": 256 * 1024**2,
            },
            "tls": {"cert_file": str(certificate), "key_file": str(key)},
        }
        self._redirected: dict[str, str] = {}
        self._lock = threading.Lock()
        self._config.write_text(json.dumps(self._settings))
        self.process: Process = self._run()

    @property
    def spec(self) -> dict[str, Any]:
        """Of an EventBus that means this server."""
        return {"jetstreamExotic": {"url": self.url, "streamConfig": STREAM_CONFIG}}

    @property
    def url(self) -> str:
        """Where clients connect, with TLS."""
        return f"nats://127.0.0.1:{self._port}"

    def start(self) -> None:
        """After `process.kill()` or `process.stop()`: the same server again."""
        self.process = self._run()
        self.wait(60)

    def wait(self, seconds: float) -> None:
        """Returns when the server answers."""
        end = time.monotonic() + seconds
        while True:
            try:
                self.told("/healthz")
                return
            except OSError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)

    def consumers(self) -> Mapping[str, Consumer]:
        """All durable consumers of the stream `default`, by name."""
        found = {}
        for account in self.told("/jsz?accounts=1&streams=1&consumers=1").get("account_details") or []:
            for stream in account.get("stream_detail") or []:
                for detail in stream.get("consumer_detail") or []:
                    if stream["name"] == "default":
                        found[detail["name"]] = _consumer(detail)
        return found

    def redirect(self, subjects: Mapping[str, str | None]) -> None:
        """From now on what clients publish on a subject is put on the other one; None ends that.

        The server does it ("mappings"), so that the publisher has its acknowledgement and its connection.
        """
        with self._lock:
            for subject, target in subjects.items():
                self._redirected.pop(subject, None)
                if target is not None:
                    self._redirected[subject] = target
            self._config.write_text(json.dumps({**self._settings, "mappings": self._redirected}))
            before = self._loaded()
            self.process.reload()
            end = time.monotonic() + RELOAD_SECONDS
            while self._loaded() == before:
                if time.monotonic() > end:
                    raise TimeoutError("the bus does not read its configuration again")
                time.sleep(0.02)

    def told(self, path: str) -> Any:
        """What the server says on its monitoring port."""
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self._monitor}{path}", timeout=ANSWER_SECONDS
        ) as answer:
            return json.load(answer)

    def _loaded(self) -> str:
        """When the server read its configuration."""
        return str(self.told("/varz")["config_load_time"])

    def _run(self) -> Process:
        return self._group.run(self._name, [self._nats, "-c", self._config], {})


def _consumer(detail: dict[str, Any]) -> Consumer:
    counts = detail["num_pending"], detail["num_ack_pending"], detail["num_waiting"]
    return Consumer(detail["name"], *counts, detail["created"])
