"""One request to a NATS server, as somebody with `nats` in a shell would make it.

Four lines of NATS's text protocol over TLS; a client library would be a dependency for a request now and then.
"""

from __future__ import annotations

import json
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

INBOX = "_INBOX.depgen.tests"
SECONDS = 10.0


class RefusedError(AssertionError):
    """JetStream's answer is an error; `code` is its `err_code`."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error))
        self.code: int = error["err_code"]


def request(url: str, certificate: Path, subject: str, payload: bytes = b"") -> dict[str, Any]:
    """The answer of JetStream, JSON; RefusedError if it refuses, OSError if the server does."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 4222
    with socket.create_connection((host, port), SECONDS) as plain:
        while not plain.recv(65536).endswith(b"\r\n"):  # INFO comes before TLS
            pass
        tls = ssl.create_default_context(cafile=certificate)
        with tls.wrap_socket(plain, server_hostname=host) as bus, bus.makefile("rb") as answers:
            options = json.dumps({"verbose": False, "pedantic": False, "tls_required": True})
            head = f"CONNECT {options}\r\nSUB {INBOX} 1\r\nPUB {subject} {INBOX} {len(payload)}\r\n"
            bus.sendall(head.encode() + payload + b"\r\n")
            while not (line := answers.readline()).startswith(b"MSG "):
                if not line or line.startswith(b"-ERR"):
                    raise OSError(f"the bus answered {line!r}")
                if line.startswith(b"PING"):
                    bus.sendall(b"PONG\r\n")
            answer: dict[str, Any] = json.loads(answers.read(int(line.split()[-1])))
    if "error" in answer:
        raise RefusedError(answer["error"])
    return answer
