"""A small server for the page on one's own machine: it reads, and there is nothing that it could write.

What a newcomer gets wrong: that it listens on the loopback alone does not keep other sites out. A page of theirs can
have a name that leads to 127.0.0.1, and would then be read as if it were ours; so a request has to name us as we are
called, or is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from threading import Lock
from typing import Any

from depgen.cluster.api import ClusterError
from depgen.errors import InputError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# However many pages are open, the cluster is asked once in so many seconds.
KEPT_SECONDS = 3.0
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
}


@dataclass
class Kept:
    """An answer that is made anew when it is older than `seconds`; of several askers one makes it."""

    make: Callable[[], str]
    seconds: float = KEPT_SECONDS
    clock: Callable[[], float] = time.monotonic
    _text: str = ""
    _until: float = float("-inf")
    _lock: Lock = field(default_factory=Lock)

    def __call__(self) -> str:
        with self._lock:
            if self.clock() >= self._until:
                self._text = self.make()
                self._until = self.clock() + self.seconds
            return self._text


@dataclass(frozen=True)
class Site:
    """What is served: the page, and what has changed since. Both may raise ClusterError."""

    page: Callable[[], str]
    live: Callable[[], str]


@contextmanager
def listening(site: Site, host: str, port: int) -> Iterator[ThreadingHTTPServer]:
    """A server that listens; `serve_forever()` answers. InputError if the address cannot be taken."""
    try:
        server = _server(host)((host, port), _handler(site, host))
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    try:
        yield server
    finally:
        server.server_close()


def address(server: ThreadingHTTPServer) -> str:
    """Where the page is."""
    host, port = str(server.server_address[0]), server.server_address[1]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _server(host: str) -> type[ThreadingHTTPServer]:
    class Server(ThreadingHTTPServer):
        address_family = AF_INET6 if ":" in host else AF_INET
        daemon_threads = True

    return Server


def _handler(site: Site, host: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "depgen", ""
        timeout = 30

        def do_GET(self) -> None:
            self._answer(*self._found())

        do_HEAD = do_GET  # noqa: N815

        def _refuse(self) -> None:
            self.close_connection = True  # a body that may follow is not read
            text = "this server is read only"
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", text, {"Allow": "GET, HEAD"})

        do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

        def _found(self) -> tuple[HTTPStatus, str, str]:
            if not _is_ours(self.headers.get("Host", ""), host, self.connection.getsockname()[1]):
                return HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "this is not the server of that name"
            pages = {"/": ("text/html", site.page), "/live.json": ("application/json", site.live)}
            kind, make = pages.get(self.path.partition("?")[0], ("text/plain", None))
            if make is None:
                return HTTPStatus.NOT_FOUND, kind, "there is / and /live.json"
            try:
                return HTTPStatus.OK, kind, make()
            except ClusterError as error:
                return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", str(error)

        def _answer(
            self, status: HTTPStatus, kind: str, text: str, more: dict[str, str] | None = None
        ) -> None:
            body = text.encode()
            self.send_response(status)
            headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))}
            for name, value in {**headers, **_HEADERS, **(more or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
            """Requests are not told: the terminal is for what goes wrong."""

    return Handler


def _is_ours(given: str, host: str, port: int) -> bool:
    """Whether a Host header names this server, or the loopback, by the port it has."""
    names = {host, *LOOPBACK}
    written = {f"[{name}]" if ":" in name else name for name in names}
    return given.lower() in {f"{name}:{port}" for name in written}
