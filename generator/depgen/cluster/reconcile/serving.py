"""The sweeper's web server: `/metrics` for Prometheus, `/healthz` for the kubelet. It takes no other request."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from depgen.cluster.api import ClusterError


def serve(
    host: str, port: int, metrics: Callable[[], tuple[str, bytes]], is_alive: Callable[[], bool]
) -> ThreadingHTTPServer:
    """Serve from a thread that ends with the process. `metrics` gives the content type and the text.

    ClusterError if the address cannot be taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, *metrics())
            elif self.path == "/healthz":
                status = HTTPStatus.OK if is_alive() else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "text/plain", f"{status.phrase}\n".encode())
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics or /healthz\n")

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing: a scrape every few seconds is no news."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise ClusterError(f"cannot serve metrics on {host}:{port}: {error.strerror}") from error
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
