"""A reverse proxy in front of the API server, which can be told to answer in its place, to lose answers, or to say
when a request passes.

Components reach it through their kubeconfig like the API server itself, with the same certificate. It speaks
HTTP/1.1; a client that offers HTTP/2 does the same.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REASONS = {409: "Conflict", 429: "TooManyRequests", 500: "InternalError", 504: "Timeout"}
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Asked:
    """A request as it arrives; `account` is the name of the ServiceAccount whose token it brings."""

    method: str
    path: str
    account: str

    @property
    def is_watch(self) -> bool:
        return "watch=true" in self.path or "watch=1" in self.path

    @property
    def resource(self) -> str:
        """The plural of a namespaced resource, or nothing."""
        parts = urlsplit(self.path).path.split("/")
        after = parts.index("namespaces") + 2 if "namespaces" in parts else len(parts)
        return parts[after] if after < len(parts) else ""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one request.

    `status`: answered so, without asking the API server. `before`: called instead of asking it, and the connection
    ends. `after`: called when the API server has done what was asked and the client does not know yet; it never will,
    as with `loses_answer`.
    """

    status: int | None = None
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None
    loses_answer: bool = False


Script = Callable[[Asked], Trouble | None]


class Proxy:
    """Listens from now on; `script` decides what happens to each request (None: nothing)."""

    def __init__(self, upstream: str, certificate: Path, key: Path) -> None:
        self.upstream = urlsplit(upstream)
        self.trust = ssl.create_default_context(cafile=certificate)
        self.identity = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.identity.load_cert_chain(certificate, key)
        self.script: Script = lambda asked: None
        self.troubles = 0
        """Requests so far that something was done to."""
        proxy = self

        class Handler(_Handler):
            front = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.address = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="proxy", daemon=True)
        self._thread.start()

    def ask(self, asked: Asked) -> Trouble:
        trouble = self.script(asked)
        self.troubles += trouble is not None
        return trouble or Trouble()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    front: Proxy
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.request = self.front.identity.wrap_socket(self.request, server_side=True)
        super().setup()
        to = self.front.upstream
        self._upstream = http.client.HTTPSConnection(to.hostname or "", to.port, context=self.front.trust)

    def finish(self) -> None:
        self._upstream.close()
        with contextlib.suppress(OSError):
            super().finish()
        self.request.close()

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trouble = self.front.ask(Asked(self.command, self.path, _account(self.headers["Authorization"])))
        try:
            if trouble.status is not None:
                self._refuse(trouble.status)
            elif trouble.before is not None:
                trouble.before()
                self.close_connection = True
            else:
                self._relay(body, trouble)
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # one of both is away: the other sees its connection end

    def _relay(self, body: bytes, trouble: Trouble) -> None:
        answer = self._forward(body)
        if trouble.after is not None:
            trouble.after()
        if trouble.after is not None or trouble.loses_answer:
            self.close_connection = True
            answer.close()
        else:
            self._answer(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

    def _forward(self, body: bytes) -> http.client.HTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        headers["Accept-Encoding"] = "identity"
        self._upstream.request(self.command, self.path, body or None, headers)
        return self._upstream.getresponse()

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        length = answer.headers.get("Content-Length")
        if length is not None:
            self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(answer.read())
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while part := answer.read1(65536):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, status: int) -> None:
        reason = REASONS[status]
        told = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason}
        body = json.dumps({**told, "message": f"{reason}, says the test"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Requests are in the API server's audit log."""


def _account(authorization: str | None) -> str:
    """From a token of the TokenRequest API; the API server is the one who verifies it."""
    parts = (authorization or "").split(".")
    if len(parts) != 3:
        return ""
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    name: str = claims["kubernetes.io"]["serviceaccount"]["name"]
    return name
