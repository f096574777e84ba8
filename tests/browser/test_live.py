"""The live page: states on nodes, why not, and what is asked of the server anew. Over real HTTP, on a cluster in memory."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from depgen.cluster.api import ClusterError
from depgen.page.live import live
from depgen.page.making import Asked, make
from depgen.page.serving import Kept, Site, address, listening
from depgen.page.whole import whole
from tests.browser import samples
from tests.browser.conftest import Visitor
from tests.browser.live_samples import GRAPH, NOW, live_page, night
from tests.browser.test_timeline import states


class Served:
    """A page that is served, and a cluster that can be away."""

    def __init__(self) -> None:
        self.cluster, self.subject = night()
        self.made = make(samples.checked(GRAPH), Asked(now=NOW))
        self.is_away = False
        self.now = NOW
        self.seconds = 0.0

    def told(self) -> dict[str, Any]:
        if self.is_away:
            raise ClusterError("the cluster does not answer")
        return live(self.cluster, [self.subject], self.now, every=1)

    @contextmanager
    def up(self) -> Iterator[str]:
        site = Site(
            lambda: whole(self.made, live=self.told(), is_served=True), lambda: json.dumps(self.told())
        )
        with listening(site, "127.0.0.1", 0) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield address(server)
            finally:
                server.shutdown()
                thread.join()


def ask(at: str, method: str = "GET", path: str = "/", host: str | None = None) -> http.client.HTTPResponse:
    """A request of one's own."""
    there = at.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(there, timeout=10)
    connection.request(method, path, headers={"Host": host or there})
    answer = connection.getresponse()
    answer.body = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def test_states_stand_on_the_nodes(visit: Visitor) -> None:
    seen = visit(live_page())
    assert states(seen) == {
        "shop/sales": "succeeded",
        "shop/stock": "failed",
        "shop/report": "failed",
        "shop/mail": "waiting",
        "shop/flash": "succeeded",
        "shop/tidy": "waiting",
    }
    assert "MISSED (WAITING) at 20261121" in str(seen.node("shop/report").get_attribute("aria-label"))


def test_the_panel_says_why_not_with_codes(visit: Visitor) -> None:
    seen = visit(live_page(), "#/lineage?node=shop/report")
    why = seen.page.locator(".why")
    expect(why.locator("code").first).to_have_text("upstream-failed")
    expect(why.first).to_contain_text("stock 20261121: ")
    expect(why.first).to_contain_text("Helps: argo retry stock-load")


def test_another_key_can_be_looked_at(visit: Visitor) -> None:
    seen = visit(live_page())
    seen.page.locator("#key").select_option("20261120")
    assert states(seen)["shop/report"] == "succeeded"
    assert "key=20261120" in seen.page.evaluate("location.hash")


def test_the_page_is_refreshed_from_its_server(visit: Visitor) -> None:
    served = Served()
    with served.up() as at:
        seen = visit(at)
        line = seen.page.locator("#live")
        expect(line).to_contain_text("2026-11-21 22:10")
        served.now += 3600
        expect(line).to_contain_text("2026-11-21 23:10")
        served.is_away = True
        expect(line).to_contain_text("not refreshed: the cluster does not answer")
        served.is_away = False
        expect(line).to_contain_text("as of 2026-11-21 23:10")
        # Chromium tells of an answer that is an error; nothing else may have been told.
        seen.told[:] = [told for told in seen.told if "503" not in told]
        seen.page.goto("about:blank")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(method: str) -> None:
    served = Served()
    with served.up() as at:
        answer = ask(at, method, "/live.json")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_the_server_reads_and_writes_nothing_in_the_cluster() -> None:
    served = Served()
    served.cluster.calls.clear()
    with served.up() as at:
        assert ask(at).status == 200
        assert ask(at, path="/live.json").status == 200
    assert {call.verb for call in served.cluster.calls} == {"get", "list"}


@pytest.mark.parametrize("host", ["example.com", "rebound.example:{port}", "127.0.0.1", ""])
def test_a_name_that_is_not_ours_is_refused(host: str) -> None:
    with Served().up() as at:
        answer = ask(at, host=host.format(port=at.rpartition(":")[2].rstrip("/")) or "evil")
        assert answer.status == 421
        assert b"20261121" not in answer.body  # type: ignore[attr-defined]


def test_loopback_names_are_ours() -> None:
    with Served().up() as at:
        port = at.rpartition(":")[2].rstrip("/")
        assert ask(at, host=f"localhost:{port}").status == 200
        assert ask(at, host=f"[::1]:{port}").status == 200


def test_head_answers_without_a_body_and_other_paths_are_not_there() -> None:
    with Served().up() as at:
        head = ask(at, "HEAD")
        assert (head.status, head.body) == (200, b"")  # type: ignore[attr-defined]
        assert int(head.headers["Content-Length"]) > 10_000
        assert ask(at, path="/etc/passwd").status == 404
        assert ask(at, path="/../page.js").status == 404


def test_a_served_page_may_ask_its_server_and_no_other() -> None:
    with Served().up() as at:
        body = ask(at).body.decode()  # type: ignore[attr-defined]
        headers = ask(at).headers
    assert "connect-src &#39;self&#39;" in body
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"
    assert "connect-src" not in live_page()


def test_however_many_ask_the_cluster_is_asked_once_in_a_while() -> None:
    now, made = [0.0], []

    def make_() -> str:
        made.append(now[0])
        return str(len(made))

    kept = Kept(make_, seconds=3, clock=lambda: now[0])
    assert [kept(), kept()] == ["1", "1"]
    now[0] = 3.0
    assert kept() == "2"


def test_a_cluster_out_of_reach_is_told_and_asked_again() -> None:
    served = Served()
    served.is_away = True
    with served.up() as at:
        answer = ask(at)
        assert (answer.status, answer.body) == (503, b"the cluster does not answer")  # type: ignore[attr-defined]
        served.is_away = False
        assert ask(at).status == 200
