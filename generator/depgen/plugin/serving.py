"""The plugin's web server: where it listens, what it takes, how it ends.

What a newcomer gets wrong: in a pod the agent's `localhost` is ours too, so nothing outside of it need reach us. Ended by
SIGTERM it answers what it was asked already.
"""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from depgen.errors import InputError

MOST_HEADER_BYTES = 16 * 1024
MOST_AT_ONCE = 1000  # the rest is told to come again: 503, which the agent does
IDLE_SECONDS = 120
GRACE_SECONDS = 20


def read_token(path: Path) -> str:
    """The token that the agent's init container wrote; InputError if there is none."""
    try:
        token = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise InputError(f"cannot read the agent's token {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"cannot read the agent's token {path}: it is not text") from error
    if not token:
        raise InputError(f"the agent's token {path} is empty")
    return token


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; InputError if the address cannot be taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def server(application: Starlette) -> uvicorn.Server:
    """The server; `run(sockets=[...])` starts it, and ends when `should_exit` is set."""
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def serve(application: Starlette, listener: socket.socket) -> None:
    """Answers until SIGTERM or SIGINT; then what has begun is answered, and this returns."""
    # The server sends itself the signal again when it has ended; to end was all that was asked.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server(application).run(sockets=[listener])
