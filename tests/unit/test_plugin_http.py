"""The plugin over real HTTP: what Argo's agent gets, what others get, and two hundred at once."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any, NamedTuple

import pytest

from depgen.cluster.api import WORKFLOWS
from depgen.plugin import app, serving
from depgen.plugin.app import MOST_BYTES, PATH, application
from depgen.plugin.judge import Judge
from tests.live import LiveCluster
from tests.plugins import FORM, NAMESPACE, body, workflow

TOKEN = "xkcdqwertyuiopasdfghjklzxcvbnm12"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
ASKERS = 200


class Answer(NamedTuple):
    """How a request was answered."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def node(self) -> dict[str, Any]:
        assert self.status == 200, self.text
        found: dict[str, Any] = json.loads(self.text)["node"]
        return found


class Plugin:
    """A plugin on a cluster in memory, and its log."""

    def __init__(self) -> None:
        self.cluster = LiveCluster(now=time.time())
        self.judge = Judge(self.cluster)
        self.log: list[str] = []
        self.listener = serving.listen("127.0.0.1", 0)
        self.port: int = self.listener.getsockname()[1]
        self.server = serving.server(application(TOKEN, self.judge.reply, self.log.append))
        self.thread = Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self.thread.start()

    def send(
        self,
        text: bytes | None,
        path: str = PATH,
        method: str = "POST",
        headers: Mapping[str, str] = HEADERS,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, text, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.headers))
        finally:
            connection.close()

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.listener.close()
        self.judge.close()
        self.cluster.cut()


@pytest.fixture
def plugin() -> Iterator[Plugin]:
    made = Plugin()
    yield made
    made.close()


def run(name: str, cron: str, seconds_ago: float, phase: str = "Succeeded") -> dict[str, Any]:
    return workflow(name, cron, time.time() - seconds_ago, phase)


def test_the_agent_gets_a_node_result(plugin: Plugin) -> None:
    plugin.cluster.add(WORKFLOWS, NAMESPACE, run("sales-1", "sales", 60))
    answer = plugin.send(body(FORM))
    assert answer.node["phase"] == "Succeeded"
    assert answer.headers["content-type"] == "application/json"
    (line,) = plugin.log
    assert line.startswith("data/nightly check: Succeeded: sales-1 ended Succeeded")


def test_a_template_of_another_plugin_is_left_to_it(plugin: Plugin) -> None:
    answer = plugin.send(body({"text": "hello"}, key="slack"))
    assert (answer.status, answer.text) == (200, "{}")


def test_a_mistake_in_a_template_is_an_answer_and_no_http_error(plugin: Plugin) -> None:
    answer = plugin.send(body({"targetWorkflow": "sales", "stauts": "done"}))
    assert answer.node["phase"] == "Error"
    assert 'did you mean "status"?' in answer.node["message"]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"bearer {TOKEN}",
        TOKEN,
        "Bearer \xfc",
    ],
)
def test_without_the_token_nothing_is_read(plugin: Plugin, authorization: str) -> None:
    answer = plugin.send(b"{", headers=HEADERS | {"Authorization": authorization})
    assert answer.status == 403
    assert TOKEN not in answer.text + "".join(plugin.log)
    assert plugin.cluster.requests == 0


@pytest.mark.parametrize(
    ("text", "path", "method", "headers", "status"),
    [
        (b"{", PATH, "POST", HEADERS, 400),
        (b"[" * 100_000, PATH, "POST", HEADERS, 400),
        (b"{}", PATH, "POST", HEADERS, 400),
        (b"{}", PATH, "POST", HEADERS | {"Content-Type": "text/plain"}, 415),
        (None, PATH, "GET", HEADERS, 405),
        (b"{}", "/api/v1/workflow.preOperate", "POST", HEADERS, 404),
        (b"{}", "/", "POST", HEADERS, 404),
        (None, "/healthz", "GET", {}, 200),
    ],
)
def test_what_is_no_request_of_an_agent_is_refused(
    plugin: Plugin, text: bytes | None, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    assert plugin.send(text, path, method, headers).status == status
    assert plugin.send(body(FORM)).node["phase"] == "Failed"  # and it goes on


def begin(plugin: Plugin, *lines: str) -> socket.socket:
    """A request to our path that has begun: its headers with the token, and these lines."""
    connection = socket.create_connection(("127.0.0.1", plugin.port), timeout=30)
    head = [f"POST {PATH} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in HEADERS.items())]
    connection.sendall("\r\n".join([*head, *lines]).encode())
    return connection


def test_a_body_that_is_said_to_be_too_large_is_not_read(plugin: Plugin) -> None:
    with begin(plugin, f"Content-Length: {MOST_BYTES + 1}", "", "") as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_bounded_too(plugin: Plugin) -> None:
    with begin(plugin, "Transfer-Encoding: chunked", "", "") as connection:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        try:
            for _ in range(MOST_BYTES // 0x10000 + 1):
                connection.sendall(chunk)
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
        except (BrokenPipeError, ConnectionResetError):
            """It did not wait for the end."""


def test_a_body_that_does_not_come_is_not_waited_for(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.2)
    with begin(plugin, "Content-Length: 10", "", "{") as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_headers_without_an_end_are_bounded(plugin: Plugin) -> None:
    with begin(plugin, "X-Long: " + "x" * 20_000) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_two_hundred_at_once_get_the_right_answers_for_a_few_requests(plugin: Plugin) -> None:
    """Half of them a yes, a quarter a no, a quarter are told to come again; all on connections of their own."""
    for number in range(ASKERS):
        failed = number % 4 == 1
        plugin.cluster.add(
            WORKFLOWS,
            NAMESPACE,
            run(f"cron{number}-1", f"cron{number}", 60, "Failed" if failed else "Succeeded"),
            run(f"cron{number}-0", f"cron{number}", 600, "Succeeded" if failed else "Failed"),
        )
    barrier = Barrier(ASKERS)

    def ask(number: int) -> tuple[str, str]:
        form: dict[str, str] = {"targetWorkflow": f"cronworkflow/cron{number}", "timeWindow": "2h"}
        if number % 4 == 3:
            form = {"targetWorkflow": f"cronworkflow/none{number}", "wait": "1h"}
        text = body(form, f"asker-{number}")
        barrier.wait(30)
        node = plugin.send(text).node
        found = {p["name"]: p["value"] for p in node.get("outputs", {}).get("parameters", [])}
        return node.get("phase", "later"), found.get("workflow", "")

    with ThreadPoolExecutor(ASKERS) as pool:
        answers = list(pool.map(ask, range(ASKERS)))
    expected = {
        0: ("Succeeded", "cron{}-1"),
        1: ("Failed", "cron{}-1"),
        2: ("Succeeded", "cron{}-1"),
        3: ("later", ""),
    }
    wanted = [(expected[n % 4][0], expected[n % 4][1].format(n)) for n in range(ASKERS)]
    assert answers == wanted
    assert len(plugin.log) == ASKERS
    # One list and one watch, and what the fifty that were a no share to be made sure of.
    assert plugin.cluster.watching == 1
    assert plugin.cluster.requests <= 12, plugin.cluster.requests
    assert TOKEN not in "".join(plugin.log)
