"""The client against a server that answers what a test tells it to: what is tried again, and what is said."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from depgen.cluster import client
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, ClusterError, Object
from depgen.cluster.remote import KubernetesCluster

TOKEN = "s3cret-t0ken"


class Say(NamedTuple):
    """One answer. `lines` come one by one, as a watch's do; `then` is "reset" or "hang", instead of an end."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = {}
    lines: Sequence[Any] = ()
    then: str = ""


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


class Script(ThreadingHTTPServer):
    """Gives its answers in order; `asked` is what it was asked, `pauses` how long the client waited in between."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answers: Sequence[Say]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.pauses: list[float] = []
        self.released = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Script

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.server.asked.append(Asked(self.command, url.path, query, body, dict(self.headers)))
        say = self.server.answers.pop(0)
        if say.then == "hang" and not say.lines:
            self.server.released.wait(10)
        elif say.then == "reset" and not say.lines:
            self._reset()
        elif say.lines:
            self._stream(say)
        else:
            self._answer(say)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 (the library's names)

    def _answer(self, say: Say) -> None:
        text = say.body if isinstance(say.body, bytes) else json.dumps(say.body).encode()
        self.send_response_only(say.status)
        for name, value in {**say.headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def _stream(self, say: Say) -> None:
        self.send_response_only(say.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in say.lines:
            text = json.dumps(line).encode() + b"\n"
            half = len(text) // 2
            for part in (text[:half], text[half:]):
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                self.wfile.flush()
        if say.then == "reset":
            self.close_connection = True  # in the midst of it: the last chunk is missing
        elif say.then == "hang":
            self.server.released.wait(10)
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, for no time: close() sends a reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.wfile.close()
        self.connection.close()


Serve = Callable[..., tuple[KubernetesCluster, Script]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """`cluster, server = serve(Say(...), ...)`; no pause takes time, a timeout 0.3 seconds."""
    servers: list[Script] = []

    def start(*answers: Say) -> tuple[KubernetesCluster, Script]:
        server = Script(answers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        path = kubeconfig(tmp_path, f"http://127.0.0.1:{server.server_port}")
        return client.connect(str(path), timeout=0.3, sleep=server.pauses.append), server

    yield start
    for server in servers:
        server.released.set()
        server.shutdown()
        server.server_close()


def kubeconfig(folder: Path, server: str, **user: str) -> Path:
    path = folder / "kubeconfig"
    config = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": TOKEN, **user}}],
        "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "prod",
    }
    path.write_text(json.dumps(config))
    return path


def page(*names: str, more: str = "", version: str = "7") -> Say:
    items = [thing(name) for name in names]
    return Say(body={"metadata": {"resourceVersion": version, "continue": more}, "items": items})


def thing(name: str, version: str = "1", uid: str = "") -> Object:
    return {"metadata": {"name": name, "uid": uid or f"uid-{name}", "resourceVersion": version}}


def event(kind: str, name: str, version: str, uid: str = "") -> Object:
    return {"type": kind, "object": {"apiVersion": "v1", "kind": "ConfigMap", **thing(name, version, uid)}}


def status(code: int, reason: str, message: str = "") -> Say:
    return Say(code, {"kind": "Status", "status": "Failure", "reason": reason, "message": message})


GONE = status(410, "Expired", "The provided continue parameter is too old")
EXISTS = status(409, "AlreadyExists", 'configmaps "a" already exists')
BODY = {"metadata": {"name": "a"}}


def listed(cluster: KubernetesCluster) -> list[str]:
    return [found["metadata"]["name"] for found in cluster.list(CONFIG_MAPS, "data", "graph=etl")]


def changes(cluster: KubernetesCluster, count: int) -> list[tuple[str, str]]:
    seen = []
    with closing(cluster.watch(CONFIG_MAPS, "data", timeout=5)) as watch:
        for _ in range(count):
            change = next(watch)
            seen.append((change.type, change.object["metadata"]["name"]))
    return seen


@contextmanager
def closing(iterator: Any) -> Iterator[Any]:
    try:
        yield iterator
    finally:
        iterator.close()


# -- lists


def test_a_list_goes_from_page_to_page_with_the_token_of_the_user(serve: Serve) -> None:
    cluster, server = serve(page("a", "b", more="next"), page("c"))
    assert listed(cluster) == ["a", "b", "c"]
    assert [asked.query for asked in server.asked] == [
        {"labelSelector": "graph=etl", "limit": "500"},
        {"labelSelector": "graph=etl", "limit": "500", "continue": "next"},
    ]
    assert {a.path for a in server.asked} == {"/api/v1/namespaces/data/configmaps"}
    assert {a.headers["authorization"] for a in server.asked} == {f"Bearer {TOKEN}"}
    assert cluster.requests == 2


def test_a_list_that_the_server_forgot_is_begun_anew_without_doubles(serve: Serve) -> None:
    cluster, server = serve(page("a", "b", more="x"), GONE, page("a", "b", more="y"), page("c"))
    assert listed(cluster) == ["a", "b", "c"]
    assert [asked.query.get("continue") for asked in server.asked] == [None, "x", None, "y"]


def test_a_list_that_is_forgotten_again_and_again_is_given_up(serve: Serve) -> None:
    cluster, _ = serve(*(page("a", more="x"), GONE) * 4)
    with pytest.raises(ClusterError) as failed:
        listed(cluster)
    assert (failed.value.status, cluster.requests) == (410, 8)


def test_all_namespaces_and_resources_without_one_have_paths_of_their_own(serve: Serve) -> None:
    cluster, server = serve(page(), page())
    list(cluster.list(WORKFLOWS, ""))
    list(cluster.list(WORKFLOWS, "data"))
    assert [asked.path for asked in server.asked] == [
        "/apis/argoproj.io/v1alpha1/workflows",
        "/apis/argoproj.io/v1alpha1/namespaces/data/workflows",
    ]


# -- trying again


def test_the_servers_own_trouble_is_tried_again_with_growing_pauses(serve: Serve) -> None:
    cluster, server = serve(Say(500), Say(503, b"<html>"), Say(504), Say(body=thing("a")))
    assert cluster.get(CONFIG_MAPS, "data", "a") == thing("a")
    assert [
        0.1 <= server.pauses[0] <= 0.15,
        0.2 <= server.pauses[1] <= 0.3,
        0.4 <= server.pauses[2] <= 0.6,
    ] == [True] * 3
    assert cluster.requests == 4


def test_after_four_tries_it_says_what_could_not_be_done(serve: Serve) -> None:
    cluster, _ = serve(*[Say(503, b"<html>busy</html>")] * 4)
    with pytest.raises(ClusterError) as failed:
        cluster.get(CONFIG_MAPS, "data", "a")
    assert str(failed.value) == "cannot get ConfigMap a in namespace data: Service Unavailable (503)"
    assert (failed.value.is_transient, cluster.requests) == (True, 4)


def test_a_server_that_asks_for_patience_gets_it(serve: Serve) -> None:
    cluster, server = serve(Say(429, headers={"Retry-After": "3"}), Say(body=thing("a")))
    assert cluster.get(CONFIG_MAPS, "data", "a") == thing("a")
    assert server.pauses == [3.0]


def test_a_server_that_asks_for_more_than_half_a_minute_is_not_waited_for(serve: Serve) -> None:
    cluster, server = serve(Say(429, headers={"Retry-After": "600"}))
    with pytest.raises(ClusterError) as failed:
        cluster.get(CONFIG_MAPS, "data", "a")
    assert (failed.value.status, server.pauses) == (429, [])


def test_a_connection_that_breaks_off_is_tried_again(serve: Serve) -> None:
    cluster, _ = serve(Say(then="reset"), Say(body=thing("a")))
    assert cluster.patch(CONFIG_MAPS, "data", "a", {"data": {"k": "v"}}) == thing("a")
    assert cluster.requests == 2


def test_a_server_that_does_not_answer_is_given_up(serve: Serve) -> None:
    cluster, server = serve(*[Say(then="hang")] * 4)
    with pytest.raises(ClusterError) as failed:
        cluster.get(CONFIG_MAPS, "data", "a")
    address = f"http://127.0.0.1:{server.server_port}"
    assert str(failed.value) == (
        f"cannot get ConfigMap a in namespace data: {address} did not answer within 0.3 s"
    )
    assert (failed.value.status, failed.value.is_transient, cluster.requests) == (0, True, 4)


def test_a_server_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # but nobody listens
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        cluster = client.connect(str(kubeconfig(tmp_path, address)), sleep=lambda seconds: None)
        with pytest.raises(ClusterError) as failed:
            cluster.server_version()
    assert str(failed.value) == (
        f"cannot ask for the version: {address} cannot be reached: is it up, and is the address in the kubeconfig right?"
    )


@pytest.mark.parametrize(("code", "reason"), [(403, "Forbidden"), (422, "Invalid"), (401, "Unauthorized")])
def test_a_refusal_is_final_and_in_the_words_of_the_api(serve: Serve, code: int, reason: str) -> None:
    cluster, server = serve(status(code, reason, "no, because"))
    with pytest.raises(ClusterError) as failed:
        cluster.create(CONFIG_MAPS, "data", BODY)
    assert str(failed.value) == (
        f"cannot create ConfigMap a in namespace data: no, because ({code} {reason})"
    )
    assert (failed.value.status, failed.value.reason, server.pauses) == (code, reason, [])


def test_something_else_than_an_api_is_told_of(serve: Serve) -> None:
    cluster, _ = serve(Say(body=b"<html>Sign in</html>"))
    with pytest.raises(ClusterError, match="what answers there is no Kubernetes API"):
        listed(cluster)


# -- what a lost answer makes of the second try


def test_a_creation_that_went_through_unseen_is_ours(serve: Serve) -> None:
    cluster, server = serve(Say(then="reset"), EXISTS)
    server.answers.append(Say(body={}))  # replaced as soon as the manager's name is known

    def managed() -> None:
        manager = server.asked[0].query["fieldManager"]
        found = thing("a") | {"metadata": {**thing("a")["metadata"], "managedFields": [{"manager": manager}]}}
        server.answers[-1] = Say(body=found)

    cluster._transport.sleep = lambda seconds: managed()
    assert cluster.create(CONFIG_MAPS, "data", BODY)["metadata"]["name"] == "a"
    assert [asked.method for asked in server.asked] == ["POST", "POST", "GET"]


def test_a_creation_that_somebody_else_was_before_already_exists(serve: Serve) -> None:
    cluster, _ = serve(Say(then="reset"), EXISTS, Say(body=thing("a")))
    with pytest.raises(ClusterError) as failed:
        cluster.create(CONFIG_MAPS, "data", BODY)
    assert failed.value.already_exists


def test_a_creation_that_may_not_be_looked_at_already_exists(serve: Serve) -> None:
    cluster, _ = serve(Say(504), EXISTS, status(403, "Forbidden", "no"))
    with pytest.raises(ClusterError) as failed:
        cluster.create(CONFIG_MAPS, "data", BODY)
    assert failed.value.already_exists


def test_a_creation_that_was_put_off_never_went_through(serve: Serve) -> None:
    cluster, server = serve(Say(429), EXISTS)
    with pytest.raises(ClusterError) as failed:
        cluster.create(CONFIG_MAPS, "data", BODY)
    assert (failed.value.already_exists, len(server.asked)) == (True, 2)


def test_a_deletion_that_went_through_unseen_is_one(serve: Serve) -> None:
    cluster, _ = serve(Say(then="reset"), status(404, "NotFound"), status(404, "NotFound"))
    assert cluster.delete(CONFIG_MAPS, "data", "a")
    assert not cluster.delete(CONFIG_MAPS, "data", "a")


# -- watches


def test_a_watch_that_ends_goes_on_where_it_was(serve: Serve) -> None:
    first = Say(
        lines=[
            event("ADDED", "b", "8"),
            {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}},
        ]
    )
    cluster, server = serve(page("a"), first, Say(lines=[event("MODIFIED", "a", "10")], then="hang"))
    assert changes(cluster, 3) == [("ADDED", "a"), ("ADDED", "b"), ("MODIFIED", "a")]
    assert [asked.query.get("resourceVersion") for asked in server.asked] == [None, "7", "9"]


def test_a_watch_that_breaks_off_goes_on_where_it_was(serve: Serve) -> None:
    broken = Say(lines=[event("ADDED", "b", "8")], then="reset")
    cluster, server = serve(page("a"), broken, Say(lines=[event("DELETED", "a", "9")], then="hang"))
    assert changes(cluster, 3) == [("ADDED", "a"), ("ADDED", "b"), ("DELETED", "a")]
    assert server.asked[-1].query["resourceVersion"] == "8"


@pytest.mark.parametrize("forgotten", [GONE, Say(lines=[{"type": "ERROR", "object": {"code": 410}}])])
def test_a_watch_that_the_server_forgot_finds_out_what_changed(serve: Serve, forgotten: Say) -> None:
    again = Say(
        body={
            "metadata": {"resourceVersion": "20"},
            "items": [thing("a"), thing("b", "15"), thing("c", "16"), thing("d", "17", uid="other")],
        }
    )
    cluster, server = serve(
        page("a", "b", "d", "gone"), forgotten, again, Say(lines=[event("ADDED", "e", "21")], then="hang")
    )
    assert changes(cluster, 10)[4:] == [
        ("MODIFIED", "b"),
        ("ADDED", "c"),
        ("DELETED", "d"),
        ("ADDED", "d"),
        ("DELETED", "gone"),
        ("ADDED", "e"),
    ]
    assert server.asked[-1].query["resourceVersion"] == "20"


def test_a_quiet_watch_ends_in_time(serve: Serve) -> None:
    cluster, server = serve(page("a"), Say(lines=[event("ADDED", "b", "8")], then="hang"))
    seen = [change.object["metadata"]["name"] for change in cluster.watch(CONFIG_MAPS, "data", timeout=0.5)]
    assert seen == ["a", "b"]
    assert server.asked[1].query["timeoutSeconds"] == "1"


def test_a_watch_that_is_refused_says_so(serve: Serve) -> None:
    cluster, _ = serve(page("a"), status(403, "Forbidden", "you may not watch"))
    with pytest.raises(
        ClusterError, match=r"cannot watch configmaps in namespace data: you may not watch \(403"
    ):
        list(cluster.watch(CONFIG_MAPS, "data"))


def test_a_watch_says_when_it_is_heard_of(serve: Serve) -> None:
    """After the whole list, after each change has been taken, and when the server says that there was none."""
    bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}
    pages = (page("a", more="next"), page("b"))
    cluster, _ = serve(
        *pages, Say(lines=[event("ADDED", "c", "8"), bookmark, event("ADDED", "d", "10")], then="hang")
    )
    told: list[str] = []
    for change in cluster.watch(CONFIG_MAPS, "data", timeout=0.5, heard=lambda: told.append("heard")):
        told.append(change.object["metadata"]["name"])
    assert told == ["a", "b", "heard", "c", "heard", "heard", "d", "heard"]


# -- the rest


def test_the_clock_of_the_server_is_the_date_of_an_answer(serve: Serve) -> None:
    headers = {"Date": "Sat, 21 Nov 2026 08:00:00 GMT"}
    cluster, _ = serve(Say(body={"gitVersion": "v1.36.3"}, headers=headers))
    assert cluster.server_time() == 1795248000.0


def test_a_service_account_is_asked_about_with_its_groups(serve: Serve) -> None:
    cluster, server = serve(Say(201, {"status": {"allowed": True}}))
    assert cluster.can_i("system:serviceaccount:data:etl", "data", "patch", CONFIG_MAPS)
    assert server.asked[0].body["spec"] == {
        "user": "system:serviceaccount:data:etl",
        "groups": ["system:serviceaccounts", "system:serviceaccounts:data", "system:authenticated"],
        "resourceAttributes": {"namespace": "data", "verb": "patch", "group": "", "resource": "configmaps"},
    }


# -- the way in


def test_a_kubeconfig_that_is_not_there_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClusterError) as failed:
        client.connect("/no/such/file")
    assert (
        str(failed.value) == "there is no kubeconfig /no/such/file; name one with --kubeconfig or KUBECONFIG"
    )
    monkeypatch.setenv("KUBECONFIG", "/no/such/other")
    with pytest.raises(ClusterError, match="there is no kubeconfig /no/such/other"):
        client.connect()


def test_outside_of_any_cluster_it_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(
        ClusterError, match="there is no cluster to talk to: name a kubeconfig with --kubeconfig"
    ):
        client.connect()
    with pytest.raises(ClusterError, match="context prod needs a kubeconfig"):
        client.connect(context="prod")


def test_the_kubeconfig_of_the_environment_and_of_the_home_are_found(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, server = serve(*[Say(body={"gitVersion": "v1.36.3"})] * 2)
    monkeypatch.setenv("KUBECONFIG", f"/no/such/file:{tmp_path / 'kubeconfig'}")
    assert client.connect().server_version() == "v1.36.3"
    monkeypatch.delenv("KUBECONFIG")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".kube").mkdir()
    (tmp_path / "kubeconfig").rename(tmp_path / ".kube" / "config")
    assert client.connect(context="prod").server_version() == "v1.36.3"
    assert len(server.asked) == 2


def test_a_context_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(ClusterError) as failed:
        client.connect(str(path), "prd")
    assert str(failed.value) == f"kubeconfig {path} has no context prd; it has prod"


@pytest.mark.parametrize(
    "text", [f"token: {TOKEN}: x", f"token: !{TOKEN} x", f"- {TOKEN}", f"contexts: {TOKEN}", "", "\x00"]
)
def test_what_is_no_kubeconfig_is_told_without_quoting_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(ClusterError) as failed:
        client.connect(str(path))
    assert str(path) in str(failed.value)
    assert TOKEN not in str(failed.value)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "kubernetes.client.rest", None)
    with pytest.raises(ClusterError, match=r"pip install 'depgen\[cluster\]'"):
        client.connect()
