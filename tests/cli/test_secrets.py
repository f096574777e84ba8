"""What a kubeconfig holds stays in it: no command tells a token, a password or a key, whatever goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import GRAPH, environment

SECRETS = ("s3cret-t0ken", "s3cret-passw0rd", "czNjcmV0LWtleQ")
HAND = ("--key", "20261121", "--why", "because")
COMMANDS = {
    "status": ("status", "graph.yaml"),
    "why": ("why", "report"),
    "fire": ("fire", "report", *HAND),
    "reconcile": ("reconcile", "graph.yaml"),
    "doctor": ("doctor", "graph.yaml"),
    "cron-missed": ("cron-missed", "graph.yaml"),
    "import": ("import",),
}


class Refusing(BaseHTTPRequestHandler):
    """Answers with the status in its server's `status`, in the words of a proxy that shows what it was asked."""

    def answer(self) -> None:
        server: Any = self.server
        server.authorizations.append(self.headers.get("Authorization", ""))
        told = f"<h1>{server.status}</h1><pre>{self.requestline}\n{self.headers}</pre>".encode()
        self.send_response(server.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the names are the base class's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The terminal is the test's."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    made.status, made.authorizations = 401, []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def depgen(tmp_path: Path) -> Callable[..., str]:
    """Runs a command in a process of its own, as loud as it can be; what it told on both streams."""
    (tmp_path / "graph.yaml").write_text(GRAPH)

    def command(kubeconfig: dict[str, Any], *arguments: str) -> str:
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(kubeconfig))
        done = subprocess.run(
            [sys.executable, "-m", "depgen", *arguments, "--kubeconfig", str(path)],
            cwd=tmp_path,
            env={**environment(), "DEPGEN_DEBUG": "1", "PYTHONWARNINGS": "default"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        return done.stdout + done.stderr

    return command


def kubeconfig(address: str, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": address}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


def assert_nothing_secret(told: str) -> None:
    assert told
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_token_is_not_told_when_the_server_refuses_it(
    depgen: Callable[..., str], server: Any, command: str
) -> None:
    address = f"http://127.0.0.1:{server.server_port}"
    told = depgen(kubeconfig(address, {"token": SECRETS[0]}), *COMMANDS[command])
    assert f"Bearer {SECRETS[0]}" in server.authorizations
    assert_nothing_secret(told)


@pytest.mark.parametrize("status", [200, 302, 403, 500])
def test_a_token_is_not_told_whatever_a_server_answers(
    depgen: Callable[..., str], server: Any, status: int
) -> None:
    server.status = status
    told = depgen(kubeconfig(f"http://127.0.0.1:{server.server_port}", {"token": SECRETS[0]}), "status")
    assert f"Bearer {SECRETS[0]}" in server.authorizations
    assert_nothing_secret(told)


USERS: dict[str, dict[str, Any]] = {
    "token": {"token": SECRETS[0]},
    "password": {"username": "ann", "password": SECRETS[1]},
    "key": {"client-certificate-data": "czNjcmV0LWtleQ==", "client-key-data": "czNjcmV0LWtleQ=="},
    "plugin": {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": ["-c", f"echo this is no JSON but {SECRETS[0]}"],
            "env": [{"name": "PASSWORD", "value": SECRETS[1]}],
            "interactiveMode": "Never",
        }
    },
    "token file": {"tokenFile": f"/nowhere/{os.getpid()}", "token": SECRETS[0]},
}


@pytest.mark.parametrize("user", USERS)
def test_a_credential_is_not_told_when_nobody_answers(depgen: Callable[..., str], user: str) -> None:
    assert_nothing_secret(depgen(kubeconfig("https://127.0.0.1:1", USERS[user]), "status"))


def test_a_password_in_an_address_is_not_told(depgen: Callable[..., str]) -> None:
    address = f"https://ann:{SECRETS[1]}@127.0.0.1:1"
    assert_nothing_secret(depgen(kubeconfig(address, {}), "status"))


def test_a_kubeconfig_that_cannot_be_read_is_not_quoted(depgen: Callable[..., str]) -> None:
    broken = kubeconfig("https://127.0.0.1:1", {"token": [SECRETS[0], {"x": SECRETS[1]}]})
    assert_nothing_secret(depgen(broken, "status"))
    assert_nothing_secret(depgen({"users": SECRETS, "contexts": f"{SECRETS[0]}"}, "status"))
